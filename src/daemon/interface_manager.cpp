// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/interface_manager.hpp"

#include <algorithm>
#include <tuple>

#include "wire/teredo_address.hpp"

namespace miredo::daemon {
namespace {

constexpr std::uint32_t kMainTable = 254;
constexpr std::uint32_t kTeredoRouteMetric = 1024;
constexpr std::uint32_t kQueueLength = 4096;
constexpr std::uint8_t kLinkLocalLength = 64;
constexpr std::uint8_t kAddressLength = 32;
constexpr Ipv6Prefix kEverything{Ipv6Address{}, 0};

auto key(const broker::Route& route) {
    return std::tie(route.destination.address,
                    route.destination.length,
                    route.table,
                    route.metric,
                    route.preferred_source);
}

auto key(const broker::Rule& rule) {
    return std::tie(
        rule.source.address, rule.source.length, rule.table, rule.priority, rule.suppress_default);
}

template <typename T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::any_of(
        all.begin(), all.end(), [&](const T& candidate) { return key(candidate) == key(one); });
}

// Removes what is present and not wished for, adds what is wished for and not present; `present`
// follows what succeeded.
template <typename T, typename Add, typename Remove>
void follow(std::vector<T>& present, const std::vector<T>& wished, Add add, Remove remove) {
    std::erase_if(present, [&](const T& one) { return !contains(wished, one) && remove(one); });
    for (const T& one : wished) {
        if (!contains(present, one) && add(one)) {
            present.push_back(one);
        }
    }
}

}  // namespace

InterfaceWishes client_wishes(const config::ClientConfiguration& configuration,
                              const std::optional<Ipv6Address>& address,
                              std::uint32_t mtu,
                              bool has_default_route) {
    InterfaceWishes wishes;
    wishes.mtu = mtu;
    if (!address) {
        return wishes;
    }
    wishes.address = Ipv6Prefix{*address, kAddressLength};
    wishes.routes.push_back({wire::kTeredoPrefix, kMainTable, kTeredoRouteMetric, {}});
    if (!configuration.default_route) {
        return wishes;
    }
    if (has_default_route) {
        wishes.routes.push_back({kEverything, kMainTable, configuration.route_metric, {}});
    }
    wishes.routes.push_back(
        {kEverything, configuration.route_table, configuration.route_metric, {}});
    const Ipv6Prefix from{*address, 128};
    wishes.rules.push_back({from, kMainTable, broker::kSuppressRulePriority, true});
    wishes.rules.push_back({from, configuration.route_table, broker::kTableRulePriority, false});
    return wishes;
}

InterfaceWishes relay_wishes(const config::RelayConfiguration& configuration) {
    InterfaceWishes wishes;
    wishes.mtu = configuration.tunnel.mtu;
    wishes.routes.push_back({configuration.prefix, kMainTable, kTeredoRouteMetric, {}});
    return wishes;
}

Expected<void> InterfaceManager::bring_up(std::uint32_t mtu) {
    if (auto done = broker_.set_queue_length(tun_, kQueueLength); !done) {
        return done;
    }
    if (auto done = broker_.set_mtu(tun_, mtu); !done) {
        return done;
    }
    present_.mtu = mtu;
    if (auto done = broker_.replace_link_local_address(
            tun_, Ipv6Prefix{wire::kClientLinkLocal, kLinkLocalLength});
        !done) {
        return done;
    }
    return broker_.bring_up(tun_);
}

Expected<void> InterfaceManager::apply(const InterfaceWishes& wishes) {
    Expected<void> outcome;
    const auto succeeded = [&outcome](const Expected<void>& result) {
        if (!result && outcome) {
            outcome = result;
        }
        return result.has_value();
    };
    if (present_.mtu != wishes.mtu && succeeded(broker_.set_mtu(tun_, wishes.mtu))) {
        present_.mtu = wishes.mtu;
    }
    if (present_.address != wishes.address) {
        const auto old = present_.address ? std::optional{present_.address->address} : std::nullopt;
        if (succeeded(broker_.replace_global_address(tun_, old, wishes.address))) {
            present_.address = wishes.address;
        }
    }
    follow(
        present_.routes,
        wishes.routes,
        [&](const broker::Route& route) { return succeeded(broker_.add_route(tun_, route)); },
        [&](const broker::Route& route) { return succeeded(broker_.remove_route(tun_, route)); });
    follow(
        present_.rules,
        wishes.rules,
        [&](const broker::Rule& rule) { return succeeded(broker_.add_rule(tun_, rule)); },
        [&](const broker::Rule& rule) { return succeeded(broker_.remove_rule(tun_, rule)); });
    return outcome;
}

Expected<void> InterfaceManager::flush() {
    present_ = {};
    return broker_.flush(tun_);
}

}  // namespace miredo::daemon
