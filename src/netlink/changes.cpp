// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/changes.hpp"

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string>
#include <utility>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include "netlink/message.hpp"

namespace miredo::netlink {
namespace {

constexpr int kRequest = NLM_F_REQUEST | NLM_F_ACK;
// Bounds what is sent at once; the kernel takes more.
constexpr std::size_t kBatchSize = 64;

std::string interface_text(std::uint32_t index) {
    return "interface " + std::to_string(index);
}

const char* remedy_for(int error_number) {
    switch (error_number) {
    case EPERM:
        return "Run as root or with CAP_NET_ADMIN";
    case EACCES:  // what the kernel says for disable_ipv6=1
        return "IPv6 is disabled on the interface: set sysctl net.ipv6.conf.<interface>.disable_ipv6=0";
    case EAFNOSUPPORT:
    case EOPNOTSUPP:
        return "The kernel runs without IPv6: boot without ipv6.disable=1";
    case ENODEV:
        return "The interface is gone";
    case ENETDOWN:
        return "The interface is down";
    default:
        return "";
    }
}

Expected<void> check(int error_number,
                     const char* what,
                     const std::string& where,
                     std::initializer_list<int> harmless = {}) {
    if (error_number == 0 ||
        std::find(harmless.begin(), harmless.end(), error_number) != harmless.end()) {
        return {};
    }
    return Failure{Error{what, where, error_number, remedy_for(error_number)}};
}

// Sends one request and checks its acknowledgement.
Expected<void> request(NetlinkSocket& socket,
                       Message message,
                       const char* what,
                       const std::string& where,
                       std::initializer_list<int> harmless = {}) {
    std::vector<Message> batch;
    batch.push_back(std::move(message));
    const auto results = socket.transact(batch);
    if (!results) {
        return Failure{results.error()};
    }
    return check(results->front(), what, where, harmless);
}

Message address_message(int type,
                        int flags,
                        std::uint32_t index,
                        const Ipv6Prefix& address,
                        std::uint32_t address_flags) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET6;
    header.ifa_prefixlen = address.length;
    header.ifa_index = index;
    Message message = make_message(type, kRequest | flags, header);
    put(message, IFA_LOCAL, address.address.bytes());
    if (type == RTM_NEWADDR) {
        put(message, IFA_FLAGS, address_flags);
        put_u8(message, IFA_PROTO, kProtocol);  // ignored by kernels before 5.18
    }
    return message;
}

Message route_message(int type, int flags, const Route& route) {
    rtmsg header{};
    header.rtm_family = AF_INET6;
    header.rtm_dst_len = route.destination.length;
    header.rtm_table = RT_TABLE_UNSPEC;  // RTA_TABLE holds it
    header.rtm_protocol = route.protocol;
    header.rtm_scope = RT_SCOPE_UNIVERSE;
    header.rtm_type = RTN_UNICAST;
    Message message = make_message(type, kRequest | flags, header);
    if (route.destination.length > 0) {
        put(message, RTA_DST, route.destination.address.bytes());
    }
    put(message, RTA_TABLE, route.table);
    put(message, RTA_OIF, route.index);
    put(message, RTA_PRIORITY, route.metric);
    if (route.preferred_source && type == RTM_NEWROUTE) {
        put(message, RTA_PREFSRC, route.preferred_source->bytes());
    }
    return message;
}

Message rule_message(int type, int flags, const Rule& rule) {
    fib_rule_hdr header{};
    header.family = AF_INET6;
    header.src_len = rule.source.length;
    header.table = RT_TABLE_UNSPEC;  // FRA_TABLE holds it
    header.action = FR_ACT_TO_TBL;
    Message message = make_message(type, kRequest | flags, header);
    if (rule.source.length > 0) {
        put(message, FRA_SRC, rule.source.address.bytes());
    }
    put(message, FRA_TABLE, rule.table);
    put(message, FRA_PRIORITY, rule.priority);
    put_u8(message, FRA_PROTOCOL, rule.protocol);
    if (rule.suppress_prefix_length) {
        put(message, FRA_SUPPRESS_PREFIXLEN, *rule.suppress_prefix_length);
    }
    return message;
}

// Sends removals, in several batches where they are many; what is gone already is no failure.
Expected<void> remove_all(NetlinkSocket& socket,
                          std::vector<Message> removals,
                          const char* what,
                          const std::string& where) {
    for (std::size_t start = 0; start < removals.size(); start += kBatchSize) {
        std::vector<Message> batch;
        const std::size_t end = std::min(removals.size(), start + kBatchSize);
        for (std::size_t i = start; i < end; ++i) {
            batch.push_back(std::move(removals[i]));
        }
        const auto results = socket.transact(batch);
        if (!results) {
            return Failure{results.error()};
        }
        for (const int result : *results) {
            if (auto checked = check(result, what, where, {ESRCH, ENOENT, EADDRNOTAVAIL, ENODEV});
                !checked) {
                return checked;
            }
        }
    }
    return {};
}

Expected<void> flush_rules(NetlinkSocket& socket, std::uint32_t index) {
    const auto rules = socket.rules(kProtocol);
    if (!rules) {
        return Failure{rules.error()};
    }
    const auto addresses = socket.ipv6_addresses(0);
    if (!addresses) {
        return Failure{addresses.error()};
    }
    std::vector<Message> removals;
    for (const Rule& rule : *rules) {
        const bool of_another =
            std::any_of(addresses->begin(), addresses->end(), [&](const auto& address) {
                return address.index != index && address.address.address == rule.source.address;
            });
        if (!of_another) {
            removals.push_back(rule_message(RTM_DELRULE, 0, rule));
        }
    }
    return remove_all(socket, std::move(removals), "cannot remove a rule", "");
}

Expected<void> flush_routes(NetlinkSocket& socket, std::uint32_t index) {
    const auto routes = socket.routes(index, kProtocol);
    if (!routes) {
        return Failure{routes.error()};
    }
    std::vector<Message> removals;
    for (const Route& route : *routes) {
        removals.push_back(route_message(RTM_DELROUTE, 0, route));
    }
    return remove_all(socket, std::move(removals), "cannot remove a route", interface_text(index));
}

Expected<void> flush_addresses(NetlinkSocket& socket, std::uint32_t index) {
    const auto addresses = socket.ipv6_addresses(index);
    if (!addresses) {
        return Failure{addresses.error()};
    }
    std::vector<Message> removals;
    for (const Ipv6InterfaceAddress& address : *addresses) {
        if (address.protocol == kProtocol) {
            removals.push_back(address_message(RTM_DELADDR, 0, index, address.address, 0));
        }
    }
    return remove_all(
        socket, std::move(removals), "cannot remove an address", interface_text(index));
}

// An address is there before its route in the table `local` is: one of the kernel's workers puts
// that in, and on a busy machine what came to the address was dropped for seconds.
void wait_for_delivery(NetlinkSocket& socket, const Ipv6Address& address) {
    constexpr int kTries = 3000;
    constexpr int kPauseMs = 1;
    for (int i = 0; i < kTries; ++i) {
        const auto delivers = socket.delivers_to(address);
        if (!delivers || *delivers) {
            return;
        }
        (void)::poll(nullptr, 0, kPauseMs);
    }
}

}  // namespace

