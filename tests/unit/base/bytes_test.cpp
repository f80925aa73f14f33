// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Byte order at the border of the program, comparisons, and bytes held in place.
#include "base/bytes.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace miredo {
namespace {

constexpr std::array kEight{std::byte{0x01},
                            std::byte{0x23},
                            std::byte{0x45},
                            std::byte{0x67},
                            std::byte{0x89},
                            std::byte{0xAB},
                            std::byte{0xCD},
                            std::byte{0xEF}};

TEST(Bytes, LoadsAreBigEndian) {
    EXPECT_EQ(load_be16(kEight), 0x0123U);
    EXPECT_EQ(load_be32(kEight), 0x01234567U);
    EXPECT_EQ(load_be64(kEight), 0x0123456789ABCDEFU);
}

TEST(Bytes, StoresAreBigEndianAndTouchNoMoreThanTheirSize) {
    std::array<std::byte, 9> to{};
    to.fill(std::byte{0x5A});
    store_be64(to, 0x0123456789ABCDEFU);
    EXPECT_TRUE(equal(Bytes{to}.first(8), kEight));
    EXPECT_EQ(to[8], std::byte{0x5A});

    to.fill(std::byte{0x5A});
    store_be32(to, 0xFFFEFDFCU);
    EXPECT_EQ(load_be32(to), 0xFFFEFDFCU);
    EXPECT_EQ(to[4], std::byte{0x5A});

    to.fill(std::byte{0x5A});
    store_be16(to, 0x8001U);
    EXPECT_EQ(load_be16(to), 0x8001U);
    EXPECT_EQ(to[2], std::byte{0x5A});
}

TEST(Bytes, LoadsTheExtremes) {
    std::array<std::byte, 8> to{};
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}) {
        store_be64(to, value);
        EXPECT_EQ(load_be64(to), value);
    }
}

TEST(Bytes, EqualComparesLengthToo) {
    const Bytes all{kEight};
    EXPECT_TRUE(equal(all, kEight));
    EXPECT_FALSE(equal(all, all.first(7)));
    EXPECT_FALSE(equal(all.first(7), all));
    EXPECT_TRUE(equal(Bytes{}, all.first(0)));
}

TEST(Bytes, ConstantTimeComparisonSeesEveryBit) {
    const Bytes all{kEight};
    EXPECT_TRUE(equal_constant_time(all, kEight));
    EXPECT_TRUE(equal_constant_time(Bytes{}, Bytes{}));
    EXPECT_FALSE(equal_constant_time(all, all.first(7)));
    for (std::size_t bit = 0; bit < 8 * kEight.size(); ++bit) {
        auto other = kEight;
        other.at(bit / 8) ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(equal_constant_time(kEight, other)) << "bit " << bit;
    }
}

TEST(StaticBytes, AppendsUpToItsCapacityAndNotBeyond) {
    StaticBytes<10> held;
    EXPECT_EQ(held.size(), 0U);
    EXPECT_TRUE(held.append(kEight));
    EXPECT_FALSE(held.append(Bytes{kEight}.first(3)));
    EXPECT_TRUE(equal(held.bytes(), kEight)) << "a refused append changes nothing";
    EXPECT_TRUE(held.append(Bytes{kEight}.first(2)));
    EXPECT_EQ(held.size(), 10U);
    EXPECT_TRUE(held.append(Bytes{}));
    EXPECT_FALSE(held.append(Bytes{kEight}.first(1)));
}

TEST(StaticBytes, ExtendsByZeroBytes) {
    StaticBytes<10> held;
    const MutableBytes added = held.extend(4);
    ASSERT_EQ(added.size(), 4U);
    EXPECT_EQ(load_be32(added), 0U);
    store_be32(added, 0x01020304U);
    EXPECT_TRUE(held.extend(7).empty());
    EXPECT_EQ(held.size(), 4U);
    EXPECT_EQ(held.extend(6).size(), 6U);
    EXPECT_EQ(load_be32(held.bytes()), 0x01020304U);
    held.mutable_bytes()[9] = std::byte{7};
    EXPECT_EQ(held.bytes()[9], std::byte{7});
}

}  // namespace
}  // namespace miredo
