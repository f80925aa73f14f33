// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// IPv6 text (RFC 4291 §2.2, RFC 5952), kinds of addresses, and prefixes.
#include "base/ipv6_address.hpp"

#include <gtest/gtest.h>

namespace miredo {
namespace {

Ipv6Address address(const char* text) {
    const std::optional<Ipv6Address> parsed = Ipv6Address::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(Ipv6Address{});
}

struct TextRow {
    const char* text;
    std::uint64_t high;
    std::uint64_t low;
    const char* canonical;
};

TEST(Ipv6Address, TextGoesBothWays) {
    const TextRow rows[] = {
        {"::", 0, 0, "::"},
        {"::1", 0, 1, "::1"},
        {"fe80::ffff:ffff:ffff", 0xfe80000000000000U, 0x0000ffffffffffffU, "fe80::ffff:ffff:ffff"},
        {"2001:0:CB00:7178:0:EFFF:3FFF:FDFE",
         0x20010000cb007178U,
         0x0000efff3ffffdfeU,
         "2001:0:cb00:7178:0:efff:3fff:fdfe"},
        {"2001:0:cb00:7178:0:0:f7f7:fbfb",
         0x20010000cb007178U,
         0x00000000f7f7fbfbU,
         "2001:0:cb00:7178::f7f7:fbfb"},
        {"2001:db8:0:0:1:0:0:1", 0x20010db800000000U, 0x0001000000000001U, "2001:db8::1:0:0:1"},
        {"::ffff:192.0.2.1", 0, 0x0000ffffc0000201U, "::ffff:192.0.2.1"},
        {"1:2:3:4:5:6:7::", 0x0001000200030004U, 0x0005000600070000U, "1:2:3:4:5:6:7:0"},
    };
    for (const TextRow& row : rows) {
        SCOPED_TRACE(row.text);
        const Ipv6Address parsed = address(row.text);
        EXPECT_EQ(parsed.high(), row.high);
        EXPECT_EQ(parsed.low(), row.low);
        EXPECT_EQ(parsed, (Ipv6Address{row.high, row.low}));
        EXPECT_EQ(parsed, Ipv6Address::load(parsed.bytes()));
        EXPECT_EQ(parsed.to_string(), row.canonical);
    }
}

TEST(Ipv6Address, RefusesOtherText) {
    for (const char* text : {"",
                             ":",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             "g::1",
                             "12345::1",
                             "fe80::1%eth0",
                             "::1/128",
                             "[::1]",
                             " ::1",
                             "::1 ",
                             "192.0.2.1",
                             "::256.0.0.1"}) {
        EXPECT_FALSE(Ipv6Address::parse(text)) << '"' << text << '"';
    }
    EXPECT_FALSE(Ipv6Address::parse(std::string_view{"::1\0", 4}));
}

TEST(Ipv6Address, BytesAreInNetworkOrder) {
    const Ipv6Address value{0x0001020304050607U, 0x08090a0b0c0d0e0fU};
    for (std::size_t i = 0; i < Ipv6Address::kSize; ++i) {
        EXPECT_EQ(std::to_integer<std::size_t>(value.bytes()[i]), i);
    }
    EXPECT_LT((Ipv6Address{0, 2}), (Ipv6Address{1, 0}));
}

enum Kind : unsigned {
    kUnspecified = 1,
    kLoopback = 2,
    kMulticast = 4,
    kLinkLocal = 8,
    kSiteLocal = 16,
    kUniqueLocal = 32,
    kMapped = 64,
    kCompatible = 128,
};

unsigned kinds_of(const Ipv6Address& of) {
    return (of.is_unspecified() ? kUnspecified : 0U) | (of.is_loopback() ? kLoopback : 0U) |
           (of.is_multicast() ? kMulticast : 0U) | (of.is_link_local() ? kLinkLocal : 0U) |
           (of.is_site_local() ? kSiteLocal : 0U) | (of.is_unique_local() ? kUniqueLocal : 0U) |
           (of.is_ipv4_mapped() ? kMapped : 0U) | (of.is_ipv4_compatible() ? kCompatible : 0U);
}

TEST(Ipv6Address, EachKindEndsWhereItsBlockEnds) {
    const std::pair<const char*, unsigned> rows[] = {
        {"::", kUnspecified},
        {"::1", kLoopback},
        {"::2", kCompatible},
        {"::192.0.2.1", kCompatible},
        {"::ffff:ffff", kCompatible},
        {"::1:0:0", 0},
        {"::fffe:ffff:ffff", 0},
        {"::ffff:0:0", kMapped},
        {"::ffff:255.255.255.255", kMapped},
        {"::1:0:0:0", 0},
        {"0:0:0:1::", 0},
        {"0:0:0:1::1", 0},
        {"2001:db8::1", 0},
        {"2001:0:cb00:7178::1", 0},
        {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0},
        {"fc00::", kUniqueLocal},
        {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kUniqueLocal},
        {"fe00::", 0},
        {"fe7f:ffff::", 0},
        {"fe80::", kLinkLocal},
        {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kLinkLocal},
        {"fec0::", kSiteLocal},
        {"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kSiteLocal},
        {"ff00::", kMulticast},
        {"ff02::2", kMulticast},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kMulticast},
    };
    for (const auto& [text, kinds] : rows) {
        EXPECT_EQ(kinds_of(address(text)), kinds) << text;
    }
}

struct PrefixRow {
    const char* prefix;
    const char* inside;
    const char* outside;
};

TEST(Ipv6Prefix, ContainsWhatSharesItsBits) {
    const PrefixRow rows[] = {
        {"2001::/32", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"},
        {"2001:0:1:2:3:4:5:6/32", "2001::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"8000::/1", "ffff::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"2001:db8::/63", "2001:db8:0:1:ffff::", "2001:db8:0:2::"},
        {"2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::"},
        {"2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff", "2001:db8::8000:0:0:0"},
        {"2001:db8::/127", "2001:db8::1", "2001:db8::2"},
        {"2001:db8::1", "2001:db8::1", "2001:db8::"},
    };
    for (const PrefixRow& row : rows) {
        SCOPED_TRACE(row.prefix);
        const std::optional<Ipv6Prefix> prefix = Ipv6Prefix::parse(row.prefix);
        ASSERT_TRUE(prefix);
        EXPECT_TRUE(prefix->contains(address(row.inside)));
        EXPECT_FALSE(prefix->contains(address(row.outside)));
    }
    const Ipv6Prefix everything{address("2001:db8::1"), 0};
    EXPECT_TRUE(everything.contains(Ipv6Address{}));
    EXPECT_TRUE(everything.contains(address("ffff::ffff")));
}

TEST(Ipv6Prefix, TextGoesBothWays) {
    EXPECT_EQ(Ipv6Prefix::parse("::/0"), (Ipv6Prefix{Ipv6Address{}, 0}));
    EXPECT_EQ(Ipv6Prefix::parse("2001::/32"), (Ipv6Prefix{address("2001::"), 32}));
    EXPECT_EQ(Ipv6Prefix::parse("::1"), (Ipv6Prefix{address("::1"), 128}));
    EXPECT_EQ((Ipv6Prefix{address("2001:0:0::"), 32}).to_string(), "2001::/32");
    for (const char* text : {"",
                             "/",
                             "/64",
                             "::/",
                             "::/129",
                             "::/256",
                             "::/-1",
                             "::/+1",
                             "::/ 1",
                             "::/1 ",
                             "::/6x",
                             "::/64/64",
                             "192.0.2.0/24",
                             "x/64"}) {
        EXPECT_FALSE(Ipv6Prefix::parse(text)) << '"' << text << '"';
    }
}

}  // namespace
}  // namespace miredo
