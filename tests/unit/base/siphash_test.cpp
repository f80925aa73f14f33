// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// SipHash-2-4 against the values that its authors publish: key 00 to 0f, messages of 0 to 15 bytes
// 00, 01, 02 …
#include "base/siphash.hpp"

#include <gtest/gtest.h>

namespace miredo {
namespace {

constexpr SipHashKey kKey{.k0 = 0x0706050403020100U, .k1 = 0x0f0e0d0c0b0a0908U};
constexpr std::array<std::uint64_t, 16> kExpected{
    0x726fdb47dd0e0e31U,
    0x74f839c593dc67fdU,
    0x0d6c8009d9a94f5aU,
    0x85676696d7fb7e2dU,
    0xcf2794e0277187b7U,
    0x18765564cd99a68dU,
    0xcbc9466e58fee3ceU,
    0xab0200f58b01d137U,
    0x93f5f5799a932462U,
    0x9e0082df0ba9e4b0U,
    0x7a5dbbc594ddb9f3U,
    0xf4b32f46226bada7U,
    0x751e8fbc860ee5fbU,
    0x14ea5627c0843d90U,
    0xf723ca908e7af2eeU,
    0xa129ca6149be45e5U,
};

TEST(SipHash, PublishedVectors) {
    std::array<std::byte, kExpected.size()> message{};
    for (std::size_t i = 0; i < message.size(); ++i) {
        message.at(i) = static_cast<std::byte>(i);
    }
    for (std::size_t size = 0; size < kExpected.size(); ++size) {
        EXPECT_EQ(siphash(kKey, Bytes{message}.first(size)), kExpected.at(size)) << size;
    }
}

TEST(SipHash, BothHalvesOfTheKeyCount) {
    const std::uint64_t plain = siphash(kKey, {});
    EXPECT_NE(siphash({.k0 = kKey.k0 ^ 1U, .k1 = kKey.k1}, {}), plain);
    EXPECT_NE(siphash({.k0 = kKey.k0, .k1 = kKey.k1 ^ 1U}, {}), plain);
}

class CountingSource final : public RandomSource {
  public:
    void fill(MutableBytes to) override {
        for (std::byte& each : to) {
            each = static_cast<std::byte>(next_++);
        }
    }

  private:
    unsigned next_ = 0;
};

TEST(SipHash, AGeneratedKeyTakesSixteenRandomBytes) {
    CountingSource random;
    const SipHashKey key = SipHashKey::generate(random);
    EXPECT_EQ(key.k0, 0x0001020304050607U);
    EXPECT_EQ(key.k1, 0x08090a0b0c0d0e0fU);
}

}  // namespace
}  // namespace miredo
