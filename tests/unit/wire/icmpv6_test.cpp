// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Echo messages, and when an ICMPv6 error may be sent (RFC 4443 §2.4 e).
#include "wire/icmpv6.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "packets.hpp"

namespace miredo::wire {
namespace {

const Ipv6Address our_address = ipv6("2001:db8:ffff::1");
const Buffer echo_message = from_hex("80000000 12340001 a1a2a3a4");

TEST(Icmpv6, NeighborDiscoveryIsTypes133To137) {
    for (unsigned type = 0; type <= 255; ++type) {
        EXPECT_EQ(is_neighbor_discovery(static_cast<std::uint8_t>(type)),
                  type >= 133 && type <= 137)
            << type;
    }
}

std::optional<EchoMessage> parse(const Buffer& message) {
    static Buffer packet;  // the result borrows from it
    packet = make_icmpv6_packet({}, message);
    return parse_echo(packet_in(packet));
}

TEST(Echo, OnlyRequestsAndRepliesAreRead) {
    for (unsigned type = 0; type <= 255; ++type) {
        Buffer message = echo_message;
        message[0] = static_cast<std::byte>(type);
        EXPECT_EQ(parse(message).has_value(), type == 128 || type == 129) << type;
    }
}

TEST(Echo, ReadsItsFields) {
    const std::optional<EchoMessage> echo = parse(echo_message);
    ASSERT_TRUE(echo);
    EXPECT_EQ(echo->type, Icmpv6Type::kEchoRequest);
    EXPECT_EQ(echo->identifier, 0x1234);
    EXPECT_EQ(echo->sequence, 1);
    EXPECT_EQ(to_hex(echo->data), "a1a2a3a4");
}

TEST(Echo, MalformedOnesAreRefused) {
    Buffer coded = echo_message;
    coded[1] = std::byte{1};
    EXPECT_FALSE(parse(coded)) << "code";
    for (std::size_t size = 4; size < kIcmpv6HeaderSize; ++size) {
        EXPECT_FALSE(parse(concatenate({Bytes{echo_message}.first(size)}))) << size;
    }
    EXPECT_TRUE(parse(concatenate({Bytes{echo_message}.first(kIcmpv6HeaderSize)})));

    const Buffer right = make_icmpv6_packet({}, echo_message);
    for (std::size_t bit = std::size_t{8} * 8; bit < 8 * right.size(); ++bit) {
        Buffer wrong = right;
        wrong[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(parse_echo(packet_in(wrong))) << "bit " << bit;
    }
    Buffer other = right;
    other[6] = std::byte{kUdp};
    EXPECT_FALSE(parse_echo(packet_in(other))) << "next header";
}

TEST(Echo, GoesBothWaysUpToEightyBytesOfData) {
    Buffer data = zeros(200);
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] = static_cast<std::byte>(i);
    }
    for (const std::size_t size : {0U, 1U, 16U, 79U, 80U, 81U, 200U}) {
        SCOPED_TRACE(size);
        const EchoMessage message{.type = Icmpv6Type::kEchoReply,
                                  .identifier = 0xFFFE,
                                  .sequence = 0x8001,
                                  .data = Bytes{data}.first(size)};
        const EchoPacket built = build_echo(ipv6("2001:db8::1"), ipv6("2001:db8::2"), 128, message);
        const std::size_t kept = std::min<std::size_t>(size, 80);
        EXPECT_EQ(built.size(), 48 + kept);
        const Ipv6Packet packet = packet_in(built.bytes());
        EXPECT_EQ(packet.size(), built.size());
        EXPECT_LE(packet.payload().size(), 88U);
        EXPECT_EQ(packet.hop_limit(), 128);
        const std::optional<EchoMessage> parsed = parse_echo(packet);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->type, message.type);
        EXPECT_EQ(parsed->identifier, message.identifier);
        EXPECT_EQ(parsed->sequence, message.sequence);
        EXPECT_TRUE(equal(parsed->data, Bytes{data}.first(kept)));
    }
}

void expect_error(const std::optional<ErrorPacket>& error, const Buffer& about, const char* head) {
    ASSERT_TRUE(error);
    const Ipv6Packet packet = packet_in(error->bytes());
    EXPECT_EQ(packet.size(), error->size());
    EXPECT_EQ(packet.source(), our_address);
    EXPECT_EQ(packet.destination(), packet_in(about).source());
    EXPECT_EQ(packet.hop_limit(), 255);
    EXPECT_EQ(packet.next_header(), kIcmpv6);
    EXPECT_EQ(slow_pseudo_header_sum(error->bytes(), packet.payload()), 0xFFFF);
    EXPECT_EQ(to_hex(packet.payload().first(2)), head) << "type and code";
    EXPECT_EQ(to_hex(packet.payload().subspan(4, 4)), "00000000") << "unused";
    const std::size_t quoted = std::min<std::size_t>(packet_in(about).size(), 1280 - 48);
    EXPECT_TRUE(equal(packet.payload().subspan(8), Bytes{about}.first(quoted)));
}

