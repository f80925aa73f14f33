// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The checksum of an ICMPv6 message that directly follows its IPv6 header (RFC 4443 §2.3): shared
// by this room's builders and parsers.
#pragma once

#include "base/bytes.hpp"
#include "wire/ipv6.hpp"

namespace miredo::wire {

// The one's complement sum of what the checksum covers of `packet`, a whole one: pseudo header
// (RFC 8200 §8.1) and message, its checksum field included. Not inverted.
[[nodiscard]] std::uint16_t icmpv6_sum(Bytes packet);

// Whether the payload of `packet`, taken as ICMPv6, carries the right checksum.
[[nodiscard]] bool has_right_icmpv6_checksum(const Ipv6Packet& packet);

// Writes the checksum into `packet`: a whole one, header complete, at least 44 bytes, its checksum
// field 0.
void write_icmpv6_checksum(MutableBytes packet);

}  // namespace miredo::wire
