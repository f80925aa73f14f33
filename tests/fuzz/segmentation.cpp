// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `segmentation`, by its first byte: a packet train made of the input's choices, joined and
// cut; raw packets joined; or a raw packet beside any segmentation, cut.
#include "base/segmentation.hpp"

#include <algorithm>
#include <array>

#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "offload/coalescer.hpp"
#include "offload/super_packet.hpp"
#include "unit/offload/packets.hpp"
#include "unit/offload/train.hpp"
#include "wire/ipv6.hpp"

namespace miredo::fuzz {
namespace {

using offload::Coalescer;
using offload::SuperPacket;

class InputChoices final : public offload::Choices {
  public:
    explicit InputChoices(Input& input) : input_{input} {}
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) override {
        if (bound <= 1) {
            return 0;
        }
        return (bound <= 0x100 ? input_.octet() : input_.word()) % bound;
    }

  private:
    Input& input_;
};

void check_trains(Input& input) {
    static offload::Train train;
    static Coalescer coalescer{{}};
    InputChoices choices{input};
    train.generate(choices);
    const offload::Verdict verdict = offload::check_train(coalescer, train);
    if (verdict.wrong != nullptr) {
        fail(__FILE__, __LINE__, verdict.wrong);
    }
}

// Sizes and places only: what the segments must be is the trains' affair.
void check_cut(const SuperPacket& super_packet, Bytes packet) {
    std::array<std::byte, SuperPacket::kMaximumHeaderSize> header{};
    EXPECT_HOLDS(super_packet.count() >= 1);
    EXPECT_HOLDS(super_packet.header_size() <= header.size());
    const std::byte* next = packet.data() + super_packet.header_size();
    for (std::size_t i = 0; i < super_packet.count(); ++i) {
        const Bytes payload = super_packet.payload(i);
        EXPECT_HOLDS(payload.data() == next);
        EXPECT_HOLDS(!payload.empty() || super_packet.count() == 1);
        EXPECT_HOLDS(payload.size() == super_packet.payload(0).size() ||
                     i + 1 == super_packet.count());
        super_packet.write_header(i, header);
        EXPECT_HOLDS(load_be16(Bytes{header}.subspan(4)) == super_packet.size(i) - 40);
        next += payload.size();
    }
    EXPECT_HOLDS(next == packet.data() + packet.size());
}

// Without extension headers, every segment's checksum is right.
void check_checksums(const SuperPacket& super_packet, std::uint8_t protocol) {
    offload::Buffer whole;
    for (std::size_t i = 0; i < super_packet.count(); ++i) {
        whole.resize(super_packet.header_size());
        super_packet.write_header(i, whole);
        const Bytes payload = super_packet.payload(i);
        whole.insert(whole.end(), payload.begin(), payload.end());
        const std::size_t field = protocol == offload::kTcpProtocol ? 56 : 46;
        EXPECT_HOLDS(load_be16(Bytes{whole}.subspan(field)) ==
                     offload::plain_checksum(whole, wire::kIpv6HeaderSize, protocol));
    }
}

void check_super_packet(Input& input) {
    constexpr std::array<SegmentationKind, 3> kKinds{
        SegmentationKind::kTcp, SegmentationKind::kUdp, SegmentationKind::kNone};
    const std::uint8_t choices = input.octet();
    Segmentation about;
    about.kind = input.any_of(kKinds);
    about.needs_checksum = (choices & 1U) != 0;
    about.segment_size = (choices & 2U) != 0 ? input.word() : input.octet();
    about.checksum_start = (choices & 4U) != 0 ? input.word() : 40;
    about.checksum_offset = (choices & 8U) != 0                    ? input.word()
                            : about.kind == SegmentationKind::kTcp ? std::uint16_t{16}
                                                                   : std::uint16_t{6};
    offload::Buffer packet(input.rest().begin(), input.rest().end());
    if ((choices & 16U) != 0 && packet.size() >= 40) {
        store_be16(MutableBytes{packet}.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
    }
    const auto super_packet = SuperPacket::parse(packet, about);
    if (super_packet) {
        check_cut(*super_packet, packet);
        const auto next_header = std::to_integer<std::uint8_t>(packet[6]);
        if (!about.needs_checksum &&
            (next_header == offload::kTcpProtocol || next_header == offload::kUdpProtocol)) {
            check_checksums(*super_packet, next_header);
        }
    }
    const offload::Buffer before = packet;
    if (!offload::complete_checksum(packet, about)) {
        EXPECT_HOLDS(packet == before);
    }
}

// What leaves is what came, as often and, cut, as it was. Each packet has memory of its own, that a
// sanitizer sees what is read beside it.
void check_raw_packets(Input& input) {
    static Coalescer coalescer{{}};
    std::array<offload::Buffer, 64> packets;
    std::size_t came = 0;
    while (!input.empty() && came < packets.size()) {
        const Bytes bytes = input.take(input.octet());
        packets[came].assign(bytes.begin(), bytes.end());
        EXPECT_HOLDS(coalescer.add(packets[came]));
        ++came;
    }
    std::size_t left = 0;
    for (const Coalescer::Group& group : coalescer.finish()) {
        const char* wrong = offload::check_group(group);
        if (wrong != nullptr) {
            fail(__FILE__, __LINE__, wrong);
        }
        left += group.packets.size();
    }
    EXPECT_HOLDS(left == came);
    coalescer.clear();
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(segmentation) {
    using namespace miredo::fuzz;
    Input choices{input};
    switch (choices.below(3)) {
    case 0:
        check_trains(choices);
        break;
    case 1:
        check_super_packet(choices);
        break;
    default:
        check_raw_packets(choices);
    }
}
