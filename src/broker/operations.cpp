// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/operations.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "broker/checks.hpp"
#include "broker/reply.hpp"
#include "netlink/changes.hpp"
#include "netlink/nftables.hpp"
#include "netlink/socket.hpp"

namespace miredo::broker {
namespace {

using netlink::NetlinkSocket;

Expected<void> make_device_of_name(Call& call) {
    const std::string name = get_text(call.request.name);
    if (!is_valid_interface_name(name)) {
        return Failure{refusal("not a possible name of an interface")};
    }
    if (call.request.number > 1) {
        return Failure{refusal("a device has one queue or many")};
    }
    auto made = make_device(name, call.request.number == 1, call.options.owner, call.options.group);
    if (!made) {
        return Failure{made.error()};
    }
    put_text(made->device.name, call.reply.name);
    call.reply.index = made->device.index;
    call.reply.accept_ra_off = made->accept_ra_off ? 1 : 0;
    call.made = std::move(made->descriptor);
    return {};
}

Expected<void> change_link(const Call& call, const netlink::LinkChange& change) {
    auto socket = NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    return netlink::change_link(*socket, call.device.index, change);
}

Expected<void> set_mtu(Call& call) {
    if (call.request.number < kMinMtu || call.request.number > kMaxMtu) {
        return Failure{refusal("the MTU is out of range")};
    }
    netlink::LinkChange change;
    change.mtu = call.request.number;
    return change_link(call, change);
}

Expected<void> set_queue_length(Call& call) {
    if (call.request.number < 1 || call.request.number > kMaxQueueLength) {
        return Failure{refusal("the queue length is out of range")};
    }
    netlink::LinkChange change;
    change.queue_length = call.request.number;
    return change_link(call, change);
}

Expected<void> bring_up(Call& call) {
    netlink::LinkChange change;
    change.up = true;
    return change_link(call, change);
}

Expected<void> bring_down(Call& call) {
    netlink::LinkChange change;
    change.up = false;
    return change_link(call, change);
}

// The device's link-local or other addresses that carry our protocol number, and `old`.
Expected<std::vector<Ipv6Prefix>> addresses_to_replace(NetlinkSocket& socket,
                                                       std::uint32_t index,
                                                       bool link_local,
                                                       const Ipv6Address& old) {
    const auto present = socket.ipv6_addresses(index);
    if (!present) {
        return Failure{present.error()};
    }
    std::vector<Ipv6Prefix> result;
    for (const netlink::Ipv6InterfaceAddress& each : *present) {
        const Ipv6Address& address = each.address.address;
        // Kernels before 5.18 do not keep the number: the daemon says which one was its own.
        const bool ours = each.protocol == netlink::kProtocol || address == old;
        if (ours && address.is_link_local() == link_local) {
            result.push_back(each.address);
        }
    }
    return result;
}

Expected<void> replace_address(const Call& call,
                               bool link_local,
                               const Ipv6Address& old,
                               const std::optional<Ipv6Prefix>& wanted) {
    auto socket = NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    const auto replaced = addresses_to_replace(*socket, call.device.index, link_local, old);
    if (!replaced) {
        return Failure{replaced.error()};
    }
    std::optional<netlink::Ipv6InterfaceAddress> added;
    if (wanted) {
        added.emplace();
        added->address = *wanted;
        added->no_prefix_route = !link_local;
    }
    return netlink::replace_addresses(*socket, call.device.index, *replaced, added);
}

Expected<void> replace_global_address(Call& call) {
    const Ipv6Address old = Ipv6Address::load(call.request.other_address);
    const Ipv6Prefix wanted{Ipv6Address::load(call.request.address), call.request.length};
    const bool none = wanted.address.is_unspecified() && wanted.length == 0;
    if (!none && (!is_global_unicast(wanted.address) || wanted.length < 1 || wanted.length > 128)) {
        return Failure{refusal("not a global address")};
    }
    if (!old.is_unspecified() && !is_global_unicast(old)) {
        return Failure{refusal("the old address is not a global one")};
    }
    return replace_address(call, false, old, none ? std::nullopt : std::optional{wanted});
}

Expected<void> replace_link_local(Call& call) {
    const Ipv6Prefix wanted{Ipv6Address::load(call.request.address), call.request.length};
    if (!wanted.address.is_link_local() || wanted.length < 10 || wanted.length > 128) {
        return Failure{refusal("not a link-local address")};
    }
    return replace_address(call, true, Ipv6Address{}, wanted);
}

Expected<void> change_route(const Call& call,
                            Expected<void> (*change)(NetlinkSocket&, const netlink::Route&)) {
    const auto route = checked_route(call.request, call.device.index);
    if (!route) {
        return Failure{route.error()};
    }
    auto socket = NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    return change(*socket, *route);
}

Expected<void> add_route(Call& call) {
    return change_route(call, netlink::add_route);
}
Expected<void> remove_route(Call& call) {
    return change_route(call, netlink::remove_route);
}

Expected<void> change_rule(const Call& call,
                           Expected<void> (*change)(NetlinkSocket&, const netlink::Rule&)) {
    const auto rule = checked_rule(call.request);
    if (!rule) {
        return Failure{rule.error()};
    }
    auto socket = NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    const auto addresses = socket->ipv6_addresses(0);
    if (!addresses) {
        return Failure{addresses.error()};
    }
    // A rule has no interface; what another one sends must not be diverted by it.
    for (const netlink::Ipv6InterfaceAddress& each : *addresses) {
        if (each.index != call.device.index && each.address.address == rule->source.address) {
            return Failure{refusal("the rule is about another interface's address")};
        }
    }
    return change(*socket, *rule);
}

Expected<void> add_rule(Call& call) {
    return change_rule(call, netlink::add_rule);
}
Expected<void> remove_rule(Call& call) {
    return change_rule(call, netlink::remove_rule);
}

Expected<void> flush(Call& call) {
    auto socket = NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    return netlink::flush(*socket, call.device.index);
}

Expected<void> open_raw_ipv6_socket(Call& call) {
    io::UniqueFd fd{::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW)};
    if (!fd) {
        Error error{"cannot open a raw IPv6 socket", "", errno, ""};
        if (errno == EPERM || errno == EACCES) {
            error.remedy = "Run as root or with CAP_NET_RAW";
        } else if (errno == EAFNOSUPPORT) {
            error.remedy = "The kernel runs without IPv6: boot without ipv6.disable=1";
        }
        return Failure{error};
    }
    // It is for sending: packets of protocol 255 that strangers send must not pile up in it.
    sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &drop_all};
    const int on = 1;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof on) != 0) {
        return Failure{Error{"cannot set up a raw IPv6 socket", "", errno, ""}};
    }
    call.made = std::move(fd);
    return {};
}

