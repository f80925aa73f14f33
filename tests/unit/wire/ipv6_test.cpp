// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The IPv6 header: what is a packet, where it ends, and writing one.
#include "wire/ipv6.hpp"

#include <gtest/gtest.h>

#include "packets.hpp"

namespace miredo::wire {
namespace {

TEST(Ipv6Packet, ReadsItsFields) {
    const Buffer bytes =
        make_packet({.next_header = kUdp, .hop_limit = 77}, from_hex("0102030405"));
    const std::optional<Ipv6Packet> packet = Ipv6Packet::parse(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->size(), 45U);
    EXPECT_EQ(packet->next_header(), kUdp);
    EXPECT_EQ(packet->hop_limit(), 77);
    EXPECT_EQ(packet->source(), ipv6("2001:db8::1"));
    EXPECT_EQ(packet->destination(), ipv6("2001:db8::2"));
    EXPECT_EQ(to_hex(packet->payload()), "0102030405");
    EXPECT_EQ(to_hex(packet->bytes()), to_hex(bytes));
}

// W13 and reliability B7: every length of a lone header up to the last that is too short.
TEST(Ipv6Packet, NeedsAWholeHeader) {
    const Buffer bubble = make_packet({}, {});
    for (std::size_t size = 0; size < kIpv6HeaderSize; ++size) {
        EXPECT_FALSE(Ipv6Packet::parse(Bytes{bubble}.first(size))) << size;
    }
    EXPECT_TRUE(Ipv6Packet::parse(bubble));
}

TEST(Ipv6Packet, NeedsVersionSix) {
    Buffer bytes = make_packet({}, {});
    for (unsigned first = 0; first <= 0xFF; ++first) {
        bytes[0] = static_cast<std::byte>(first);
        EXPECT_EQ(Ipv6Packet::parse(bytes).has_value(), first / 16 == 6) << first;
    }
}

// W14, W15, B6
TEST(Ipv6Packet, EndsWhereThePayloadLengthSays) {
    const Buffer whole = make_packet({.next_header = kUdp}, zeros(300));
    for (const std::size_t missing : {1U, 2U, 255U, 299U, 300U}) {
        EXPECT_FALSE(Ipv6Packet::parse(Bytes{whole}.first(whole.size() - missing))) << missing;
    }
    for (const std::size_t more : {0U, 1U, 6U, 1000U}) {
        const Buffer longer = concatenate({whole, zeros(more)});
        const std::optional<Ipv6Packet> packet = Ipv6Packet::parse(longer);
        ASSERT_TRUE(packet) << more;
        EXPECT_EQ(packet->size(), whole.size()) << more;
        EXPECT_EQ(packet->payload().size(), 300U) << more;
    }
}

// W30
TEST(Ipv6Packet, MayBeAsLargeAsADatagram) {
    const Buffer largest = make_packet({.next_header = kUdp}, zeros(65507 - kIpv6HeaderSize));
    ASSERT_TRUE(Ipv6Packet::parse(largest));
    EXPECT_EQ(Ipv6Packet::parse(largest)->size(), 65507U);
    const Buffer longest = make_packet({.next_header = kUdp}, zeros(65535));
    EXPECT_TRUE(Ipv6Packet::parse(longest));
    EXPECT_FALSE(Ipv6Packet::parse(Bytes{longest}.first(65507)));
}

TEST(Ipv6Packet, IsNoJumbogram) {
    // RFC 2675: payload length 0, hop-by-hop header with the jumbo option behind it.
    const Buffer jumbo =
        concatenate({make_packet({.next_header = kHopByHop}, {}), from_hex("3b00c20400010000")});
    EXPECT_FALSE(Ipv6Packet::parse(jumbo));
    EXPECT_FALSE(Ipv6Packet::parse(make_packet({.next_header = kHopByHop}, {})));
    EXPECT_TRUE(Ipv6Packet::parse(make_packet({.next_header = kHopByHop}, zeros(8))));
}

TEST(Ipv6Packet, ABubbleHasNoPayloadAndNoNextHeader) {
    for (const std::uint8_t hop_limit : std::array<std::uint8_t, 4>{0, 1, 64, 255}) {  // W31
        EXPECT_TRUE(packet_in(make_packet({.hop_limit = hop_limit}, {})).is_bubble());
    }
    const Buffer with_trailer = concatenate({make_packet({}, {}), from_hex("0104deadbeef")});
    EXPECT_TRUE(packet_in(with_trailer).is_bubble());
    const Buffer with_payload = make_packet({}, zeros(1));
    EXPECT_FALSE(packet_in(with_payload).is_bubble());
    const Buffer empty_udp = make_packet({.next_header = kUdp}, {});
    EXPECT_FALSE(packet_in(empty_udp).is_bubble());
}

TEST(Ipv6Header, WritesWhatIsReadBack) {
    Buffer bytes(kIpv6HeaderSize + 1, std::byte{0x5A});
    write_ipv6_header(bytes,
                      {.source = ipv6("2001:db8::1"),
                       .destination = ipv6("2001:db8::2"),
                       .payload_length = 0x0102,
                       .next_header = kUdp,
                       .hop_limit = 9});
    EXPECT_EQ(to_hex(bytes),
              "60000000"
              "01021109"
              "20010db8000000000000000000000001"
              "20010db8000000000000000000000002"
              "5a");
}

}  // namespace
}  // namespace miredo::wire
