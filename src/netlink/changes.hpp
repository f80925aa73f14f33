// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Changes of links, addresses, routes and rules, each with the kernel's acknowledgement checked: an
// Error says what was to be done, on which interface, errno and a remedy. They need CAP_NET_ADMIN
// in the network namespace. Who removes what is already gone, or adds what is there, has succeeded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "netlink/socket.hpp"
#include "netlink/values.hpp"

namespace miredo::netlink {

// Wanted properties of a link; nullopt leaves one as it is. All are set by one request.
struct LinkChange {
    std::optional<bool> up;
    std::optional<std::uint32_t> mtu;
    std::optional<std::uint32_t> queue_length;
    std::optional<std::uint32_t> group;
    // IN6_ADDR_GEN_MODE_NONE: the kernel makes up no link-local address when the link goes up.
    bool no_address_generation = false;
};

Expected<void> change_link(NetlinkSocket& socket, std::uint32_t index, const LinkChange& change);

// Removes `old` and adds `wanted`, in this order and in one batch, so that the interface has at no
// time both, and neither for less than 5 ms. One that is both old and wanted stays untouched. The
// new address has no duplicate address detection and, with `wanted.no_prefix_route`, no route. What
// comes to it is delivered when this returns; the kernel is waited for, but not longer than 3 s.
Expected<void> replace_addresses(NetlinkSocket& socket,
                                 std::uint32_t index,
                                 const std::vector<Ipv6Prefix>& old,
                                 const std::optional<Ipv6InterfaceAddress>& wanted);

// Adds the route; one through the same interface with the same table, destination and metric is
// replaced. Routes of others through other interfaces stay.
Expected<void> add_route(NetlinkSocket& socket, const Route& route);
Expected<void> remove_route(NetlinkSocket& socket, const Route& route);

Expected<void> add_rule(NetlinkSocket& socket, const Rule& rule);
Expected<void> remove_rule(NetlinkSocket& socket, const Rule& rule);

// Removes what carries `kProtocol`: addresses of and routes through interface `index`, and rules,
// those excepted that are about an address of another interface (another instance's).
Expected<void> flush(NetlinkSocket& socket, std::uint32_t index);

}  // namespace miredo::netlink
