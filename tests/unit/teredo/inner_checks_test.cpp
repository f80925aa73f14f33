// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Attacks B2 to B5 on the inner packet, and the sources no connectivity test is sent to (A8).
#include "teredo/inner_checks.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "unit/teredo/packets.hpp"

namespace miredo::teredo {
namespace {

constexpr Ipv6Address kFrom{0x2600000000000000U, 1};
constexpr Ipv6Address kTo{0x2600000000000000U, 2};

std::optional<DropReason> check(const ByteVector& packet) {
    return check_contents(wire::Ipv6Packet::parse(packet).value());
}

TEST(InnerChecks, know_impossible_sources) {
    conformance::shows("T-B2");
    for (const char* const text :
         {"ff02::1", "::", "::1", "::ffff:1.2.3.4", "::1.2.3.4", "fec0::1"}) {
        EXPECT_TRUE(is_impossible_source(address(text))) << text;
    }
    for (const char* const text : {"fe80::1", "2600::1", "2001::1", "fd00::1"}) {
        EXPECT_FALSE(is_impossible_source(address(text))) << text;
    }
}

TEST(InnerChecks, know_unusable_destinations) {
    for (const char* const text :
         {"ff0e::1", "fe80::1", "::", "::1", "::ffff:1.2.3.4", "::1.2.3.4"}) {
        EXPECT_TRUE(is_unusable_destination(address(text))) << text;
    }
    EXPECT_FALSE(is_unusable_destination(address("2600::1")));
    EXPECT_FALSE(is_unusable_destination(address("2001:0:b00:1::1")));
}

TEST(InnerChecks, let_ordinary_packets_pass) {
    EXPECT_FALSE(check(ipv6_packet(kFrom, kTo, 17, ByteVector(8))));
    EXPECT_FALSE(check(echo(kFrom, kTo)));
    EXPECT_FALSE(check(echo(kFrom, kTo, wire::Icmpv6Type::kPacketTooBig)));
    EXPECT_FALSE(check(bubble(kFrom, kTo)));
}

TEST(InnerChecks, let_no_message_about_a_link_pass) {
    conformance::shows("T-B3");
    for (int type = 0; type < 256; ++type) {
        const bool is_about_link = (type >= 130 && type <= 137) || type == 143;
        const auto reason = check(echo(kFrom, kTo, static_cast<wire::Icmpv6Type>(type)));
        EXPECT_EQ(reason == DropReason::kNeighborDiscovery, is_about_link) << type;
    }
}

TEST(InnerChecks, find_neighbor_discovery_behind_extension_headers) {
    conformance::shows("T-B3");
    ByteVector payload(8);
    payload[0] = static_cast<std::byte>(wire::kIcmpv6);
    const ByteVector message = echo(kFrom, kTo, wire::Icmpv6Type::kRedirect);
    payload.insert(payload.end(), message.begin() + wire::kIpv6HeaderSize, message.end());
    EXPECT_EQ(check(ipv6_packet(kFrom, kTo, wire::kDestinationOptions, payload)),
              DropReason::kNeighborDiscovery);
}

TEST(InnerChecks, let_fragments_pass_and_know_the_later_ones) {
    conformance::shows("T-B5");
    ByteVector fragment(16);
    fragment[0] = std::byte{17};
    const ByteVector first = ipv6_packet(kFrom, kTo, wire::kFragment, fragment);
    fragment[3] = std::byte{8};
    const ByteVector later = ipv6_packet(kFrom, kTo, wire::kFragment, fragment);
    EXPECT_FALSE(check(first));
    EXPECT_FALSE(check(later));
    EXPECT_FALSE(is_later_fragment(wire::Ipv6Packet::parse(first).value()));
    EXPECT_TRUE(is_later_fragment(wire::Ipv6Packet::parse(later).value()));
    const ByteVector empty = bubble(kFrom, kTo);
    EXPECT_FALSE(is_later_fragment(wire::Ipv6Packet::parse(empty).value()));
}

TEST(InnerChecks, let_no_truncated_extension_header_pass) {
    conformance::shows("T-B4");
    EXPECT_EQ(check(ipv6_packet(kFrom, kTo, wire::kDestinationOptions, ByteVector(4))),
              DropReason::kExtensionHeaders);
}

TEST(InnerChecks, know_what_may_be_tested) {
    conformance::shows("T-A8");
    for (const char* const text : {"2600::1", "2001:4860:4860::8888", "2a00::1", "2001:200::1"}) {
        EXPECT_TRUE(is_testable(address(text))) << text;
    }
    for (const char* const text : {"::",
                                   "::1",
                                   "::ffff:1.2.3.4",
                                   "64:ff9b::1",
                                   "64:ff9b:1::1",
                                   "100::1",
                                   "2001:0:b00:1::1",
                                   "2001:2::1",
                                   "2001:10::1",
                                   "2001:2f::1",
                                   "2001:db8:1::1",
                                   "2002:102:304::1",
                                   "3ffe:831f::1",
                                   "3fff:fff::1",
                                   "2600::5efe:102:304",
                                   "2600::200:5efe:102:304",
                                   "fc00::1",
                                   "fd00::1",
                                   "fe80::1",
                                   "fec0::1",
                                   "ff0e::1"}) {
        EXPECT_FALSE(is_testable(address(text))) << text;
    }
}

}  // namespace
}  // namespace miredo::teredo
