// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is made of random bytes, and that it keeps its bounds.
#include "base/random_source.hpp"

#include <random>

#include <gtest/gtest.h>

namespace miredo {
namespace {

using std::chrono::seconds;

// Every byte the same: the extremes of what a generator can give.
class ConstantSource final : public RandomSource {
  public:
    explicit ConstantSource(std::byte value) : value_{value} {}
    void fill(MutableBytes to) override { std::fill(to.begin(), to.end(), value_); }

  private:
    std::byte value_;
};

class SeededSource final : public RandomSource {
  public:
    void fill(MutableBytes to) override {
        for (std::byte& each : to) {
            each = static_cast<std::byte>(engine_() & 0xFFU);
        }
    }

  private:
    std::mt19937 engine_{20260101};
};

TEST(RandomSource, UsesEveryByteItAskedFor) {
    ConstantSource ones{std::byte{0xFF}};
    EXPECT_EQ(ones.uint32(), 0xFFFFFFFFU);
    EXPECT_EQ(ones.uint64(), 0xFFFFFFFFFFFFFFFFU);
    ConstantSource zeros{std::byte{0}};
    EXPECT_EQ(zeros.uint32(), 0U);
    EXPECT_EQ(zeros.uint64(), 0U);
}

TEST(RandomSource, UniformReachesBothEndsAndNothingBeyond) {
    SeededSource random;
    bool seen[4] = {};
    for (int i = 0; i < 1000; ++i) {
        const Duration drawn = random.uniform(Duration{-1}, Duration{2});
        ASSERT_GE(drawn, Duration{-1});
        ASSERT_LE(drawn, Duration{2});
        seen[drawn.count() + 1] = true;
    }
    for (const bool each : seen) {
        EXPECT_TRUE(each);
    }
}

TEST(RandomSource, UniformOfOneValueIsThatValue) {
    ConstantSource ones{std::byte{0xFF}};
    EXPECT_EQ(ones.uniform(seconds{30}, seconds{30}), seconds{30});
}

TEST(RandomSource, UniformStaysInsideForExtremeDraws) {
    for (const std::byte value :
         {std::byte{0}, std::byte{0x7F}, std::byte{0x80}, std::byte{0xFF}}) {
        ConstantSource random{value};
        const Duration drawn = random.uniform(seconds{22}, seconds{30});
        EXPECT_GE(drawn, seconds{22});
        EXPECT_LE(drawn, seconds{30});
        const Duration widest = random.uniform(Duration::zero(), Duration::max());
        EXPECT_GE(widest, Duration::zero());
    }
}

TEST(RandomSource, UniformFillsItsRangeEvenly) {
    SeededSource random;
    constexpr int kDraws = 10'000;
    int lower_half = 0;
    for (int i = 0; i < kDraws; ++i) {
        lower_half += random.uniform(seconds{20}, seconds{40}) < seconds{30} ? 1 : 0;
    }
    // Six standard deviations (50 each) around the mean.
    EXPECT_GT(lower_half, kDraws / 2 - 300);
    EXPECT_LT(lower_half, kDraws / 2 + 300);
}

}  // namespace
}  // namespace miredo
