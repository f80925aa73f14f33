// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/snapshot_publisher.hpp"

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

using Publisher = SnapshotPublisher<int>;

constexpr Instant kFirst{std::chrono::hours{1}};

TEST(SnapshotPublisher, publishes_the_first_at_once) {
    Publisher publisher;
    EXPECT_FALSE(publisher.latest());
    EXPECT_FALSE(publisher.due());
    publisher.offer(kFirst, [] { return 1; });
    EXPECT_EQ(publisher.latest(), 1);
    EXPECT_FALSE(publisher.due());
}

TEST(SnapshotPublisher, takes_none_while_the_latest_is_young) {
    Publisher publisher;
    publisher.offer(kFirst, [] { return 1; });
    int taken = 0;
    const auto take = [&] {
        ++taken;
        return 2;
    };
    publisher.offer(kFirst + Publisher::kAge - Duration{1}, take);
    EXPECT_EQ(taken, 0);
    EXPECT_EQ(publisher.latest(), 1);
    EXPECT_EQ(publisher.due(), kFirst + Publisher::kAge);
    publisher.offer(kFirst + Publisher::kAge, take);
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(publisher.latest(), 2);
    EXPECT_FALSE(publisher.due());
}

}  // namespace
}  // namespace miredo::daemon
