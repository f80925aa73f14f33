// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packets that scenarios make by hand, right ones and wrong ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/host.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv6.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::scenario {

inline constexpr std::uint8_t kEchoRequestType = 128;  // RFC 4443 §4.1
inline constexpr std::size_t kNextHeaderOffset = 6;    // RFC 8200 §3
inline constexpr std::size_t kHopLimitOffset = 7;

[[nodiscard]] inline sim::Packet bubble(const Ipv6Address& from, const Ipv6Address& to) {
    return sim::to_packet(wire::build_bubble(from, to).bytes());
}

// `next_header` and `payload` behind it; hop limit 64.
[[nodiscard]] inline sim::Packet ipv6_packet(const Ipv6Address& from,
                                             const Ipv6Address& to,
                                             std::uint8_t next_header,
                                             const sim::Packet& payload) {
    sim::Packet packet(wire::kIpv6HeaderSize);
    wire::write_ipv6_header(
        packet, {from, to, static_cast<std::uint16_t>(payload.size()), next_header, 64});
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

// An ICMPv6 message of this type with a right checksum, and zeros in it; `size` counts its header.
[[nodiscard]] inline sim::Packet
icmpv6(const Ipv6Address& from, const Ipv6Address& to, std::uint8_t type, std::size_t size = 24) {
    sim::Packet message(size);
    message[0] = static_cast<std::byte>(type);
    store_be16(MutableBytes{message}.subspan(2),
               wire::pseudo_header_checksum(from, to, wire::kIcmpv6, Bytes{message}));
    return ipv6_packet(from, to, wire::kIcmpv6, message);
}

[[nodiscard]] inline sim::Packet with_byte(sim::Packet packet, std::size_t offset, unsigned value) {
    packet.at(offset) = static_cast<std::byte>(value);
    return packet;
}

[[nodiscard]] inline sim::Packet joined(sim::Packet first, const sim::Packet& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// RFC 4380 §5.1.1.
[[nodiscard]] inline sim::Packet origin_of(Endpoint endpoint) {
    sim::Packet bytes(wire::kOriginSize);
    wire::write_origin(bytes, endpoint);
    return bytes;
}
[[nodiscard]] inline sim::Packet nonce_of(std::uint64_t nonce, Bytes identifier = {}) {
    wire::Authentication authentication;
    authentication.nonce = nonce;
    authentication.client_identifier = identifier;
    sim::Packet bytes(wire::size_of(authentication));
    wire::write_authentication(bytes, authentication);
    return bytes;
}

}  // namespace miredo::scenario
