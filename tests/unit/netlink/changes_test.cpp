// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/changes.hpp"

#include <chrono>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.hpp"
#include "netlink/watch.hpp"

namespace miredo::netlink {
namespace {

constexpr std::uint8_t kForeign = 42;

using Clock = std::chrono::steady_clock;

bool write_sysctl(const std::string& path, const char* value) {
    const io::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    return fd && ::write(fd.get(), value, std::strlen(value)) > 0;
}

class ChangesTest : public NetlinkTest {
  protected:
    Route route(const char* destination, std::uint8_t length, std::uint32_t metric) const {
        Route result;
        result.destination = prefix(destination, length);
        result.index = ours_;
        result.metric = metric;
        return result;
    }

    static Rule rule(const char* source, std::uint32_t table, std::uint32_t priority) {
        Rule result;
        result.source = prefix(source, 128);
        result.table = table;
        result.priority = priority;
        return result;
    }
};

TEST_F(ChangesTest, SetsUpALink) {
    LinkChange change;
    change.mtu = 1280;
    change.queue_length = 4096;
    change.group = 3544;
    change.up = true;
    ASSERT_TRUE(change_link(socket(), ours_, change));
    const Link link = socket().find_link(ours_).value().value();
    EXPECT_EQ(link.mtu, 1280U);
    EXPECT_EQ(link.queue_length, 4096U);
    EXPECT_EQ(link.group, 3544U);
    EXPECT_TRUE(link.up);
    change = {};
    change.up = false;
    ASSERT_TRUE(change_link(socket(), ours_, change));
    const Link down = socket().find_link(ours_).value().value();
    EXPECT_FALSE(down.up);
    EXPECT_EQ(down.mtu, 1280U);
    EXPECT_EQ(down.group, 3544U);
}

TEST_F(ChangesTest, WithoutAddressGenerationTheLinkHasNoAddress) {
    bring_up_without_address(ours_);
    LinkChange change;
    change.up = true;
    ASSERT_TRUE(change_link(socket(), other_, change));
    // The other one gets its address a little later; ours was up before it.
    const auto limit = Clock::now() + std::chrono::seconds{10};
    while (addresses(other_).empty() && Clock::now() < limit) {}
    EXPECT_EQ(addresses(other_).size(), 1U);
    EXPECT_TRUE(addresses(ours_).empty());
}

TEST_F(ChangesTest, AddressesCarryOurNumberAndBringNoRoute) {
    bring_up_without_address(ours_);
    ASSERT_TRUE(set_address(ours_, prefix("2001:0:c000:201::1", 32)));
    const auto found = socket().ipv6_addresses(ours_).value();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].protocol, kProtocol);
    const auto routes = socket().routes(ours_, 0);
    ASSERT_TRUE(routes);
    for (const Route& each : *routes) {
        EXPECT_NE(each.destination.length, 32);
    }
}

// At no time are there two: the old one goes first. Seen by a pair that the kernel can only have
// one after the other: the same address cannot be set with a second prefix length while it is
// there.
TEST_F(ChangesTest, TheOldAddressGoesBeforeTheNewOneComes) {
    bring_up_without_address(ours_);
    const Ipv6Prefix old = prefix("2001:0:c000:201::1", 32);
    ASSERT_TRUE(set_address(ours_, old));
    Ipv6InterfaceAddress wanted;
    wanted.address = prefix("2001:0:c000:201::1", 64);
    ASSERT_TRUE(replace_addresses(socket(), ours_, {old}, wanted));
    EXPECT_EQ(addresses(ours_), std::vector{wanted.address});
}

TEST_F(ChangesTest, BetweenTwoAddressesThereIsLessThanFiveMilliseconds) {
    bring_up_without_address(ours_);
    std::vector<Ipv6Prefix> now{prefix("2001:0:c000:201::1", 32)};
    ASSERT_TRUE(set_address(ours_, now[0]));
    Clock::duration shortest = Clock::duration::max();
    for (std::uint64_t i = 2; i < 50; ++i) {
        Ipv6InterfaceAddress wanted;
        wanted.address = {Ipv6Address{0x20010000C0000201, i}, 32};
        wanted.no_prefix_route = true;
        const auto before = Clock::now();
        EXPECT_TRUE(replace_addresses(socket(), ours_, now, wanted));
        // The whole exchange, of which the gap is a part.
        shortest = std::min(shortest, Clock::now() - before);
        now = {wanted.address};
        EXPECT_EQ(addresses(ours_), now);
    }
    EXPECT_LT(shortest, std::chrono::milliseconds{5});
}

