// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Internet checksum (RFC 1071) and its use by ICMPv6 (RFC 4443 §2.3).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"

namespace miredo::wire {

// The one's complement sum of `data` as big-endian 16-bit words (an odd last byte is padded with
// zero), folded to 16 bits and not inverted. `initial` is a sum to go on from.
[[nodiscard]] std::uint16_t ones_complement_sum(Bytes data, std::uint32_t initial = 0);

// The checksum over the IPv6 pseudo header (RFC 8200 §8.1) and `message`, as it is stored in the
// packet. For a message that already carries its right checksum the result is 0.
[[nodiscard]] std::uint16_t pseudo_header_checksum(const Ipv6Address& source,
                                                   const Ipv6Address& destination,
                                                   std::uint8_t next_header,
                                                   Bytes message);

}  // namespace miredo::wire
