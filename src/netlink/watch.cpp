// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/watch.hpp"

#include <cerrno>
#include <utility>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "netlink/message.hpp"

namespace miredo::netlink {
namespace {

constexpr std::size_t kEventsPerDrain = 1024;

Failure<Error> open_failure(const char* what, int error_number) {
    return Failure{Error{what, "netlink", error_number, ""}};
}

std::optional<Change> link_change(const nlmsghdr& message) {
    const auto header = header_of<ifinfomsg>(message);
    // Bridges tell about their ports in a family of their own.
    if (!header || header->ifi_family != AF_UNSPEC) {
        return std::nullopt;
    }
    Change change;
    change.kind =
        message.nlmsg_type == RTM_NEWLINK ? ChangeKind::kLinkChanged : ChangeKind::kLinkRemoved;
    change.index = static_cast<std::uint32_t>(header->ifi_index);
    change.up = (header->ifi_flags & IFF_UP) != 0;
    return change;
}

std::optional<Change> address_change(const nlmsghdr& message) {
    const auto header = header_of<ifaddrmsg>(message);
    if (!header || (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)) {
        return std::nullopt;
    }
    const Attributes<IFA_MAX> attributes{message, sizeof(ifaddrmsg)};
    const std::size_t which = attributes.raw(IFA_LOCAL) != nullptr ? IFA_LOCAL : IFA_ADDRESS;
    Change change;
    change.kind =
        message.nlmsg_type == RTM_NEWADDR ? ChangeKind::kAddressAdded : ChangeKind::kAddressRemoved;
    change.index = header->ifa_index;
    change.family = header->ifa_family;
    change.protocol = attributes.u8(IFA_PROTO);
    change.ipv4_address = attributes.ipv4(which);
    change.ipv6_address = attributes.ipv6(which);
    return change;
}

std::optional<Change> route_change(const nlmsghdr& message) {
    const auto header = header_of<rtmsg>(message);
    if (!header || (header->rtm_family != AF_INET && header->rtm_family != AF_INET6)) {
        return std::nullopt;
    }
    const Attributes<RTA_MAX> attributes{message, sizeof(rtmsg)};
    Change change;
    change.kind =
        message.nlmsg_type == RTM_NEWROUTE ? ChangeKind::kRouteAdded : ChangeKind::kRouteRemoved;
    change.index = attributes.u32(RTA_OIF).value_or(0);
    change.family = header->rtm_family;
    change.protocol = header->rtm_protocol;
    change.table = attributes.u32(RTA_TABLE).value_or(header->rtm_table);
    change.default_route = header->rtm_dst_len == 0;
    return change;
}

std::optional<Change> rule_change(const nlmsghdr& message) {
    const auto header = header_of<fib_rule_hdr>(message);
    if (!header) {
        return std::nullopt;
    }
    const Attributes<FRA_MAX> attributes{message, sizeof(fib_rule_hdr)};
    Change change;
    change.kind =
        message.nlmsg_type == RTM_NEWRULE ? ChangeKind::kRuleAdded : ChangeKind::kRuleRemoved;
    change.family = header->family;
    change.protocol = attributes.u8(FRA_PROTOCOL);
    change.table = attributes.u32(FRA_TABLE).value_or(header->table);
    return change;
}

std::optional<Change> to_change(const nlmsghdr& message) {
    switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        return link_change(message);
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return address_change(message);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return route_change(message);
    case RTM_NEWRULE:
    case RTM_DELRULE:
        return rule_change(message);
    default:
        return std::nullopt;
    }
}

}  // namespace

Watch::Watch(std::unique_ptr<nl_sock, SocketDeleter> socket)
    : socket_{std::move(socket)}, buffer_(kReceiveBufferSize) {}

Expected<Watch> Watch::open(std::uint32_t receive_buffer) {
    std::unique_ptr<nl_sock, SocketDeleter> socket{::nl_socket_alloc()};
    if (!socket) {
        return open_failure("cannot watch the network", ENOMEM);
    }
    if (::nl_connect(socket.get(), NETLINK_ROUTE) < 0) {
        return open_failure("cannot watch the network", errno);
    }
    if (receive_buffer != 0 &&
        ::nl_socket_set_buffer_size(socket.get(), static_cast<int>(receive_buffer), 0) < 0) {
        return open_failure("cannot set up the watch of the network", errno);
    }
    for (const int group : {RTNLGRP_LINK,
                            RTNLGRP_IPV4_IFADDR,
                            RTNLGRP_IPV6_IFADDR,
                            RTNLGRP_IPV4_ROUTE,
                            RTNLGRP_IPV6_ROUTE,
                            RTNLGRP_IPV6_RULE}) {
        if (::nl_socket_add_membership(socket.get(), group) < 0) {
            return open_failure("cannot watch the network", errno);
        }
    }
    return Watch{std::move(socket)};
}

int Watch::fd() const {
    return ::nl_socket_get_fd(socket_.get());
}

std::size_t Watch::drain(const std::function<void(const Change&)>& take) {
    std::size_t count = 0;
    while (count < kEventsPerDrain) {
        const int size = receive_from_kernel(fd(), buffer_, MSG_DONTWAIT);
        if (size == -ENOBUFS) {
            take(Change{});  // kResync: the kernel had to drop events
            ++count;
            continue;
        }
        if (size <= 0) {
            break;
        }
        for_each_message(Bytes{buffer_}.first(static_cast<std::size_t>(size)),
                         [&](const nlmsghdr& message) {
                             if (const auto change = to_change(message)) {
                                 take(*change);
                                 ++count;
                             }
                         });
    }
    return count;
}

}  // namespace miredo::netlink