TEST(Icmpv6Error, QuotesAsMuchAsFitsTheMinimumMtu) {
    conformance::shows("T-D7");
    for (const std::size_t size : {0U, 100U, 1191U, 1192U, 1193U, 1240U, 65467U}) {
        SCOPED_TRACE(size);
        const Buffer about = make_packet({.next_header = kUdp}, zeros(size));
        const Ipv6Packet packet = packet_in(about);
        const auto error =
            build_unreachable(our_address, UnreachableCode::kAddressUnreachable, packet);
        expect_error(error, about, "0103");
        EXPECT_EQ(error->size(), std::min<std::size_t>(48 + about.size(), 1280));
        expect_error(build_time_exceeded(our_address, packet), about, "0300");
    }
}

TEST(Icmpv6Error, CarriesItsCode) {
    const Buffer about = make_packet({.next_header = kUdp}, zeros(8));
    const Ipv6Packet packet = packet_in(about);
    expect_error(build_unreachable(our_address, UnreachableCode::kNoRoute, packet), about, "0100");
    expect_error(
        build_unreachable(our_address, UnreachableCode::kAdministrativelyProhibited, packet),
        about,
        "0101");
}

TEST(Icmpv6Error, LeavesOutWhatFollowsThePacket) {
    const Buffer about = concatenate({make_packet({.next_header = kUdp}, zeros(8)), zeros(20)});
    const auto error = build_unreachable(our_address, UnreachableCode::kNoRoute, packet_in(about));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->size(), 48U + 48U);
}

bool may_be_sent_about(const Buffer& about) {
    const Ipv6Packet packet = packet_in(about);
    const bool unreachable =
        build_unreachable(our_address, UnreachableCode::kNoRoute, packet).has_value();
    EXPECT_EQ(build_time_exceeded(our_address, packet).has_value(), unreachable);
    return unreachable;
}

// RFC 4443 §2.4 (e.1), (e.2)
TEST(Icmpv6Error, NoneAboutAnErrorOrARedirect) {
    conformance::shows("T-D7");
    for (unsigned type = 0; type <= 255; ++type) {
        Buffer message = zeros(16);
        message[0] = static_cast<std::byte>(type);
        EXPECT_EQ(may_be_sent_about(make_icmpv6_packet({}, message)), type >= 128 && type != 137)
            << type;
    }
}

TEST(Icmpv6Error, NoneAboutAnErrorBehindExtensionHeaders) {
    conformance::shows("T-D7");
    const Buffer options = from_hex("3a00010400000000");
    for (const auto& [type, expected] :
         {std::pair{"01", false}, std::pair{"89", false}, std::pair{"80", true}}) {
        const Buffer payload = concatenate({options, from_hex(type), zeros(15)});
        EXPECT_EQ(may_be_sent_about(make_packet({.next_header = kHopByHop}, payload)), expected)
            << type;
        EXPECT_EQ(may_be_sent_about(make_packet({.next_header = kDestinationOptions}, payload)),
                  expected)
            << type;
        const Buffer first_fragment =
            concatenate({from_hex("3a00000100000001"), from_hex(type), zeros(15)});
        EXPECT_EQ(may_be_sent_about(make_packet({.next_header = kFragment}, first_fragment)),
                  expected)
            << type;
    }
}

TEST(Icmpv6Error, NoneAboutWhatCannotBeRead) {
    conformance::shows("T-D7");
    EXPECT_FALSE(may_be_sent_about(make_packet({.next_header = kIcmpv6}, {})));
    const Buffer cut_off = from_hex("3a01010400000000");
    EXPECT_FALSE(may_be_sent_about(make_packet({.next_header = kDestinationOptions}, cut_off)));
}

// RFC 4443 §2.4 (e.6)
TEST(Icmpv6Error, NoneToASourceThatIsNotOneNode) {
    conformance::shows("T-D7");
    const std::pair<const char*, bool> rows[] = {
        {"::", false},
        {"::1", false},
        {"ff02::1", false},
        {"ff0e::1234", false},
        {"2001:db8::1", true},
        {"2001:0:cb00:7178:0:efff:3fff:fdfe", true},
        {"fe80::1", true},
    };
    for (const auto& [source, expected] : rows) {
        EXPECT_EQ(
            may_be_sent_about(make_packet({.source = ipv6(source), .next_header = kUdp}, zeros(8))),
            expected)
            << source;
    }
}

// RFC 4443 §2.4 (e.3)
TEST(Icmpv6Error, NoneAboutAPacketToAGroup) {
    conformance::shows("T-D7");
    for (const char* destination : {"ff02::1", "ff02::2", "ff0e::1"}) {
        EXPECT_FALSE(may_be_sent_about(
            make_packet({.destination = ipv6(destination), .next_header = kUdp}, zeros(8))))
            << destination;
    }
}

}  // namespace
}  // namespace miredo::wire