Expected<void> change_link(NetlinkSocket& socket, std::uint32_t index, const LinkChange& change) {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = static_cast<int>(index);
    if (change.up) {
        header.ifi_change = IFF_UP;
        header.ifi_flags = *change.up ? unsigned{IFF_UP} : 0U;
    }
    Message message = make_message(RTM_SETLINK, kRequest, header);
    if (change.mtu) {
        put(message, IFLA_MTU, *change.mtu);
    }
    if (change.queue_length) {
        put(message, IFLA_TXQLEN, *change.queue_length);
    }
    if (change.group) {
        put(message, IFLA_GROUP, *change.group);
    }
    if (change.no_address_generation) {
        nlattr* const families = ::nla_nest_start(message.get(), IFLA_AF_SPEC);
        nlattr* const inet6 = ::nla_nest_start(message.get(), AF_INET6);
        put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
        (void)::nla_nest_end(message.get(), inet6);
        (void)::nla_nest_end(message.get(), families);
    }
    return request(
        socket, std::move(message), "cannot set up the interface", interface_text(index));
}

Expected<void> replace_addresses(NetlinkSocket& socket,
                                 std::uint32_t index,
                                 const std::vector<Ipv6Prefix>& old,
                                 const std::optional<Ipv6InterfaceAddress>& wanted) {
    std::vector<Message> batch;
    for (const Ipv6Prefix& address : old) {
        if (!wanted || !(wanted->address == address)) {
            batch.push_back(address_message(RTM_DELADDR, 0, index, address, 0));
        }
    }
    const std::size_t removals = batch.size();
    if (wanted) {
        const std::uint32_t flags =
            IFA_F_NODAD | IFA_F_PERMANENT |
            (wanted->no_prefix_route ? std::uint32_t{IFA_F_NOPREFIXROUTE} : 0U);
        batch.push_back(address_message(
            RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, wanted->address, flags));
    }
    const auto results = socket.transact(batch);
    if (!results) {
        return Failure{results.error()};
    }
    for (std::size_t i = 0; i < results->size(); ++i) {
        auto checked = i < removals
                           ? check((*results)[i],
                                   "cannot remove the address",
                                   interface_text(index),
                                   {EADDRNOTAVAIL, ENODEV})
                           : check((*results)[i], "cannot set the address", interface_text(index));
        if (!checked) {
            return checked;
        }
    }
    if (wanted) {
        wait_for_delivery(socket, wanted->address.address);
    }
    return {};
}

