// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/watch.hpp"

#include <optional>

#include <poll.h>
#include <sys/socket.h>

#include "fixture.hpp"

namespace miredo::netlink {
namespace {

class WatchTest : public NetlinkTest {
  protected:
    // The first event of `kind` that comes within ten seconds.
    static std::optional<Change> wait_for(Watch& watch, ChangeKind kind) {
        std::optional<Change> found;
        pollfd waiting{watch.fd(), POLLIN, 0};
        while (!found && ::poll(&waiting, 1, 10'000) == 1) {
            watch.drain([&](const Change& change) {
                if (change.kind == kind && !found) {
                    found = change;
                }
            });
        }
        return found;
    }

    Route route(std::uint32_t metric) const {
        Route result;
        result.destination = prefix("::", 0);
        result.index = ours_;
        result.metric = metric;
        return result;
    }
};

TEST_F(WatchTest, TellsLinksComingUpAndGoing) {
    auto watch = Watch::open().value();
    LinkChange change;
    change.up = true;
    ASSERT_TRUE(change_link(socket(), ours_, change));
    const auto up = wait_for(watch, ChangeKind::kLinkChanged);
    ASSERT_TRUE(up);
    EXPECT_EQ(up->index, ours_);
    EXPECT_TRUE(up->up);
    other_fd_.reset();
    const auto gone = wait_for(watch, ChangeKind::kLinkRemoved);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->index, other_);
}

TEST_F(WatchTest, TellsAddressesRoutesAndRules) {
    bring_up_without_address(ours_);
    auto watch = Watch::open().value();
    const Ipv6Prefix address = prefix("2001:0:c000:201::1", 32);
    ASSERT_TRUE(set_address(ours_, address));
    const auto added = wait_for(watch, ChangeKind::kAddressAdded);
    ASSERT_TRUE(added);
    EXPECT_EQ(added->index, ours_);
    EXPECT_EQ(added->family, AF_INET6);
    EXPECT_EQ(added->protocol, kProtocol);
    EXPECT_EQ(added->ipv6_address, address.address);

    auto routes = Watch::open().value();
    ASSERT_TRUE(add_route(socket(), route(1029)));
    const auto route_added = wait_for(routes, ChangeKind::kRouteAdded);
    ASSERT_TRUE(route_added);
    EXPECT_EQ(route_added->index, ours_);
    EXPECT_EQ(route_added->protocol, kProtocol);
    EXPECT_EQ(route_added->table, kMainTable);
    EXPECT_TRUE(route_added->default_route);
    ASSERT_TRUE(remove_route(socket(), route(1029)));
    EXPECT_TRUE(wait_for(routes, ChangeKind::kRouteRemoved));

    Rule rule;
    rule.source = prefix("2001:db8::1", 128);
    rule.table = 3544;
    rule.priority = 32765;
    ASSERT_TRUE(add_rule(socket(), rule));
    const auto rule_added = wait_for(routes, ChangeKind::kRuleAdded);
    ASSERT_TRUE(rule_added);
    EXPECT_EQ(rule_added->table, 3544U);
    ASSERT_TRUE(remove_rule(socket(), rule));
    EXPECT_TRUE(wait_for(routes, ChangeKind::kRuleRemoved));
}

TEST_F(WatchTest, SaysWhenEventsWereLostAndGoesOn) {
    bring_up_without_address(ours_);
    auto watch = Watch::open(4096).value();
    for (std::uint32_t i = 0; i < 300; ++i) {
        ASSERT_TRUE(add_route(socket(), route(2000 + i)));
    }
    EXPECT_TRUE(wait_for(watch, ChangeKind::kResync));
    watch.drain([](const Change&) {});
    ASSERT_TRUE(add_route(socket(), route(1000)));
    EXPECT_TRUE(wait_for(watch, ChangeKind::kRouteAdded));
}

TEST_F(WatchTest, GivesNothingWhenNothingHappens) {
    auto watch = Watch::open().value();
    EXPECT_EQ(watch.drain([](const Change&) {}), 0U);
}

}  // namespace
}  // namespace miredo::netlink
