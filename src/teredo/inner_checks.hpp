// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Checks of received IPv6 packets that do not depend on who received them: nothing forged may reach
// a kernel through the tunnel.
#pragma once

#include <optional>

#include "base/ipv6_address.hpp"
#include "teredo/drop_reason.hpp"
#include "wire/ipv6.hpp"

namespace miredo::teredo {

inline constexpr Ipv6Prefix kGlobalUnicast{Ipv6Address{0x2000000000000000U, 0}, 3};     // RFC 4291
inline constexpr Ipv6Prefix kSixToFourPrefix{Ipv6Address{0x2002000000000000U, 0}, 16};  // RFC 3056

// A source nobody can have: multicast, unspecified, loopback, IPv4-mapped or -compatible,
// site-local. Link-local is not among them, since bubbles and advertisements have it.
[[nodiscard]] bool is_impossible_source(const Ipv6Address& source);

// What must not pass whatever its addresses: routing headers of type 0 (RFC 6169 §2.3), extension
// headers that cannot be followed, and messages about a link (RFC 4861, RFC 2710, RFC 3810).
[[nodiscard]] std::optional<DropReason> check_contents(const wire::Ipv6Packet& packet);

// True for a fragment behind the first: its upper layer is not in sight, and nothing is learnt from
// it.
[[nodiscard]] bool is_later_fragment(const wire::Ipv6Packet& packet);

// A native global unicast address that a connectivity test may be sent to because a packet named it
// as its source (CVE-2006-6266). Not so: addresses in which an IPv4 address or a tunnel hides
// (6to4, ISATAP, NAT64, Teredo), documentation, benchmarking and other special blocks, anything not
// global.
[[nodiscard]] bool is_testable(const Ipv6Address& address);

// RFC 4380 §5.2.4: addresses no packet of our host can be tunnelled to.
[[nodiscard]] bool is_unusable_destination(const Ipv6Address& destination);

}  // namespace miredo::teredo
