// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Explicit congestion notification across a tunnel (RFC 3168, RFC 6040): routers between the ends
// mark the outer header, and the mark has to reach the inner one.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace miredo::wire {

// The two lowest bits of a traffic class or TOS octet (RFC 3168 §5).
enum class Ecn : std::uint8_t {
    kNotEct = 0,  // the ends don't know it: routers drop instead
    kEct1 = 1,
    kEct0 = 2,
    kCe = 3,  // congestion experienced
};

[[nodiscard]] constexpr Ecn ecn_of_tos(std::uint8_t tos) {
    return static_cast<Ecn>(tos & 3U);
}

// Of the packet that a datagram begins with; nothing where it begins with something else (an origin
// indication, an authentication, or no IPv6 at all).
[[nodiscard]] std::optional<Ecn> ecn_of_packet(Bytes datagram);
// `packet` begins with an IPv6 header.
void set_ecn(MutableBytes packet, Ecn ecn);

// RFC 6040 §4.2: what leaves the tunnel; nothing where the packet has to be dropped, because it was
// congested on its way and its ends would not be told.
[[nodiscard]] std::optional<Ecn> leaving_tunnel(Ecn inner, Ecn outer);
// The same for the packet that `datagram` begins with, if any, and the octet of the outer header
// around it: the mark is written into the packet. False where the packet has to be dropped instead.
[[nodiscard]] bool decapsulate_ecn(MutableBytes datagram, std::uint8_t outer_tos);

}  // namespace miredo::wire
