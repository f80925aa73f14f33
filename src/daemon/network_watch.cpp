// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/network_watch.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include <sys/socket.h>

#include "netlink/watch.hpp"

namespace miredo::daemon {
namespace {

// Such changes come in bursts; one look afterwards is enough.
constexpr Duration kLookDelay = std::chrono::milliseconds{200};

// Own addresses and attached subnets decide what may be sent where (RFC 4380 §5.2.4), others'
// default routes whether there is native IPv6 (§5.5).
bool is_worth_a_look(const netlink::Change& change) {
    switch (change.kind) {
    case netlink::ChangeKind::kAddressAdded:
    case netlink::ChangeKind::kAddressRemoved:
    case netlink::ChangeKind::kResync:
        return true;
    case netlink::ChangeKind::kRouteAdded:
    case netlink::ChangeKind::kRouteRemoved:
        return change.default_route && change.family == AF_INET6 &&
               change.protocol != netlink::kProtocol;
    case netlink::ChangeKind::kLinkChanged:
    case netlink::ChangeKind::kLinkRemoved:
    case netlink::ChangeKind::kRuleAdded:
    case netlink::ChangeKind::kRuleRemoved:
        break;
    }
    return false;
}

}  // namespace

Expected<void> watch_network(ControlLoop& loop, std::function<void()> look) {
    auto opened = netlink::Watch::open();
    if (!opened) {
        return Failure{opened.error()};
    }
    auto timer = loop.add_timer(std::move(look));
    if (!timer) {
        return Failure{timer.error()};
    }
    // A handler can be copied, so a watch can't be in it.
    auto watch = std::make_shared<netlink::Watch>(std::move(*opened));
    return loop.on_readable(watch->fd(), [watch, timer = *timer]() mutable {
        bool has_changed = false;
        watch->drain(
            [&](const netlink::Change& change) { has_changed |= is_worth_a_look(change); });
        if (has_changed) {
            timer.set(kLookDelay);
        }
    });
}

}  // namespace miredo::daemon
