// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Joining what came one by one, and cutting what came in one piece (src/offload).
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "offload/coalescer.hpp"
#include "offload/super_packet.hpp"
#include "packets.hpp"

namespace miredo::offload {
namespace {

constexpr std::size_t kPayload = 1220;
constexpr std::size_t kSegments = 50;
constexpr std::size_t kPacketSize = 40 + 20 + kTimestamps.size() + kPayload;

// `flows` of TCP, so many segments of each, one of each in turn.
std::vector<Buffer> make_segments(std::size_t flows, std::size_t segments) {
    const Buffer payload(kPayload, std::byte{0x5A});
    std::vector<Buffer> packets;
    for (std::size_t i = 0; i < segments; ++i) {
        for (std::size_t flow = 0; flow < flows; ++flow) {
            PacketPlan plan;
            plan.source_port = static_cast<std::uint16_t>(5001 + flow);
            plan.sequence = static_cast<std::uint32_t>(1000 + i * kPayload);
            plan.options = kTimestamps;
            Buffer& packet = packets.emplace_back(kPacketSize);
            packet.resize(write_packet(packet, plan, payload).size());
        }
    }
    return packets;
}

// 50 segments of so many flows in turn.
void coalesce(benchmark::State& state) {
    const auto flows = static_cast<std::size_t>(state.range(0));
    const std::vector<Buffer> packets = make_segments(flows, kSegments);
    Coalescer coalescer{{}};
    std::size_t groups = 0;
    for ([[maybe_unused]] const auto turn : state) {
        for (const Buffer& packet : packets) {
            benchmark::DoNotOptimize(coalescer.add(packet));
        }
        groups = coalescer.finish().size();
        coalescer.clear();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(packets.size()));
    state.counters["groups"] = static_cast<double>(groups);
}
BENCHMARK(coalesce)->Arg(1)->Arg(4)->Arg(10);

void cut_super_packet(benchmark::State& state) {
    PacketPlan plan;
    plan.options = kTimestamps;
    const Buffer payload(kSegments * kPayload, std::byte{0x5A});
    Buffer packet(plan.header_size() + payload.size());
    write_packet(packet, plan, payload);
    const Segmentation about{
        .kind = SegmentationKind::kTcp,
        .needs_checksum = true,
        .segment_size = kPayload,
        .header_size = static_cast<std::uint16_t>(plan.header_size()),
        .checksum_start = static_cast<std::uint16_t>(plan.transport_offset()),
        .checksum_offset = 16,
    };
    Buffer header(SuperPacket::kMaximumHeaderSize);
    std::size_t segments = 0;
    for ([[maybe_unused]] const auto turn : state) {
        const auto super = SuperPacket::parse(packet, about);
        if (!super) {
            state.SkipWithError("no super-packet");
            break;
        }
        segments = super->count();
        for (std::size_t i = 0; i < segments; ++i) {
            super->write_header(i, header);
            benchmark::DoNotOptimize(header.data());
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(segments));
}
BENCHMARK(cut_super_packet);

}  // namespace
}  // namespace miredo::offload
