// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/ipv6.hpp"

namespace miredo::wire {
namespace {

constexpr std::size_t kPayloadLengthOffset = 4;
constexpr std::size_t kNextHeaderOffset = 6;
constexpr std::size_t kHopLimitOffset = 7;
constexpr std::size_t kSourceOffset = 8;
constexpr std::size_t kDestinationOffset = 24;

constexpr std::size_t kMaximumExtensionHeaders = 8;
constexpr std::size_t kMaximumExtensionBytes = 256;
// Smallest extension header, unit of their lengths, and the fixed size of a Fragment header.
constexpr std::size_t kExtensionUnit = 8;

std::uint8_t octet(Bytes bytes, std::size_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

bool is_extension_header(std::uint8_t next_header) {
    return next_header == kHopByHop || next_header == kRouting || next_header == kFragment ||
           next_header == kDestinationOptions;
}

// Length of the extension header of this type at the start of `rest`; 0 where it is truncated.
std::size_t extension_header_size(std::uint8_t type, Bytes rest) {
    if (rest.size() < kExtensionUnit) {
        return 0;
    }
    // RFC 8200 §4.5: the second byte of a Fragment header is reserved, not a length.
    const std::size_t size =
        type == kFragment ? kExtensionUnit : (std::size_t{octet(rest, 1)} + 1) * kExtensionUnit;
    return size <= rest.size() ? size : 0;
}

bool is_type0_routing(std::uint8_t type, Bytes header) {
    return type == kRouting && octet(header, 2) == 0 && octet(header, 3) > 0;
}

bool is_later_fragment(std::uint8_t type, Bytes header) {
    return type == kFragment && (load_be16(header.subspan(2)) >> 3U) != 0;
}

}  // namespace

std::optional<Ipv6Packet> Ipv6Packet::parse(Bytes bytes) {
    if (bytes.size() < kIpv6HeaderSize || (octet(bytes, 0) >> 4U) != 6) {
        return std::nullopt;
    }
    const std::size_t payload_length = load_be16(bytes.subspan(kPayloadLengthOffset));
    if (payload_length > bytes.size() - kIpv6HeaderSize) {
        return std::nullopt;
    }
    if (payload_length == 0 && octet(bytes, kNextHeaderOffset) == kHopByHop) {
        return std::nullopt;  // RFC 2675: a jumbogram never fits a UDP datagram
    }
    return Ipv6Packet{bytes.first(kIpv6HeaderSize + payload_length)};
}

ExtensionHeaders walk_extension_headers(const Ipv6Packet& packet) {
    ExtensionHeaders found;
    std::uint8_t type = packet.next_header();
    Bytes rest = packet.payload();
    for (std::size_t count = 0; is_extension_header(type); ++count) {
        const std::size_t size = extension_header_size(type, rest);
        const std::size_t walked = packet.payload().size() - rest.size();
        if (size == 0 || count == kMaximumExtensionHeaders ||
            walked + size > kMaximumExtensionBytes) {
            return found;
        }
        found.has_type0_routing = found.has_type0_routing || is_type0_routing(type, rest);
        if (is_later_fragment(type, rest)) {
            found.is_acceptable = true;
            return found;
        }
        type = octet(rest, 0);
        rest = rest.subspan(size);
    }
    found.is_acceptable = true;
    found.upper_layer = type;
    found.upper_layer_payload = rest;
    return found;
}

void write_ipv6_header(MutableBytes to, const Ipv6Header& header) {
    store_be32(to, 0x60000000U);
    store_be16(to.subspan(kPayloadLengthOffset), header.payload_length);
    to[kNextHeaderOffset] = std::byte{header.next_header};
    to[kHopLimitOffset] = std::byte{header.hop_limit};
    std::ranges::copy(header.source.bytes(), to.subspan(kSourceOffset).begin());
    std::ranges::copy(header.destination.bytes(), to.subspan(kDestinationOffset).begin());
}

}  // namespace miredo::wire