// The kernel puts an address's own route in a while after the address.
TEST_F(ChangesTest, WhatComesToANewAddressIsDeliveredAtOnce) {
    bring_up_without_address(ours_);
    std::vector<Ipv6Prefix> now;
    for (std::uint64_t i = 1; i < 200; ++i) {
        Ipv6InterfaceAddress wanted;
        wanted.address = {Ipv6Address{0x20010000C0000201, i}, 32};
        wanted.no_prefix_route = true;
        EXPECT_FALSE(socket().delivers_to(wanted.address.address).value());
        EXPECT_TRUE(replace_addresses(socket(), ours_, now, wanted));
        ASSERT_TRUE(socket().delivers_to(wanted.address.address).value()) << i;
        now = {wanted.address};
    }
}

TEST_F(ChangesTest, AnAddressBothOldAndWantedStays) {
    bring_up_without_address(ours_);
    const Ipv6Prefix address = prefix("2001:0:c000:201::1", 32);
    ASSERT_TRUE(set_address(ours_, address));
    auto watch = Watch::open().value();
    Ipv6InterfaceAddress wanted;
    wanted.address = address;
    wanted.no_prefix_route = true;
    ASSERT_TRUE(replace_addresses(socket(), ours_, {address}, wanted));
    watch.drain([&](const Change& change) { EXPECT_NE(change.kind, ChangeKind::kAddressRemoved); });
    EXPECT_EQ(addresses(ours_), std::vector{address});
    ASSERT_TRUE(replace_addresses(socket(), ours_, {address}, std::nullopt));
    EXPECT_TRUE(addresses(ours_).empty());
    EXPECT_TRUE(replace_addresses(socket(), ours_, {address}, std::nullopt));  // gone is gone
}

TEST_F(ChangesTest, AddsReplacesAndRemovesARoute) {
    bring_up_without_address(ours_);
    const Ipv6Prefix address = prefix("2001:0:c000:201::1", 32);
    ASSERT_TRUE(set_address(ours_, address));
    Route wanted = route("2001::", 32, 1024);
    wanted.table = 3544;
    ASSERT_TRUE(add_route(socket(), wanted));
    EXPECT_EQ(socket().routes(ours_, kProtocol).value(), std::vector{wanted});
    wanted.preferred_source = address.address;
    ASSERT_TRUE(add_route(socket(), wanted));
    EXPECT_EQ(socket().routes(ours_, kProtocol).value(), std::vector{wanted});
    ASSERT_TRUE(remove_route(socket(), wanted));
    EXPECT_TRUE(socket().routes(ours_, kProtocol).value().empty());
    EXPECT_TRUE(remove_route(socket(), wanted));
}

TEST_F(ChangesTest, ARouteOfAnotherInterfaceStays) {
    bring_up_without_address(ours_);
    bring_up_without_address(other_);
    Route foreign = route("::", 0, 1029);
    foreign.index = other_;
    foreign.protocol = kForeign;
    ASSERT_TRUE(add_route(socket(), foreign));
    const Route wanted = route("::", 0, 1029);
    ASSERT_TRUE(add_route(socket(), wanted));
    ASSERT_TRUE(add_route(socket(), wanted));
    EXPECT_EQ(socket().routes(other_, kForeign).value(), std::vector{foreign});
    ASSERT_TRUE(remove_route(socket(), wanted));
    EXPECT_EQ(socket().routes(other_, kForeign).value(), std::vector{foreign});
}

TEST_F(ChangesTest, AddsAndRemovesRules) {
    Rule suppressing = rule("2001:0:c000:201::1", kMainTable, 32764);
    suppressing.suppress_prefix_length = 0;
    const Rule looking = rule("2001:0:c000:201::1", 3544, 32765);
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(add_rule(socket(), suppressing));
        ASSERT_TRUE(add_rule(socket(), looking));
        EXPECT_EQ(socket().rules(kProtocol).value(), (std::vector{suppressing, looking}));
    }
    ASSERT_TRUE(remove_rule(socket(), suppressing));
    EXPECT_EQ(socket().rules(kProtocol).value(), std::vector{looking});
    ASSERT_TRUE(remove_rule(socket(), looking));
    ASSERT_TRUE(remove_rule(socket(), looking));
    EXPECT_TRUE(socket().rules(kProtocol).value().empty());
}

