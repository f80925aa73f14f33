// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// From received rtnetlink messages to values: inside this room only. Each gives nullopt for a
// message of another kind or family, and for one it cannot understand.
#pragma once

#include <optional>

#include "netlink/values.hpp"

struct nlmsghdr;

namespace miredo::netlink {

[[nodiscard]] std::optional<Link> parse_link(const nlmsghdr& message);
[[nodiscard]] std::optional<Ipv4InterfaceAddress> parse_ipv4_address(const nlmsghdr& message);
[[nodiscard]] std::optional<Ipv6InterfaceAddress> parse_ipv6_address(const nlmsghdr& message);
[[nodiscard]] std::optional<Route> parse_route(const nlmsghdr& message);
[[nodiscard]] std::optional<Rule> parse_rule(const nlmsghdr& message);

}  // namespace miredo::netlink
