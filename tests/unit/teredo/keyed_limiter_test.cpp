// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/keyed_limiter.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace miredo::teredo {
namespace {

constexpr Instant kStart{std::chrono::hours{1}};

TEST(KeyedLimiter, GivesEachKeyItsOwnBurst) {
    KeyedLimiter limiter{{1, 2}, 4096, TokenRate{10, 3}};
    for (std::uint64_t key = 0; key < 2; ++key) {
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(limiter.try_take(kStart, key)) << key << ' ' << i;
        }
        EXPECT_FALSE(limiter.try_take(kStart, key)) << key;
    }
}

TEST(KeyedLimiter, RefillsAtTheRate) {
    KeyedLimiter limiter{{1, 2}, 16, TokenRate{10, 1}};
    EXPECT_TRUE(limiter.try_take(kStart, 7));
    EXPECT_FALSE(limiter.try_take(kStart + std::chrono::milliseconds{99}, 7));
    EXPECT_TRUE(limiter.try_take(kStart + std::chrono::milliseconds{100}, 7));
}

TEST(KeyedLimiter, SharesOneBucketWhereThereIsOnlyOne) {
    KeyedLimiter limiter{{1, 2}, 1, TokenRate{1, 2}};
    EXPECT_TRUE(limiter.try_take(kStart, 1));
    EXPECT_TRUE(limiter.try_take(kStart, 2));
    EXPECT_FALSE(limiter.try_take(kStart, 3));
}

// Who meets whom in a bucket depends on the key of the hash: nobody outside can choose.
TEST(KeyedLimiter, SpreadsKeysByTheHashKey) {
    constexpr std::uint64_t kKeys = 64;
    const auto colliding = [](SipHashKey hash_key) {
        KeyedLimiter limiter{hash_key, kKeys, TokenRate{1, 1}};
        std::uint64_t refused = 0;
        for (std::uint64_t key = 0; key < kKeys; ++key) {
            refused |= limiter.try_take(kStart, key) ? 0 : std::uint64_t{1} << key;
        }
        return refused;
    };
    EXPECT_EQ(colliding({1, 2}), colliding({1, 2}));
    EXPECT_NE(colliding({1, 2}), colliding({3, 4}));
    EXPECT_NE(colliding({1, 2}), ~std::uint64_t{0} << 1U) << "one bucket for all";
}

}  // namespace
}  // namespace miredo::teredo
