// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The host as the engine must know it: its IPv4 addresses, the attached subnets (RFC 4380 §5.2.8)
// and their directed broadcasts (§5.2.4), its native IPv6 addresses.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/ipv6_address.hpp"
#include "netlink/socket.hpp"
#include "teredo/settings.hpp"

namespace miredo::daemon {

// `own_ports` are the UDP ports of all our sockets.
[[nodiscard]] Expected<teredo::Surroundings> survey(netlink::NetlinkSocket& socket,
                                                    bool allow_private_addresses,
                                                    std::vector<std::uint16_t> own_ports);

// Indices of the interfaces with an IPv4 address, loopback excepted.
[[nodiscard]] Expected<std::set<std::uint32_t>>
interfaces_with_ipv4(netlink::NetlinkSocket& socket);

// The host's IPv6 addresses of global scope, Teredo addresses excepted.
[[nodiscard]] Expected<std::vector<Ipv6Address>>
native_ipv6_addresses(netlink::NetlinkSocket& socket);

// Whether the host has IPv6 by other means (RFC 4380 §5.5): a global unicast address that is none
// of Teredo, and a default route of the main table that is none of ours.
[[nodiscard]] Expected<bool> has_native_ipv6(netlink::NetlinkSocket& socket);

}  // namespace miredo::daemon
