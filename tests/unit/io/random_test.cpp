// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/random.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"

namespace miredo::io {
namespace {

TEST(SystemRandom, NeverRepeatsWithinOrAcrossChunks) {
    SystemRandom random;
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(seen.insert(random.uint64()).second);
    }
}

TEST(SystemRandom, TwoSourcesDiffer) {
    SystemRandom first;
    SystemRandom second;
    EXPECT_NE(first.uint64(), second.uint64());
}

TEST(SystemRandom, FillsAllOfARequestLargerThanAChunk) {
    SystemRandom random;
    std::vector<std::byte> bytes(5000);
    random.fill(bytes);
    // In 5000 random bytes a run of 16 zeros has a probability below 2^-115.
    const std::array<std::byte, 16> zeros{};
    EXPECT_EQ(std::search(bytes.begin(), bytes.end(), zeros.begin(), zeros.end()), bytes.end());
}

TEST(SystemRandom, BitsAreEven) {
    conformance::shows("W5", "E10");
    SystemRandom random;
    int ones = 0;
    for (int i = 0; i < 10'000; ++i) {
        ones += __builtin_popcount(random.uint32());
    }
    // 320 000 coins, standard deviation 283: more than 10 of them off is a fault.
    EXPECT_NEAR(ones, 160'000, 2830);
}

}  // namespace
}  // namespace miredo::io
