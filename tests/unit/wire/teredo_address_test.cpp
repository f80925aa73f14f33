// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Teredo addresses beyond the vectors: every row of what is special about them.
#include "wire/teredo_address.hpp"

#include <random>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "packets.hpp"

namespace miredo::wire {
namespace {

TEST(TeredoAddress, OtherPrefixesAreNotTeredo) {
    for (const char* text : {"2001:1:cb00:7178:0:efff:3fff:fdfe",
                             "2000:0:cb00:7178:0:efff:3fff:fdfe",
                             "2002:cb00:7178::1",
                             "3ffe:831f:cb00:7178:0:efff:3fff:fdfe",
                             "fe80::8000:f227:34ff:8e87",
                             "::"}) {
        EXPECT_FALSE(TeredoAddress::parse(ipv6(text))) << text;
    }
}

TEST(TeredoAddress, ThePrefixCanBeAnother) {
    const Ipv6Prefix prefix{ipv6("3ffe:831f:1:2:3:4:5:6"), 32};
    const TeredoAddress fields{
        .server = {203, 0, 113, 120}, .flags = 0x0423, .mapped = {{192, 0, 2, 1}, 4096}};
    const Ipv6Address address = fields.to_ipv6(prefix);
    EXPECT_EQ(address, ipv6("3ffe:831f:cb00:7178:423:efff:3fff:fdfe"));
    EXPECT_EQ(TeredoAddress::parse(address, prefix), fields);
    EXPECT_FALSE(TeredoAddress::parse(address));
    EXPECT_FALSE(TeredoAddress::parse(fields.to_ipv6(), prefix));
}

struct SpecialRow {
    const char* text;
    TeredoAddress fields;
};

// Addresses that no packet may be sent to are still addresses: who refuses them is the filter.
TEST(TeredoAddress, SpecialContentIsReadAsItIs) {
    constexpr Ipv4Address kServer{203, 0, 113, 120};
    const SpecialRow rows[] = {
        {"2001:0:cb00:7178:0:efff:f5ff:fffe", {kServer, 0, {{10, 0, 0, 1}, 4096}}},
        {"2001:0:cb00:7178:0:efff:80ff:fffe", {kServer, 0, {{127, 0, 0, 1}, 4096}}},
        {"2001:0:cb00:7178:0:efff:1fff:fffe", {kServer, 0, {{224, 0, 0, 1}, 4096}}},
        {"2001:0:cb00:7178:0:efff:0:0", {kServer, 0, {{255, 255, 255, 255}, 4096}}},
        {"2001:0:cb00:7178:0:efff:ffff:ffff", {kServer, 0, {{0, 0, 0, 0}, 4096}}},
        {"2001:0:cb00:7178:0:efff:3f57:fffe", {kServer, 0, {{192, 168, 0, 1}, 4096}}},
        {"2001:0:cb00:7178:0:efff:5601:fffe", {kServer, 0, {{169, 254, 0, 1}, 4096}}},
        {"2001:0:a00:1:0:efff:3fff:fdfe", {{10, 0, 0, 1}, 0, {{192, 0, 2, 1}, 4096}}},
        {"2001:0:cb00:7178:0:ffff:3fff:fdfe", {kServer, 0, {{192, 0, 2, 1}, 0}}},
        {"2001:0:cb00:7178:200:efff:3fff:fdfe", {kServer, 0x0200, {{192, 0, 2, 1}, 4096}}},
        {"2001:0:cb00:7178:100:efff:3fff:fdfe", {kServer, kGroupFlag, {{192, 0, 2, 1}, 4096}}},
        {"2001:0:cb00:7178:4000:efff:3fff:fdfe", {kServer, 0x4000, {{192, 0, 2, 1}, 4096}}},
        {"2001:0:cb00:7178:8000:efff:3fff:fdfe", {kServer, kConeFlag, {{192, 0, 2, 1}, 4096}}},
        {"2001:0:cb00:7178:7cff:efff:3fff:fdfe", {kServer, 0x7CFF, {{192, 0, 2, 1}, 4096}}},
        {"2001::", {{0, 0, 0, 0}, 0, {{255, 255, 255, 255}, 65535}}},
    };
    for (const SpecialRow& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(TeredoAddress::parse(ipv6(row.text)), row.fields);
        EXPECT_EQ(row.fields.to_ipv6(), ipv6(row.text));
    }
}

// W3, W4, W5
TEST(TeredoAddress, RandomFlagsUseTheirTwelveBitsAndNoOther) {
    conformance::shows("W3", "W4");
    std::uint16_t all = 0;
    for (std::uint32_t random = 0; random <= UINT16_MAX; ++random) {
        const std::uint16_t flags = random_flags(static_cast<std::uint16_t>(random));
        ASSERT_EQ(flags & ~kRandomFlags, 0) << random;
        ASSERT_EQ(flags, random_flags(static_cast<std::uint16_t>(random & 0xFFFU))) << random;
        all |= flags;
    }
    EXPECT_EQ(all, kRandomFlags);
    for (unsigned bit = 0; bit < 12; ++bit) {
        const std::uint16_t flags = random_flags(static_cast<std::uint16_t>(1U << bit));
        EXPECT_EQ(flags, bit < 8 ? 1U << bit : 1U << (bit + 2)) << bit;
    }
}

TEST(TeredoAddress, AnyFieldsGoBothWays) {
    std::mt19937 random{4380};
    for (int i = 0; i < 1000; ++i) {
        const TeredoAddress fields{.server = Ipv4Address{static_cast<std::uint32_t>(random())},
                                   .flags = static_cast<std::uint16_t>(random()),
                                   .mapped = {Ipv4Address{static_cast<std::uint32_t>(random())},
                                              static_cast<std::uint16_t>(random())}};
        ASSERT_EQ(TeredoAddress::parse(fields.to_ipv6()), fields);
    }
}

TEST(TeredoAddress, ConeBitIsTheFirstOfTheIdentifier) {
    EXPECT_TRUE(has_cone_bit(ipv6("fe80::8000:0:0:0")));
    EXPECT_FALSE(has_cone_bit(ipv6("fe80::7fff:ffff:ffff:ffff")));
}

}  // namespace
}  // namespace miredo::wire
