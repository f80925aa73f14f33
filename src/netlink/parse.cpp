// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/parse.hpp"

#include <string_view>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "netlink/message.hpp"

namespace miredo::netlink {
namespace {

// A zero-terminated string attribute.
std::string text(Bytes bytes) {
    const std::string_view all{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return std::string{all.substr(0, all.find('\0'))};
}

}  // namespace

std::optional<Link> parse_link(const nlmsghdr& message) {
    const auto header = header_of<ifinfomsg>(message);
    if (message.nlmsg_type != RTM_NEWLINK || !header) {
        return std::nullopt;
    }
    const Attributes<IFLA_MAX> attributes{message, sizeof(ifinfomsg)};
    Link link;
    link.index = static_cast<std::uint32_t>(header->ifi_index);
    link.name = text(attributes.bytes(IFLA_IFNAME));
    link.mtu = attributes.u32(IFLA_MTU).value_or(0);
    link.group = attributes.u32(IFLA_GROUP).value_or(0);
    link.queue_length = attributes.u32(IFLA_TXQLEN).value_or(0);
    link.up = (header->ifi_flags & IFF_UP) != 0;
    if (const nlattr* information = attributes.raw(IFLA_LINKINFO)) {
        link.kind = text(Attributes<IFLA_INFO_MAX>{information}.bytes(IFLA_INFO_KIND));
    }
    return link;
}

std::optional<Ipv4InterfaceAddress> parse_ipv4_address(const nlmsghdr& message) {
    const auto header = header_of<ifaddrmsg>(message);
    if (message.nlmsg_type != RTM_NEWADDR || !header || header->ifa_family != AF_INET ||
        header->ifa_prefixlen > 32) {
        return std::nullopt;
    }
    const Attributes<IFA_MAX> attributes{message, sizeof(ifaddrmsg)};
    // With a peer IFA_ADDRESS is the peer's, and IFA_LOCAL ours.
    const auto local = attributes.ipv4(IFA_LOCAL);
    const auto remote = attributes.ipv4(IFA_ADDRESS);
    if (!local && !remote) {
        return std::nullopt;
    }
    Ipv4InterfaceAddress address;
    address.index = header->ifa_index;
    address.address = local ? *local : *remote;
    address.subnet = {remote ? *remote : *local, header->ifa_prefixlen};
    address.broadcast = attributes.ipv4(IFA_BROADCAST);
    const bool has_peer = local && remote && *local != *remote;
    if (!address.broadcast && header->ifa_prefixlen <= 30 && !has_peer &&
        !address.address.is_loopback()) {
        // The kernel takes the last address for a broadcast also when none is set.
        address.broadcast = address.subnet.last();
    }
    return address;
}

std::optional<Ipv6InterfaceAddress> parse_ipv6_address(const nlmsghdr& message) {
    const auto header = header_of<ifaddrmsg>(message);
    if (message.nlmsg_type != RTM_NEWADDR || !header || header->ifa_family != AF_INET6 ||
        header->ifa_prefixlen > 128) {
        return std::nullopt;
    }
    const Attributes<IFA_MAX> attributes{message, sizeof(ifaddrmsg)};
    const auto local = attributes.ipv6(IFA_LOCAL);
    const auto remote = attributes.ipv6(IFA_ADDRESS);
    if (!local && !remote) {
        return std::nullopt;
    }
    const std::uint32_t flags = attributes.u32(IFA_FLAGS).value_or(header->ifa_flags);
    Ipv6InterfaceAddress address;
    address.index = header->ifa_index;
    address.address = {local ? *local : *remote, header->ifa_prefixlen};
    address.protocol = attributes.u8(IFA_PROTO);
    address.no_prefix_route = (flags & IFA_F_NOPREFIXROUTE) != 0;
    address.tentative = (flags & IFA_F_TENTATIVE) != 0;
    return address;
}

std::optional<Route> parse_route(const nlmsghdr& message) {
    const auto header = header_of<rtmsg>(message);
    if (message.nlmsg_type != RTM_NEWROUTE || !header || header->rtm_family != AF_INET6 ||
        header->rtm_type != RTN_UNICAST || (header->rtm_flags & RTM_F_CLONED) != 0 ||
        header->rtm_dst_len > 128) {
        return std::nullopt;
    }
    const Attributes<RTA_MAX> attributes{message, sizeof(rtmsg)};
    Route route;
    route.destination = {attributes.ipv6(RTA_DST).value_or(Ipv6Address{}), header->rtm_dst_len};
    route.index = attributes.u32(RTA_OIF).value_or(0);
    route.table = attributes.u32(RTA_TABLE).value_or(header->rtm_table);
    route.metric = attributes.u32(RTA_PRIORITY).value_or(0);
    route.protocol = header->rtm_protocol;
    route.preferred_source = attributes.ipv6(RTA_PREFSRC);
    return route;
}

std::optional<Rule> parse_rule(const nlmsghdr& message) {
    const auto header = header_of<fib_rule_hdr>(message);
    if (message.nlmsg_type != RTM_NEWRULE || !header || header->family != AF_INET6 ||
        header->src_len > 128) {
        return std::nullopt;
    }
    const Attributes<FRA_MAX> attributes{message, sizeof(fib_rule_hdr)};
    Rule rule;
    rule.source = {attributes.ipv6(FRA_SRC).value_or(Ipv6Address{}), header->src_len};
    rule.table = attributes.u32(FRA_TABLE).value_or(header->table);
    rule.priority = attributes.u32(FRA_PRIORITY).value_or(0);
    rule.protocol = attributes.u8(FRA_PROTOCOL);
    rule.suppress_prefix_length = attributes.u32(FRA_SUPPRESS_PREFIXLEN);
    if (rule.suppress_prefix_length == ~std::uint32_t{0}) {
        rule.suppress_prefix_length.reset();  // how the kernel says "none"
    }
    return rule;
}

}  // namespace miredo::netlink
