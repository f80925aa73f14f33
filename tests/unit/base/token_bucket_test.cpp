// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Rates, bursts, and clocks that misbehave.
#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace miredo {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{hours{1}};

int take_all(TokenBucket& bucket, Instant now) {
    int taken = 0;
    while (taken < 1000 && bucket.try_take(now)) {
        ++taken;
    }
    return taken;
}

TEST(TokenBucket, ANewBucketHoldsItsBurst) {
    TokenBucket bucket{10, 20};
    EXPECT_EQ(take_all(bucket, kStart), 20);
}

TEST(TokenBucket, ANewBucketIsFullAtTheBeginningOfTime) {
    TokenBucket bucket{10, 3};
    EXPECT_EQ(take_all(bucket, Instant{}), 3);
}

TEST(TokenBucket, RefillsAtItsRate) {
    TokenBucket bucket{10, 20};
    take_all(bucket, kStart);
    EXPECT_EQ(take_all(bucket, kStart + milliseconds{99}), 0);
    EXPECT_EQ(take_all(bucket, kStart + milliseconds{100}), 1);
    EXPECT_EQ(take_all(bucket, kStart + milliseconds{100}), 0);
    EXPECT_EQ(take_all(bucket, kStart + milliseconds{550}), 4);
    EXPECT_EQ(take_all(bucket, kStart + milliseconds{600}), 1) << "fractions are kept";
}

TEST(TokenBucket, NeverHoldsMoreThanItsBurst) {
    TokenBucket bucket{10, 20};
    take_all(bucket, kStart);
    EXPECT_EQ(take_all(bucket, kStart + hours{1000}), 20);
}

TEST(TokenBucket, ABurstOfOneIsAMinimumDistance) {
    TokenBucket bucket{Duration{milliseconds{500}}, 1};
    EXPECT_TRUE(bucket.try_take(kStart));
    EXPECT_FALSE(bucket.try_take(kStart + milliseconds{499}));
    EXPECT_TRUE(bucket.try_take(kStart + milliseconds{500}));
    EXPECT_FALSE(bucket.try_take(kStart + milliseconds{999}));
}

TEST(TokenBucket, RefusalsCostNothing) {
    TokenBucket bucket{1, 1};
    EXPECT_TRUE(bucket.try_take(kStart));
    for (int i = 1; i < 1000; ++i) {
        EXPECT_FALSE(bucket.try_take(kStart + milliseconds{i}));
    }
    EXPECT_TRUE(bucket.try_take(kStart + seconds{1}));
}

TEST(TokenBucket, AverageOverALongTimeIsTheRate) {
    TokenBucket bucket{200, 7};
    int taken = 0;
    for (int i = 0; i < 10'000; ++i) {
        taken += bucket.try_take(kStart + milliseconds{i}) ? 1 : 0;
    }
    EXPECT_NEAR(taken, 2000 + 7, 1);
}

TEST(TokenBucket, TimeRunningBackwardsStandsStill) {
    TokenBucket bucket{1, 5};
    EXPECT_TRUE(bucket.try_take(kStart));
    EXPECT_TRUE(bucket.try_take(kStart));
    // What is left can still be taken, and nothing is gained.
    EXPECT_EQ(take_all(bucket, kStart - hours{1}), 3);
    EXPECT_EQ(take_all(bucket, kStart), 0);
    EXPECT_EQ(take_all(bucket, kStart + seconds{1}), 1);
}

TEST(TokenBucket, TheHighestRateAndBurstDoNotOverflow) {
    TokenBucket bucket{1, UINT32_MAX};
    EXPECT_EQ(take_all(bucket, kStart), 1000);
    TokenBucket fast{1'000'000'000, 1};
    EXPECT_TRUE(fast.try_take(kStart));
    EXPECT_FALSE(fast.try_take(kStart));
    EXPECT_TRUE(fast.try_take(kStart + std::chrono::nanoseconds{1}));
}

}  // namespace
}  // namespace miredo
