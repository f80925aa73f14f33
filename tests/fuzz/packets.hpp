// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Checksums and packets for the targets that need them right, done the plain way.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"

namespace miredo::fuzz {

// RFC 1071 over the pseudo header of RFC 8200 §8.1 and `message`, one byte pair after the other.
[[nodiscard]] inline std::uint16_t
plain_checksum(Bytes source, Bytes destination, std::uint8_t next_header, Bytes message) {
    std::uint64_t sum = message.size() + next_header;
    const auto add = [&sum](Bytes bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto value = std::to_integer<std::uint64_t>(bytes[i]);
            sum += i % 2 == 0 ? value << 8U : value;
        }
    };
    add(source);
    add(destination);
    add(message);
    while (sum > 0xFFFFU) {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(~sum);
}

// Writes the right ICMPv6 checksum into an IPv6 packet of at least 44 bytes without extension
// headers.
inline void repair_checksum(MutableBytes packet) {
    store_be16(packet.subspan(42), 0);
    const Bytes bytes{packet};
    store_be16(packet.subspan(42),
               plain_checksum(bytes.subspan(8, 16), bytes.subspan(24, 16), 58, bytes.subspan(40)));
}

}  // namespace miredo::fuzz
