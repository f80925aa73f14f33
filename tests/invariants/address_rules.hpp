// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which addresses may be where, written from the RFCs once more and without a look at src/: the
// engine's own tables are what is under test.
#pragma once

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "teredo/settings.hpp"

namespace miredo::invariants {

// RFC 4380 §5.2.4 with RFC 6890: global unicast, or one that `allow_private` lets through.
[[nodiscard]] bool is_usable_ipv4(Ipv4Address address, bool allow_private);
// Whether the filter of these surroundings lets private addresses through.
[[nodiscard]] bool allows_private(const teredo::Surroundings& surroundings);
// A datagram may go to `to` because a packet said so.
[[nodiscard]] bool is_allowed_target(Endpoint to, const teredo::Surroundings& surroundings);

// A source that may reach a kernel through the tunnel: unicast, and of no kind that only a host
// itself or its link can have.
[[nodiscard]] bool is_possible_inner_source(const Ipv6Address& source);
// RFC 4291 §2.5.4: 2000::/3.
[[nodiscard]] bool is_global_unicast(const Ipv6Address& address);
[[nodiscard]] bool is_special(const Ipv6Address& address);
// One of `own` hides in a 6to4 (RFC 3056) or ISATAP (RFC 5214) address.
[[nodiscard]] bool embeds(const Ipv6Address& address, const std::vector<Ipv4Address>& own);

}  // namespace miredo::invariants
