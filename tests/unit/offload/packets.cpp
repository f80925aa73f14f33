// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "packets.hpp"

#include <algorithm>

namespace miredo::offload {
namespace {

std::uint32_t plain_sum(Bytes bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto value = std::to_integer<std::uint32_t>(bytes[i]);
        sum += i % 2 == 0 ? value << 8U : value;
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return sum;
}

std::uint16_t fold(std::uint32_t sum) {
    while (sum > 0xFFFFU) {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(sum);
}

std::uint16_t pseudo_sum(Bytes packet, std::size_t transport, std::uint8_t protocol) {
    return fold(plain_sum(packet.subspan(8, 32)) + protocol +
                static_cast<std::uint32_t>(packet.size() - transport));
}

void write_ipv6(MutableBytes packet, const PacketPlan& plan) {
    store_be32(packet, 0x60000000U | std::uint32_t{plan.traffic_class} << 20U | plan.flow_label);
    store_be16(packet.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
    packet[6] = std::byte{plan.extensions.empty() ? plan.protocol : plan.extension_type};
    packet[7] = std::byte{plan.hop_limit};
    std::ranges::copy(plan.source.bytes(), packet.subspan(8).begin());
    std::ranges::copy(plan.destination.bytes(), packet.subspan(24).begin());
    std::ranges::copy(plan.extensions, packet.subspan(40).begin());
}

void write_transport(MutableBytes segment, const PacketPlan& plan) {
    store_be16(segment, plan.source_port);
    store_be16(segment.subspan(2), plan.destination_port);
    if (plan.protocol == kUdpProtocol) {
        store_be16(segment.subspan(4), static_cast<std::uint16_t>(segment.size()));
        return;
    }
    store_be32(segment.subspan(4), plan.sequence);
    store_be32(segment.subspan(8), plan.acknowledgement);
    segment[12] = static_cast<std::byte>((5 + plan.options.size() / 4) << 4U | plan.reserved);
    segment[13] = std::byte{plan.flags};
    store_be16(segment.subspan(14), plan.window);
    store_be16(segment.subspan(18), plan.urgent_pointer);
    std::ranges::copy(plan.options, segment.subspan(20).begin());
}

}  // namespace

std::uint16_t plain_checksum(Bytes packet, std::size_t transport, std::uint8_t protocol) {
    const std::size_t field = transport + (protocol == kTcpProtocol ? 16 : 6);
    const std::uint32_t sum = pseudo_sum(packet, transport, protocol) +
                              plain_sum(packet.first(field).subspan(transport)) +
                              plain_sum(packet.subspan(field + 2));
    const auto checksum = static_cast<std::uint16_t>(0xFFFFU ^ fold(sum));
    return protocol == kUdpProtocol && checksum == 0 ? 0xFFFF : checksum;
}

MutableBytes write_packet(MutableBytes to, const PacketPlan& plan, Bytes payload) {
    const MutableBytes packet = to.first(plan.header_size() + payload.size());
    write_ipv6(packet, plan);
    write_transport(packet.subspan(plan.transport_offset()), plan);
    std::ranges::copy(payload, packet.subspan(plan.header_size()).begin());
    store_be16(packet.subspan(plan.checksum_offset()),
               plain_checksum(packet, plan.transport_offset(), plan.protocol));
    return packet;
}

Buffer packet_of(const PacketPlan& plan, Bytes payload) {
    Buffer packet(plan.header_size() + payload.size());
    write_packet(packet, plan, payload);
    return packet;
}

Buffer super_packet_of(const PacketPlan& plan, Bytes payload) {
    Buffer packet = packet_of(plan, payload);
    store_be16(MutableBytes{packet}.subspan(plan.checksum_offset()),
               pseudo_sum(packet, plan.transport_offset(), plan.protocol));
    return packet;
}

Segmentation segmentation_of(const PacketPlan& plan, std::uint16_t segment_size) {
    return {.kind = plan.protocol == kTcpProtocol ? SegmentationKind::kTcp : SegmentationKind::kUdp,
            .needs_checksum = true,
            .segment_size = segment_size,
            .header_size = static_cast<std::uint16_t>(plan.header_size()),
            .checksum_start = static_cast<std::uint16_t>(plan.transport_offset()),
            .checksum_offset =
                static_cast<std::uint16_t>(plan.checksum_offset() - plan.transport_offset())};
}

Buffer some_bytes(std::size_t size) {
    Buffer bytes(size);
    std::uint32_t state = 0x2545F491;
    for (std::byte& each : bytes) {
        state = state * 1664525U + 1013904223U;
        each = static_cast<std::byte>(state >> 24U);
    }
    return bytes;
}

}  // namespace miredo::offload
