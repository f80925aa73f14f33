// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// IPv4 text, classes and blocks.
#include "base/ipv4_address.hpp"

#include <gtest/gtest.h>

#include "base/endpoint.hpp"

namespace miredo {
namespace {

TEST(Ipv4Address, TextGoesBothWays) {
    const std::pair<const char*, std::uint32_t> rows[] = {
        {"0.0.0.0", 0U},
        {"255.255.255.255", 0xFFFFFFFFU},
        {"192.0.2.1", 0xC0000201U},
        {"1.20.255.9", 0x0114FF09U},
        {"127.0.0.1", 0x7F000001U},
    };
    for (const auto& [text, value] : rows) {
        SCOPED_TRACE(text);
        const std::optional<Ipv4Address> address = Ipv4Address::parse(text);
        ASSERT_TRUE(address);
        EXPECT_EQ(address->value(), value);
        EXPECT_EQ(address->to_string(), text);
    }
}

TEST(Ipv4Address, RefusesEverythingButFourDecimalNumbers) {
    for (const char* text :
         {"",          "1",        "1.2.3",     "1.2.3.",    "1.2.3.4.",
          "1.2.3.4.5", ".1.2.3.4", "1..3.4",    "1.2.3.256", "1.2.3.999",
          "01.2.3.4",  "1.2.3.04", "1.2.3.00",  "0x1.2.3.4", "1.2.3.-4",
          "1.2.3.+4",  " 1.2.3.4", "1.2.3.4 ",  "1.2.3.4/8", "1,2,3,4",
          "a.b.c.d",   "16909060", "1.2.3.4\n", "::1.2.3.4", "1.2.3.4294967300"}) {
        EXPECT_FALSE(Ipv4Address::parse(text)) << '"' << text << '"';
    }
    EXPECT_FALSE(Ipv4Address::parse(std::string_view{"1.2.3.4\0", 8}));
}

TEST(Ipv4Address, ParsesAViewThatIsNotTerminated) {
    const std::string_view longer = "10.1.2.34567";
    EXPECT_EQ(Ipv4Address::parse(longer.substr(0, 9)), (Ipv4Address{10, 1, 2, 34}));
}

TEST(Ipv4Address, OctetsAreInReadingOrder) {
    EXPECT_EQ((Ipv4Address{192, 0, 2, 1}).value(), 0xC0000201U);
}

TEST(Ipv4Address, Predicates) {
    EXPECT_TRUE(Ipv4Address{}.is_unspecified());
    EXPECT_FALSE((Ipv4Address{0, 0, 0, 1}).is_unspecified());
    EXPECT_FALSE((Ipv4Address{223, 255, 255, 255}).is_multicast());
    EXPECT_TRUE((Ipv4Address{224, 0, 0, 0}).is_multicast());
    EXPECT_TRUE((Ipv4Address{239, 255, 255, 255}).is_multicast());
    EXPECT_FALSE((Ipv4Address{240, 0, 0, 0}).is_multicast());
    EXPECT_FALSE((Ipv4Address{126, 255, 255, 255}).is_loopback());
    EXPECT_TRUE((Ipv4Address{127, 0, 0, 0}).is_loopback());
    EXPECT_TRUE((Ipv4Address{127, 255, 255, 255}).is_loopback());
    EXPECT_FALSE((Ipv4Address{128, 0, 0, 0}).is_loopback());
    EXPECT_TRUE((Ipv4Address{255, 255, 255, 255}).is_broadcast());
    EXPECT_FALSE((Ipv4Address{255, 255, 255, 254}).is_broadcast());
}

struct BlockRow {
    Ipv4Prefix block;
    Ipv4Address first;
    Ipv4Address last;
};

TEST(Ipv4Prefix, CoversFromItsFirstToItsLastAddress) {
    const BlockRow rows[] = {
        {{{10, 1, 2, 3}, 8}, {10, 0, 0, 0}, {10, 255, 255, 255}},
        {{{172, 16, 0, 0}, 12}, {172, 16, 0, 0}, {172, 31, 255, 255}},
        {{{192, 0, 2, 77}, 31}, {192, 0, 2, 76}, {192, 0, 2, 77}},
        {{{192, 0, 2, 77}, 32}, {192, 0, 2, 77}, {192, 0, 2, 77}},
        {{{192, 0, 2, 77}, 1}, {128, 0, 0, 0}, {255, 255, 255, 255}},
        {{{192, 0, 2, 77}, 0}, {0, 0, 0, 0}, {255, 255, 255, 255}},
    };
    for (const auto& [block, first, last] : rows) {
        SCOPED_TRACE(block.address.to_string() + '/' + std::to_string(block.length));
        EXPECT_EQ(block.first(), first);
        EXPECT_EQ(block.last(), last);
        EXPECT_TRUE(block.contains(first));
        EXPECT_TRUE(block.contains(last));
        if (first.value() > 0) {
            EXPECT_FALSE(block.contains(Ipv4Address{first.value() - 1}));
        }
        if (!last.is_broadcast()) {
            EXPECT_FALSE(block.contains(Ipv4Address{last.value() + 1}));
        }
    }
}

TEST(Endpoint, ReadsAsAddressColonPortAndOrdersByAddressFirst) {
    const Endpoint low{{192, 0, 2, 1}, 65535};
    const Endpoint high{{192, 0, 2, 2}, 1};
    EXPECT_EQ(low.to_string(), "192.0.2.1:65535");
    EXPECT_LT(low, high);
    EXPECT_NE(low, (Endpoint{{192, 0, 2, 1}, 65534}));
}

}  // namespace
}  // namespace miredo
