// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/interface_manager.hpp"

#include <algorithm>
#include <cerrno>

#include <gtest/gtest.h>

#include "fake_broker.hpp"

namespace miredo::daemon {
namespace {

using broker::Operation;

constexpr Ipv6Address kAddress{0x20010000cb007178U, 0x28bc63bf3ffffdd2U};
constexpr Ipv6Address kOther{0x20010000cb007178U, 0x000163bf3ffffdd2U};

std::vector<Operation> operations(FakeBroker& broker) {
    std::vector<Operation> result;
    for (const broker::Request& request : broker.take_requests()) {
        result.push_back(request.operation);
    }
    return result;
}

// Some descriptor to travel along: the fake does not look at it.
constexpr int kTun = STDIN_FILENO;

TEST(ClientWishes, without_address_wish_for_nothing) {
    const InterfaceWishes wishes = client_wishes({}, std::nullopt, 1280, true);
    EXPECT_FALSE(wishes.address);
    EXPECT_TRUE(wishes.routes.empty());
    EXPECT_TRUE(wishes.rules.empty());
}

TEST(ClientWishes, hold_address_routes_and_rules) {
    const InterfaceWishes wishes = client_wishes({}, kAddress, 1280, true);
    ASSERT_TRUE(wishes.address);
    EXPECT_EQ(wishes.address->address, kAddress);
    EXPECT_EQ(wishes.address->length, 32);
    ASSERT_EQ(wishes.routes.size(), 3U);
    EXPECT_EQ(wishes.routes[0].destination.to_string(), "2001::/32");
    EXPECT_EQ(wishes.routes[0].metric, 1024U);
    EXPECT_EQ(wishes.routes[1].destination.length, 0);
    EXPECT_EQ(wishes.routes[1].metric, 1029U);
    EXPECT_EQ(wishes.routes[2].table, 3544U);
    ASSERT_EQ(wishes.rules.size(), 2U);
    EXPECT_EQ(wishes.rules[0].priority, 32764U);
    EXPECT_TRUE(wishes.rules[0].suppress_default);
    EXPECT_EQ(wishes.rules[1].priority, 32765U);
    EXPECT_EQ(wishes.rules[1].table, 3544U);
    EXPECT_EQ(wishes.rules[1].source.length, 128);
}

TEST(ClientWishes, without_default_route_keep_only_the_way_to_teredo_peers) {
    config::ClientConfiguration configuration;
    configuration.default_route = false;
    const InterfaceWishes wishes = client_wishes(configuration, kAddress, 1280, true);
    ASSERT_EQ(wishes.routes.size(), 1U);
    EXPECT_EQ(wishes.routes[0].destination.to_string(), "2001::/32");
    EXPECT_TRUE(wishes.rules.empty());
}

TEST(ClientWishes, leave_the_default_route_of_the_main_table_to_others) {
    const InterfaceWishes all = client_wishes({}, kAddress, 1280, true);
    const InterfaceWishes wishes = client_wishes({}, kAddress, 1280, false);
    ASSERT_EQ(wishes.routes.size(), 2U);
    EXPECT_EQ(wishes.routes[0].destination.to_string(), "2001::/32");
    EXPECT_EQ(wishes.routes[1].destination.to_string(), "::/0");
    EXPECT_EQ(wishes.routes[1].table, 3544U);
    EXPECT_EQ(wishes.rules.size(), all.rules.size());
}

TEST(RelayWishes, route_the_prefix) {
    config::RelayConfiguration configuration;
    configuration.prefix = *Ipv6Prefix::parse("2001:db8::/32");
    configuration.tunnel.mtu = 1400;
    const InterfaceWishes wishes = relay_wishes(configuration);
    EXPECT_EQ(wishes.mtu, 1400U);
    EXPECT_FALSE(wishes.address);
    ASSERT_EQ(wishes.routes.size(), 1U);
    EXPECT_EQ(wishes.routes[0].destination.to_string(), "2001:db8::/32");
}

TEST(InterfaceManager, applies_and_then_has_nothing_to_do) {
    FakeBroker broker;
    InterfaceManager manager{broker.client(), kTun};
    const InterfaceWishes wishes = client_wishes({}, kAddress, 1280, true);
    ASSERT_TRUE(manager.apply(wishes));
    EXPECT_EQ(operations(broker),
              (std::vector{Operation::kReplaceGlobalAddress,
                           Operation::kAddRoute,
                           Operation::kAddRoute,
                           Operation::kAddRoute,
                           Operation::kAddRule,
                           Operation::kAddRule}));
    ASSERT_TRUE(manager.apply(wishes));
    EXPECT_TRUE(operations(broker).empty());
}

TEST(InterfaceManager, another_address_replaces_the_old_one_in_one_request) {
    FakeBroker broker;
    InterfaceManager manager{broker.client(), kTun};
    ASSERT_TRUE(manager.apply(client_wishes({}, kAddress, 1280, true)));
    (void)broker.take_requests();
    ASSERT_TRUE(manager.apply(client_wishes({}, kOther, 1280, true)));
    const auto requests = broker.take_requests();
    ASSERT_EQ(requests.size(), 5U);
    EXPECT_EQ(requests[0].operation, Operation::kReplaceGlobalAddress);
    EXPECT_EQ(Ipv6Address{requests[0].other_address}, kAddress);
    EXPECT_EQ(Ipv6Address{requests[0].address}, kOther);
    // The routes stay; the rules are about the address.
    EXPECT_EQ(std::count_if(
                  requests.begin(),
                  requests.end(),
                  [](const auto& request) { return request.operation == Operation::kRemoveRule; }),
              2);
}

TEST(InterfaceManager, without_address_takes_everything_away) {
    FakeBroker broker;
    InterfaceManager manager{broker.client(), kTun};
    ASSERT_TRUE(manager.apply(client_wishes({}, kAddress, 1280, true)));
    (void)broker.take_requests();
    ASSERT_TRUE(manager.apply(client_wishes({}, std::nullopt, 1280, true)));
    EXPECT_EQ(operations(broker),
              (std::vector{Operation::kReplaceGlobalAddress,
                           Operation::kRemoveRoute,
                           Operation::kRemoveRoute,
                           Operation::kRemoveRoute,
                           Operation::kRemoveRule,
                           Operation::kRemoveRule}));
}

TEST(InterfaceManager, goes_on_after_a_refusal_and_tries_that_one_again) {
    bool is_refusing = true;
    FakeBroker broker{[&](const broker::Request& request) {
        return is_refusing && request.operation == Operation::kReplaceGlobalAddress ? EACCES : 0;
    }};
    InterfaceManager manager{broker.client(), kTun};
    const InterfaceWishes wishes = client_wishes({}, kAddress, 1280, true);
    const auto refused = manager.apply(wishes);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_number, EACCES);
    EXPECT_EQ(broker.take_requests().size(), 6U);
    is_refusing = false;
    ASSERT_TRUE(manager.apply(wishes));
    EXPECT_EQ(operations(broker), (std::vector{Operation::kReplaceGlobalAddress}));
}

TEST(InterfaceManager, brings_the_device_up_last) {
    FakeBroker broker;
    InterfaceManager manager{broker.client(), kTun};
    ASSERT_TRUE(manager.bring_up(1280));
    EXPECT_EQ(operations(broker),
              (std::vector{Operation::kSetQueueLength,
                           Operation::kSetMtu,
                           Operation::kReplaceLinkLocal,
                           Operation::kBringUp}));
}

}  // namespace
}  // namespace miredo::daemon
