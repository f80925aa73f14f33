// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "offload/packet_shape.hpp"

#include <cstring>

#include "offload/headers.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv6.hpp"

namespace miredo::offload {
namespace {

constexpr std::size_t kPortsSize = 4;

using Flow = PacketShape::Flow;

bool is_same(Bytes a, Bytes b, std::size_t at, std::size_t size) {
    return std::memcmp(a.data() + at, b.data() + at, size) == 0;
}

std::uint64_t mix(std::uint64_t hash, const std::byte* word) {
    std::uint64_t value = 0;
    std::memcpy(&value, word, sizeof(value));
    // 2^64 divided by the golden ratio. The upper half of the product depends on all of the word;
    // the lower half is given a part in the next one.
    hash = (hash ^ value) * 0x9E3779B97F4A7C15U;
    return hash ^ (hash >> 32U);
}

PacketShape tcp_shape(Bytes packet) {
    const Bytes segment = packet.subspan(kIpv6HeaderSize);
    if (segment.size() < tcp::kMinimumSize) {
        return {.flow = Flow::kPair};
    }
    const std::size_t header = tcp::header_size(segment);
    const std::uint8_t flags = octet(segment, tcp::kFlagsOffset);
    const bool has_reserved = (octet(segment, tcp::kDataOffsetOffset) & 0x0FU) != 0;
    if (header < tcp::kMinimumSize || header >= segment.size() || has_reserved ||
        (flags & ~unsigned{tcp::kPsh}) != tcp::kAck) {
        return {.flow = Flow::kKnown};
    }
    return {.flow = Flow::kJoins,
            .is_tcp = true,
            .is_pushed = (flags & tcp::kPsh) != 0,
            .header_size = static_cast<std::uint16_t>(kIpv6HeaderSize + header),
            .payload_size = static_cast<std::uint16_t>(segment.size() - header)};
}

PacketShape udp_shape(Bytes packet) {
    const Bytes datagram = packet.subspan(kIpv6HeaderSize);
    if (datagram.size() < udp::kSize) {
        return {.flow = Flow::kPair};
    }
    if (datagram.size() == udp::kSize ||
        load_be16(datagram.subspan(udp::kLengthOffset)) != datagram.size()) {
        return {.flow = Flow::kKnown};
    }
    return {.flow = Flow::kJoins,
            .header_size = static_cast<std::uint16_t>(kIpv6HeaderSize + udp::kSize),
            .payload_size = static_cast<std::uint16_t>(datagram.size() - udp::kSize)};
}

}  // namespace

PacketShape shape_of(Bytes packet) {
    if (packet.size() < kIpv6HeaderSize || (octet(packet, 0) >> 4U) != 6) {
        return {};
    }
    if (load_be16(packet.subspan(kPayloadLengthOffset)) != packet.size() - kIpv6HeaderSize) {
        return {.flow = Flow::kPair};
    }
    switch (octet(packet, kNextHeaderOffset)) {
    case kTcp:
        return tcp_shape(packet);
    case kUdp:
        return udp_shape(packet);
    case wire::kIcmpv6:
    case wire::kNoNextHeader:
        return {};
    default:
        // Extension headers, fragments, and what may have them inside.
        return {.flow = Flow::kPair};
    }
}

FlowHashes hashes_of(Bytes packet) {
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at < kAddressesSize; at += sizeof(hash)) {
        hash = mix(hash, packet.data() + kAddressesOffset + at);
    }
    const auto pair = static_cast<std::uint32_t>(hash >> 32U);
    if (packet.size() < kIpv6HeaderSize + kPortsSize) {
        return {pair, pair};
    }
    // The last bytes of the addresses once more, to have a whole word that ends with the ports.
    hash =
        mix(hash + octet(packet, kNextHeaderOffset), packet.data() + kIpv6HeaderSize - kPortsSize);
    return {pair, static_cast<std::uint32_t>(hash >> 32U)};
}

bool is_same_flow(Bytes a, Bytes b) {
    return octet(a, kNextHeaderOffset) == octet(b, kNextHeaderOffset) &&
           is_same(a, b, kAddressesOffset, kAddressesSize + kPortsSize);
}

bool has_same_header(Bytes first, Bytes packet, const PacketShape& shape) {
    // Version, traffic class and flow label; hop limit.
    if (!is_same(first, packet, 0, kPayloadLengthOffset) ||
        octet(first, kHopLimitOffset) != octet(packet, kHopLimitOffset)) {
        return false;
    }
    return !shape.is_tcp ||
           (is_same(first,
                    packet,
                    kIpv6HeaderSize + tcp::kAcknowledgementOffset,
                    tcp::kFlagsOffset - tcp::kAcknowledgementOffset) &&
            is_same(first,
                    packet,
                    kIpv6HeaderSize + tcp::kWindowOffset,
                    tcp::kChecksumOffset - tcp::kWindowOffset) &&
            is_same(first,
                    packet,
                    kIpv6HeaderSize + tcp::kUrgentPointerOffset,
                    shape.header_size - kIpv6HeaderSize - tcp::kUrgentPointerOffset));
}

std::uint32_t sequence_of(Bytes packet) {
    return load_be32(packet.subspan(kIpv6HeaderSize + tcp::kSequenceOffset));
}

bool has_right_checksum(Bytes packet, bool is_tcp) {
    const std::size_t at = kIpv6HeaderSize + (is_tcp ? tcp::kChecksumOffset : udp::kChecksumOffset);
    const std::uint16_t wrong = is_tcp ? 0xFFFF : 0;
    const auto length = static_cast<std::uint32_t>(packet.size() - kIpv6HeaderSize);
    // The addresses lie right before the transport header, in the order of the pseudo header.
    return load_be16(packet.subspan(at)) != wrong &&
           wire::ones_complement_sum(packet.subspan(kAddressesOffset),
                                     length + (is_tcp ? kTcp : kUdp)) == 0xFFFFU;
}

}  // namespace miredo::offload
