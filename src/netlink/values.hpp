// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Links, addresses, routes and rules as values, as rtnetlink(7) knows them. No operation is here:
// what exists is read by netlink/socket.hpp, what shall be is made by netlink/changes.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ipv4_address.hpp"
#include "base/ipv6_address.hpp"

namespace miredo::netlink {

// The routing protocol number on everything that the daemon adds: how it knows its own again.
inline constexpr std::uint8_t kProtocol = 84;
inline constexpr std::uint32_t kMainTable = 254;

struct Link {
    std::uint32_t index = 0;
    std::string name;
    std::string kind;  // "tun", "dummy", …; empty for physical ones
    std::uint32_t mtu = 0;
    std::uint32_t group = 0;
    std::uint32_t queue_length = 0;
    bool up = false;  // administratively
};

// An IPv4 address of an interface; `subnet.length` is the attached subnet's.
struct Ipv4InterfaceAddress {
    std::uint32_t index = 0;
    Ipv4Address address;
    Ipv4Prefix subnet;
    // The subnet's directed broadcast; none on point-to-point links, /31 and /32.
    std::optional<Ipv4Address> broadcast;
};

struct Ipv6InterfaceAddress {
    std::uint32_t index = 0;
    Ipv6Prefix address;         // all 128 bits and the on-link prefix length
    std::uint8_t protocol = 0;  // IFA_PROTO; 0 also on kernels before 5.18
    bool no_prefix_route = false;
    bool tentative = false;

    friend bool operator==(const Ipv6InterfaceAddress&, const Ipv6InterfaceAddress&) = default;
};

// A unicast IPv6 route through one interface, without gateway.
struct Route {
    Ipv6Prefix destination;
    std::uint32_t index = 0;  // of the outgoing interface
    std::uint32_t table = kMainTable;
    std::uint32_t metric = 1024;
    std::uint8_t protocol = kProtocol;
    std::optional<Ipv6Address> preferred_source;

    friend bool operator==(const Route&, const Route&) = default;
};

// An IPv6 rule `from source lookup table [suppress_prefixlength n]`.
struct Rule {
    Ipv6Prefix source;
    std::uint32_t table = kMainTable;
    std::uint32_t priority = 0;
    std::uint8_t protocol = kProtocol;
    std::optional<std::uint32_t> suppress_prefix_length;

    friend bool operator==(const Rule&, const Rule&) = default;
};

}  // namespace miredo::netlink