int socket_property(int fd, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

Expected<void> set_receive_buffer(Call& call) {
    const std::uint32_t bytes = call.request.number;
    if (bytes == 0 || bytes > kMaxReceiveBuffer) {
        return Failure{refusal("the receive buffer is out of range")};
    }
    if (socket_property(call.descriptor, SO_DOMAIN) != AF_INET ||
        socket_property(call.descriptor, SO_TYPE) != SOCK_DGRAM ||
        socket_property(call.descriptor, SO_PROTOCOL) != IPPROTO_UDP) {
        return Failure{refusal("not a UDP socket over IPv4")};
    }
    const int value = static_cast<int>(bytes);
    if (::setsockopt(call.descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof value) != 0) {
        return Failure{Error{"cannot enlarge the receive buffer",
                             "",
                             errno,
                             errno == EPERM ? "Run as root or with CAP_NET_ADMIN" : ""}};
    }
    call.reply.number = static_cast<std::uint32_t>(socket_property(call.descriptor, SO_RCVBUF));
    return {};
}

Expected<void> find_firewall_rule(Call& call) {
    auto socket = NetlinkSocket::open();
    if (!socket) {
        return Failure{socket.error()};
    }
    const auto link = socket->find_link(call.device.index);
    if (!link) {
        return Failure{link.error()};
    }
    if (!link->has_value()) {
        return Failure{Error{"the interface is gone", "", ENODEV, ""}};
    }
    const auto mentioned = netlink::mentions_interface(**link);
    if (!mentioned) {
        return Failure{mentioned.error()};
    }
    call.reply.number = *mentioned ? 1 : 0;
    return {};
}

Expected<void> attach_queue_to(Call& call) {
    auto queue = attach_queue(call.descriptor, call.device);
    if (!queue) {
        return Failure{queue.error()};
    }
    call.made = std::move(*queue);
    return {};
}

Expected<void> steer_queues_of(Call& call) {
    return steer_queues(call.descriptor, call.device);
}

constexpr unsigned kRouteFields = kNumber | kTable | kAddress | kOtherAddress;
constexpr unsigned kRuleFields = kNumber | kTable | kAddress | kSuppress;

constexpr std::array kOperations{
    OperationEntry{
        Operation::kMakeDevice, WantedDescriptor::kNone, kName | kNumber, make_device_of_name},
    OperationEntry{Operation::kSetMtu, WantedDescriptor::kTun, kNumber, set_mtu},
    OperationEntry{Operation::kSetQueueLength, WantedDescriptor::kTun, kNumber, set_queue_length},
    OperationEntry{Operation::kBringUp, WantedDescriptor::kTun, 0, bring_up},
    OperationEntry{Operation::kBringDown, WantedDescriptor::kTun, 0, bring_down},
    OperationEntry{Operation::kReplaceGlobalAddress,
                   WantedDescriptor::kTun,
                   kAddress | kOtherAddress,
                   replace_global_address},
    OperationEntry{
        Operation::kReplaceLinkLocal, WantedDescriptor::kTun, kAddress, replace_link_local},
    OperationEntry{Operation::kAddRoute, WantedDescriptor::kTun, kRouteFields, add_route},
    OperationEntry{Operation::kRemoveRoute, WantedDescriptor::kTun, kRouteFields, remove_route},
    OperationEntry{Operation::kAddRule, WantedDescriptor::kTun, kRuleFields, add_rule},
    OperationEntry{Operation::kRemoveRule, WantedDescriptor::kTun, kRuleFields, remove_rule},
    OperationEntry{Operation::kFlush, WantedDescriptor::kTun, 0, flush},
    OperationEntry{Operation::kOpenRawIpv6Socket, WantedDescriptor::kNone, 0, open_raw_ipv6_socket},
    OperationEntry{
        Operation::kSetReceiveBuffer, WantedDescriptor::kSocket, kNumber, set_receive_buffer},
    OperationEntry{Operation::kFindFirewallRule, WantedDescriptor::kTun, 0, find_firewall_rule},
    OperationEntry{Operation::kAttachQueue, WantedDescriptor::kTun, 0, attach_queue_to},
    OperationEntry{Operation::kSteerQueues, WantedDescriptor::kTun, 0, steer_queues_of},
};

}  // namespace

const OperationEntry* find_operation(Operation operation) {
    const auto* const found =
        std::find_if(kOperations.begin(), kOperations.end(), [&](const OperationEntry& entry) {
            return entry.operation == operation;
        });
    return found == kOperations.end() ? nullptr : found;
}

}  // namespace miredo::broker
