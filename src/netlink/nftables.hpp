// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Whether the host's firewall knows of an interface. Only reads, over NETLINK_NETFILTER, without
// libnftables. A kernel that has nf_tables as a module may load it for the question.
#pragma once

#include "base/error.hpp"
#include "netlink/values.hpp"

namespace miredo::netlink {

// True where a rule of a table `inet` or `ip6` of this network namespace names the interface: by
// its name (also "ter*"), its index or its link group; for what comes in or what goes out; alone,
// in a range, or in a set or map, also as a part of its keys. What the rule then does, or whether
// any packet ever comes to it, is not looked at. Rules of the old ip6_tables are not seen.
//
// False, too, where the kernel has no nf_tables. Stops at the first mention, and is bounded in time
// (500 ms, enough for some 10^4 rules), in messages and in sets. Needs CAP_NET_ADMIN. error_number:
// EPERM; ETIMEDOUT or E2BIG where a bound ends the search: then nobody knows.
[[nodiscard]] Expected<bool> mentions_interface(const Link& link);

}  // namespace miredo::netlink