TEST_F(ChangesTest, TheSameRuleOfAnotherStays) {
    Rule foreign = rule("2001:0:c000:201::9", 3544, 32765);
    foreign.protocol = kForeign;
    ASSERT_TRUE(add_rule(socket(), foreign));
    ASSERT_TRUE(remove_rule(socket(), rule("2001:0:c000:201::9", 3544, 32765)));
    EXPECT_EQ(socket().rules(kForeign).value(), std::vector{foreign});
    ASSERT_TRUE(remove_rule(socket(), foreign));
    EXPECT_TRUE(socket().rules(kForeign).value().empty());
}

TEST_F(ChangesTest, FlushRemovesOursAndNothingElse) {
    bring_up_without_address(ours_);
    bring_up_without_address(other_);
    const Ipv6Prefix ours = prefix("2001:0:c000:201::1", 32);
    const Ipv6Prefix elsewhere = prefix("2001:0:c000:202::1", 32);
    ASSERT_TRUE(set_address(ours_, ours));
    ASSERT_TRUE(set_address(other_, elsewhere));
    ASSERT_TRUE(add_route(socket(), route("2001::", 32, 1024)));
    Route foreign = route("2001:db8::", 32, 1024);
    foreign.protocol = kForeign;
    ASSERT_TRUE(add_route(socket(), foreign));
    Route neighbour = route("::", 0, 1029);
    neighbour.index = other_;
    ASSERT_TRUE(add_route(socket(), neighbour));
    ASSERT_TRUE(add_rule(socket(), rule("2001:0:c000:201::1", 3544, 32765)));
    ASSERT_TRUE(add_rule(socket(), rule("2001:0:dead::1", 3544, 32765)));  // of a dead address
    const Rule of_neighbour = rule("2001:0:c000:202::1", 3544, 32765);
    ASSERT_TRUE(add_rule(socket(), of_neighbour));

    ASSERT_TRUE(flush(socket(), ours_));
    EXPECT_TRUE(addresses(ours_).empty());
    EXPECT_EQ(addresses(other_), std::vector{elsewhere});
    EXPECT_TRUE(socket().routes(ours_, kProtocol).value().empty());
    EXPECT_EQ(socket().routes(ours_, kForeign).value(), std::vector{foreign});
    EXPECT_EQ(socket().routes(other_, kProtocol).value(), std::vector{neighbour});
    EXPECT_EQ(socket().rules(kProtocol).value(), std::vector{of_neighbour});
    ASSERT_TRUE(flush(socket(), other_));
    EXPECT_TRUE(socket().rules(kProtocol).value().empty());
}

TEST_F(ChangesTest, FlushCopesWithMoreThanABatch) {
    bring_up_without_address(ours_);
    for (std::uint32_t i = 0; i < 150; ++i) {
        ASSERT_TRUE(add_route(socket(), route("2001:db8::", 32, 2000 + i)));
    }
    ASSERT_TRUE(flush(socket(), ours_));
    EXPECT_TRUE(socket().routes(ours_, kProtocol).value().empty());
}

TEST_F(ChangesTest, NamesAMissingInterface) {
    LinkChange change;
    change.mtu = 1280;
    const auto changed = change_link(socket(), 9999, change);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().error_number, ENODEV);
    EXPECT_EQ(changed.error().where, "interface 9999");
    EXPECT_FALSE(set_address(9999, prefix("2001:db8::1", 64)));
}

TEST_F(ChangesTest, NamesDisabledIpv6) {
    if (!write_sysctl("/proc/sys/net/ipv6/conf/ours/disable_ipv6", "1")) {
        GTEST_SKIP() << "/proc/sys is not writable";
    }
    bring_up_without_address(ours_);
    const auto set = set_address(ours_, prefix("2001:db8::1", 64));
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().error_number, EACCES);
    EXPECT_NE(set.error().remedy.find("disable_ipv6"), std::string::npos);
}

TEST_F(ChangesTest, NamesAMissingPrivilege) {
    if (!test::can_become_another_user()) {
        GTEST_SKIP() << "only one user exists in the namespace";
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (::setresuid(65534, 65534, 65534) != 0) {
            ::_exit(2);
        }
        auto unprivileged = NetlinkSocket::open();
        LinkChange change;
        change.mtu = 1280;
        const auto changed = change_link(*unprivileged, ours_, change);
        const bool named = !changed && changed.error().error_number == EPERM &&
                           changed.error().remedy.find("CAP_NET_ADMIN") != std::string::npos;
        // Reading goes on without.
        ::_exit(named && unprivileged->links().has_value() ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace miredo::netlink
