// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo address (RFC 4380 §4, flags as RFC 5991 §3.1):
//
//   | 32: prefix 2001:0 | 32: server IPv4 | 16: flags | 16: ~port | 32: ~client IPv4 |
//
// flags: C z AAAA U G BBBBBBBB — cone, reserved, 4 random bits, universal, group, 8 random bits.
#pragma once

#include <cstdint>
#include <optional>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"

namespace miredo::wire {

inline constexpr std::uint16_t kTeredoPort = 3544;
inline constexpr Ipv6Prefix kTeredoPrefix{Ipv6Address{0x2001000000000000U, 0}, 32};

inline constexpr std::uint16_t kConeFlag = 0x8000;
inline constexpr std::uint16_t kGroupFlag = 0x0100;
inline constexpr std::uint16_t kRandomFlags = 0x3CFF;

// The 12 random bits of RFC 5991 §3.1 spread to their places; bits above the 12th are ignored.
[[nodiscard]] constexpr std::uint16_t random_flags(std::uint16_t random) {
    return static_cast<std::uint16_t>(((random >> 8U) & 0xFU) << 10U | (random & 0xFFU));
}

struct TeredoAddress {
    Ipv4Address server;
    std::uint16_t flags = 0;
    Endpoint mapped;  // not obfuscated

    // Nothing where `address` is not in `prefix` (its first 32 bits). No other check: whether the
    // embedded IPv4 addresses may be used is the Ipv4Filter's to say.
    [[nodiscard]] static std::optional<TeredoAddress>
    parse(const Ipv6Address& address, const Ipv6Prefix& prefix = kTeredoPrefix);
    [[nodiscard]] Ipv6Address to_ipv6(const Ipv6Prefix& prefix = kTeredoPrefix) const;

    friend constexpr bool operator==(const TeredoAddress&, const TeredoAddress&) = default;
};

// fe80::flags:~port:~address. Servers use cone 1, their address and port 3544 (RFC 4380 §4).
[[nodiscard]] Ipv6Address teredo_link_local(std::uint16_t flags, Endpoint endpoint);

// What our clients solicit from, and what relays and clients put on their device:
// the identifier of 0.0.0.0:0, fe80::ffff:ffff:ffff.
inline constexpr Ipv6Address kClientLinkLocal{0xfe80000000000000U, 0x0000ffffffffffffU};

// RFC 5991 §3.2: servers must still honour it in the source of a solicitation.
[[nodiscard]] constexpr bool has_cone_bit(const Ipv6Address& address) {
    return (address.low() >> 63U) != 0;
}

}  // namespace miredo::wire
