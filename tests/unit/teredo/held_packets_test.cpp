// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/held_packets.hpp"

#include <gtest/gtest.h>

#include "teredo/constants.hpp"
#include "unit/teredo/packets.hpp"

namespace miredo::teredo {
namespace {

constexpr Ipv6Address kSource{0x2600000000000000U, 1};
constexpr Ipv6Address kOther{0x2600000000000000U, 2};
constexpr Endpoint kRelay{Ipv4Address{15, 0, 0, 1}, 6000};

class HeldPacketsTest : public testing::Test {
  protected:
    Instant now_{std::chrono::hours{1}};
    HeldPackets held_;
};

TEST_F(HeldPacketsTest, are_released_by_source_in_order) {
    for (std::size_t i = 0; i < 4; ++i) {
        held_.hold(now_, i % 2 == 0 ? kSource : kOther, kRelay, ByteVector(100 + i), true);
    }
    const auto first = held_.release(kSource);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->packet.size(), 100U);
    EXPECT_EQ(first->relay, kRelay);
    const auto second = held_.release(kSource);
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->packet.size(), 102U);
    EXPECT_FALSE(held_.release(kSource).has_value());
    EXPECT_TRUE(held_.has(kOther));
    EXPECT_EQ(held_.bytes(), 204U);
}

TEST_F(HeldPacketsTest, are_64_at_most) {
    for (std::uint32_t i = 0; i < kHeldPackets; ++i) {
        ASSERT_TRUE(held_.has_room_for(ByteVector(100)));
        held_.hold(now_, kSource, kRelay, ByteVector(100), true);
    }
    EXPECT_FALSE(held_.has_room_for(ByteVector(1)));
}

TEST_F(HeldPacketsTest, are_64_kib_at_most) {
    for (int i = 0; i < 51; ++i) {
        ASSERT_TRUE(held_.has_room_for(ByteVector(1281)));
        held_.hold(now_, kSource, kRelay, ByteVector(1281), true);
    }
    EXPECT_EQ(held_.packets(), 51U);
    EXPECT_FALSE(held_.has_room_for(ByteVector(1281)));
    EXPECT_TRUE(held_.has_room_for(ByteVector(kHeldBytes - 51 * 1281)));
}

TEST_F(HeldPacketsTest, wait_for_8_seconds) {
    EXPECT_FALSE(held_.next_deadline().has_value());
    held_.hold(now_, kSource, kRelay, ByteVector(100), true);
    held_.hold(now_ + seconds{1}, kSource, kRelay, ByteVector(100), true);
    EXPECT_EQ(held_.next_deadline(), now_ + kQueueLifetime);
    EXPECT_EQ(held_.expire(now_ + kQueueLifetime - Duration{1}), 0U);
    EXPECT_EQ(held_.expire(now_ + kQueueLifetime), 1U);
    EXPECT_EQ(held_.clear(), 1U);
    EXPECT_EQ(held_.bytes(), 0U);
}

TEST_F(HeldPacketsTest, know_whether_their_test_is_young) {
    held_.hold(now_, kSource, kRelay, ByteVector(100), true);
    held_.hold(now_, kOther, kRelay, ByteVector(100), false);
    EXPECT_TRUE(held_.is_being_tested(now_ + kAttemptInterval - Duration{1}, kSource));
    EXPECT_FALSE(held_.is_being_tested(now_ + kAttemptInterval, kSource));
    EXPECT_FALSE(held_.is_being_tested(now_, kOther));
}

}  // namespace
}  // namespace miredo::teredo