Expected<void> add_route(NetlinkSocket& socket, const Route& route) {
    const std::string where = interface_text(route.index);
    std::vector<Message> batch;
    batch.push_back(route_message(RTM_NEWROUTE, NLM_F_CREATE, route));
    const auto added = socket.transact(batch);
    if (!added) {
        return Failure{added.error()};
    }
    if (added->front() != EEXIST) {
        return check(added->front(), "cannot add a route", where);
    }
    // NLM_F_REPLACE would take another interface's route of the same metric instead.
    batch.clear();
    batch.push_back(route_message(RTM_DELROUTE, 0, route));
    batch.push_back(route_message(RTM_NEWROUTE, NLM_F_CREATE, route));
    const auto replaced = socket.transact(batch);
    if (!replaced) {
        return Failure{replaced.error()};
    }
    return check((*replaced)[1], "cannot add a route", where);
}

Expected<void> remove_route(NetlinkSocket& socket, const Route& route) {
    return request(socket,
                   route_message(RTM_DELROUTE, 0, route),
                   "cannot remove a route",
                   interface_text(route.index),
                   {ESRCH, ENOENT, ENODEV});
}

Expected<void> add_rule(NetlinkSocket& socket, const Rule& rule) {
    return request(socket,
                   rule_message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule),
                   "cannot add a rule",
                   "from " + rule.source.to_string(),
                   {EEXIST});
}

Expected<void> remove_rule(NetlinkSocket& socket, const Rule& rule) {
    // The kernel does not compare the protocol number: somebody else's like it must not go.
    const auto ours = socket.rules(rule.protocol);
    if (!ours) {
        return Failure{ours.error()};
    }
    if (std::find(ours->begin(), ours->end(), rule) == ours->end()) {
        return {};
    }
    return request(socket,
                   rule_message(RTM_DELRULE, 0, rule),
                   "cannot remove a rule",
                   "from " + rule.source.to_string(),
                   {ENOENT, ESRCH});
}

Expected<void> flush(NetlinkSocket& socket, std::uint32_t index) {
    // Rules first: without their table a packet could leave by another interface; while the
    // addresses are there, rules of ours can be told from those of another instance.
    if (auto flushed = flush_rules(socket, index); !flushed) {
        return flushed;
    }
    if (auto flushed = flush_routes(socket, index); !flushed) {
        return flushed;
    }
    return flush_addresses(socket, index);
}

}  // namespace miredo::netlink
