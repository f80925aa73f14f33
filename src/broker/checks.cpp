// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/checks.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <linux/rtnetlink.h>

namespace miredo::broker {
namespace {

// The kernel's own tables are not ours to change, the main one excepted.
bool is_usable_table(std::uint32_t table) {
    return table != RT_TABLE_UNSPEC && table != RT_TABLE_DEFAULT && table != RT_TABLE_LOCAL;
}

bool has_no_bits_beyond(const Ipv6Prefix& prefix) {
    return std::all_of(prefix.address.bytes().begin() + (prefix.length + 7) / 8,
                       prefix.address.bytes().end(),
                       [](std::byte byte) { return byte == std::byte{0}; }) &&
           (prefix.length % 8 == 0 ||
            (std::to_integer<unsigned>(prefix.address.bytes()[prefix.length / 8U]) &
             (0xFFU >> (prefix.length % 8U))) == 0);
}

bool is_routable(const Ipv6Prefix& destination) {
    const Ipv6Address& address = destination.address;
    return destination.length == 0 ||
           (!address.is_multicast() && !address.is_link_local() && !address.is_loopback());
}

}  // namespace

Error refusal(const char* why) {
    return {std::string{"the broker refused a request: "} + why, "", EINVAL, ""};
}

bool unused_fields_are_zero(const Request& request, unsigned used) {
    Request expected;
    expected.operation = request.operation;
    if ((used & kNumber) != 0) {
        expected.number = request.number;
    }
    if ((used & kTable) != 0) {
        expected.table = request.table;
    }
    if ((used & kAddress) != 0) {
        expected.address = request.address;
        expected.length = request.length;
    }
    if ((used & kOtherAddress) != 0) {
        expected.other_address = request.other_address;
    }
    if ((used & kSuppress) != 0) {
        expected.suppress = request.suppress;
    }
    if ((used & kName) != 0) {
        expected.name = request.name;
    }
    return request.version == expected.version && request.number == expected.number &&
           request.table == expected.table && request.length == expected.length &&
           request.suppress == expected.suppress && request.reserved == expected.reserved &&
           request.address == expected.address && request.other_address == expected.other_address &&
           request.name == expected.name;
}

bool is_global_unicast(const Ipv6Address& address) {
    return !address.is_unspecified() && !address.is_loopback() && !address.is_multicast() &&
           !address.is_link_local() && !address.is_ipv4_mapped();
}

Expected<netlink::Route> checked_route(const Request& request, std::uint32_t index) {
    netlink::Route route;
    route.destination = {Ipv6Address::load(request.address), request.length};
    route.index = index;
    route.table = request.table;
    route.metric = request.number;
    if (route.destination.length > 128 || !has_no_bits_beyond(route.destination) ||
        !is_routable(route.destination)) {
        return Failure{refusal("not a possible destination of a route")};
    }
    if (!is_usable_table(route.table)) {
        return Failure{refusal("not a table for routes of the service")};
    }
    if (route.metric == 0) {
        return Failure{refusal("a route needs a metric")};
    }
    const Ipv6Address source = Ipv6Address::load(request.other_address);
    if (!source.is_unspecified()) {
        if (!is_global_unicast(source)) {
            return Failure{refusal("not a possible source address of a route")};
        }
        route.preferred_source = source;
    }
    return route;
}

Expected<netlink::Rule> checked_rule(const Request& request) {
    netlink::Rule rule;
    rule.source = {Ipv6Address::load(request.address), request.length};
    rule.table = request.table;
    rule.priority = request.number;
    if (rule.source.length != 128 || !is_global_unicast(rule.source.address)) {
        return Failure{refusal("a rule must be about one global address")};
    }
    const bool suppressing = request.suppress == 1 && rule.priority == kSuppressRulePriority &&
                             rule.table == netlink::kMainTable;
    const bool looking_up =
        request.suppress == 0 && rule.priority == kTableRulePriority && is_usable_table(rule.table);
    if (!suppressing && !looking_up) {
        return Failure{refusal("not one of the service's rules")};
    }
    if (suppressing) {
        rule.suppress_prefix_length = 0;
    }
    return rule;
}

}  // namespace miredo::broker
