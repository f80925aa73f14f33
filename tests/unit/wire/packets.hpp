// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the tests of this room make packets with: independent of the builders under test.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"
#include "wire/ipv6.hpp"

namespace miredo::wire {

using Buffer = std::vector<std::byte>;

inline constexpr std::uint8_t kUdp = 17;

// Two hexadecimal digits a byte; spaces are skipped. Ends the test program on anything else.
[[nodiscard]] Buffer from_hex(std::string_view hex);
[[nodiscard]] std::string to_hex(Bytes bytes);

[[nodiscard]] Buffer concatenate(std::initializer_list<Bytes> parts);
[[nodiscard]] Buffer zeros(std::size_t count);

// The address, which must be one.
[[nodiscard]] Ipv6Address ipv6(const char* text);

struct PacketShape {
    Ipv6Address source = Ipv6Address{0x20010db800000000U, 1};
    Ipv6Address destination = Ipv6Address{0x20010db800000000U, 2};
    std::uint8_t next_header = kNoNextHeader;
    std::uint8_t hop_limit = 64;
};
// A whole packet; its payload length is that of `payload`.
[[nodiscard]] Buffer make_packet(const PacketShape& shape, Bytes payload);
// The same for ICMPv6, with the right checksum put into `message`.
[[nodiscard]] Buffer make_icmpv6_packet(PacketShape shape, Buffer message);

// The packet at the start of `bytes`, which must hold one and outlive the result.
[[nodiscard]] Ipv6Packet packet_in(Bytes bytes);

// RFC 1071 done the slow way: pairs of bytes, end-around carry after each.
[[nodiscard]] std::uint16_t slow_ones_complement_sum(Bytes data);
// Not inverted: 0xFFFF over a message with the right checksum.
[[nodiscard]] std::uint16_t slow_pseudo_header_sum(Bytes packet, Bytes message);

}  // namespace miredo::wire
