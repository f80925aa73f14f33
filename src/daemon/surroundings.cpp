// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/surroundings.hpp"

#include <algorithm>
#include <utility>

namespace miredo::daemon {
namespace {

constexpr Ipv4Prefix kLoopback{Ipv4Address{127, 0, 0, 0}, 8};
constexpr unsigned kLongestSubnetWithBroadcast = 30;

// RFC 4291 §2.4: what has been given out of global unicast. Unique local addresses (RFC 4193) lead
// nowhere.
constexpr Ipv6Prefix kGlobalUnicast{Ipv6Address{0x2000000000000000U, 0}, 3};

}  // namespace

Expected<teredo::Surroundings> survey(netlink::NetlinkSocket& socket,
                                      bool allow_private_addresses,
                                      std::vector<std::uint16_t> own_ports) {
    const auto addresses = socket.ipv4_addresses();
    if (!addresses) {
        return Failure{addresses.error()};
    }
    teredo::Surroundings surroundings;
    std::vector<Ipv4Address> broadcasts;
    for (const netlink::Ipv4InterfaceAddress& entry : *addresses) {
        surroundings.own_addresses.push_back(entry.address);
        if (!kLoopback.contains(entry.address)) {
            surroundings.attached_subnets.push_back(entry.subnet);
        }
        if (entry.subnet.length <= kLongestSubnetWithBroadcast) {
            broadcasts.push_back(entry.subnet.last());
        }
        if (entry.broadcast) {
            broadcasts.push_back(*entry.broadcast);
        }
    }
    std::sort(surroundings.own_addresses.begin(), surroundings.own_addresses.end());
    surroundings.own_ports = std::move(own_ports);
    surroundings.filter = wire::Ipv4Filter{allow_private_addresses, std::move(broadcasts)};
    return surroundings;
}

Expected<std::set<std::uint32_t>> interfaces_with_ipv4(netlink::NetlinkSocket& socket) {
    const auto addresses = socket.ipv4_addresses();
    if (!addresses) {
        return Failure{addresses.error()};
    }
    std::set<std::uint32_t> indices;
    for (const netlink::Ipv4InterfaceAddress& entry : *addresses) {
        if (!kLoopback.contains(entry.address)) {
            indices.insert(entry.index);
        }
    }
    return indices;
}

Expected<std::vector<Ipv6Address>> native_ipv6_addresses(netlink::NetlinkSocket& socket) {
    const auto addresses = socket.ipv6_addresses(0);
    if (!addresses) {
        return Failure{addresses.error()};
    }
    std::vector<Ipv6Address> native;
    for (const netlink::Ipv6InterfaceAddress& entry : *addresses) {
        const Ipv6Address& address = entry.address.address;
        if (!address.is_loopback() && !address.is_link_local() &&
            !wire::kTeredoPrefix.contains(address)) {
            native.push_back(address);
        }
    }
    return native;
}

Expected<bool> has_native_ipv6(netlink::NetlinkSocket& socket) {
    const auto addresses = native_ipv6_addresses(socket);
    if (!addresses) {
        return Failure{addresses.error()};
    }
    if (std::none_of(addresses->begin(), addresses->end(), [](const Ipv6Address& address) {
            return kGlobalUnicast.contains(address);
        })) {
        return false;
    }
    const auto routes = socket.routes(0, 0);
    if (!routes) {
        return Failure{routes.error()};
    }
    return std::any_of(routes->begin(), routes->end(), [](const netlink::Route& route) {
        return route.destination.length == 0 && route.table == netlink::kMainTable &&
               route.protocol != netlink::kProtocol;
    });
}

}  // namespace miredo::daemon
