// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// From Teredo to IPv6 (RFC 4380 §5.4.2, RFC 6081 §5.2.4.4): a test for each numbered case.
#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "unit/teredo/relay_fixture.hpp"

namespace miredo::teredo {
namespace {

class RelayReceivingTest : public RelayTest {
  protected:
    // A packet from the peer that was made at the start of the test.
    void receive_to(const Ipv6Address& destination) {
        receive(kMapping, data(teredo(), destination));
    }
};

// 1, R11
TEST_F(RelayReceivingTest, Case1MalformedIsDropped) {
    conformance::shows("R11", "T-B7");
    receive(kMapping, ByteVector(39));
    expect_silent_drop(DropReason::kTooShort);
    receive(kMapping, ByteVector(40, std::byte{0x45}));
    expect_silent_drop(DropReason::kUnknownEncapsulation);
    ByteVector truncated = data(teredo(), kHost);
    truncated.pop_back();
    receive(kMapping, truncated);
    expect_silent_drop(DropReason::kMalformedIpv6);
}

TEST_F(RelayReceivingTest, Case1UnusableOuterSourceIsDropped) {
    std::uint64_t count = 0;
    for (const std::string_view text :
         {"0.0.0.0", "10.0.0.1", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"}) {
        const Endpoint from{Ipv4Address::parse(text).value(), 5000};
        receive(from, data(teredo(from), kHost));
        expect_silent_drop(DropReason::kOuterSourceUnusable, ++count);
    }
    receive({kMapping.address, 0}, data(teredo(), kHost));
    expect_silent_drop(DropReason::kOuterSourceUnusable, ++count);
}

// T2
TEST_F(RelayReceivingTest, Case1OwnOuterSourceIsDropped) {
    receive(kOwn, bubble(teredo(kOwn), teredo(kOwn)));
    expect_silent_drop(DropReason::kOwnOuterSource);
}

// 2: read over, not acted on.
TEST_F(RelayReceivingTest, Case2AuthenticationAndOriginMeanNothing) {
    make_peer(teredo(), kMapping);
    const ByteVector packet = data(teredo(), kHost);
    receive(kMapping,
            concatenate(
                {from_hex("00010000010203040506070800"), from_hex("0000f00039cc9b89"), packet}));
    expect_delivered(packet);
}

// 3, R12
TEST_F(RelayReceivingTest, Case3NativeSourceIsDropped) {
    conformance::shows("R12");
    std::uint64_t count = 0;
    for (const std::string_view source : {"2600::2", "fe80::1", "::", "ff02::1", "2001:1::1"}) {
        receive(kMapping, data(address(source), kHost));
        expect_silent_drop(DropReason::kNotTeredoSource, ++count);
    }
}

TEST_F(RelayReceivingTest, Case3GroupBitMakesNoSource) {
    receive(kMapping, data(teredo(kMapping, kPeerServer, wire::kGroupFlag), kHost));
    expect_silent_drop(DropReason::kSourceUnusable);
}

// 4, R13, A13
TEST_F(RelayReceivingTest, Case4OtherMappingIsDropped) {
    conformance::shows("R13", "T-A13");
    make_peer(teredo(), kMapping);
    receive(kOtherMapping, data(teredo(), kHost));
    expect_silent_drop(DropReason::kMappingMismatch);
    receive({Ipv4Address{13, 1, 2, 4}, kMapping.port}, data(teredo(), kHost));
    expect_silent_drop(DropReason::kMappingMismatch, 2);
    const ByteVector packet = data(kHost, teredo());
    send(packet);
    expect_sent(kMapping, packet);
}

// 5, R14
TEST_F(RelayReceivingTest, Case5UnknownPeerIsDropped) {
    conformance::shows("R14");
    receive(kMapping, data(teredo(), kHost));
    expect_silent_drop(DropReason::kUnknownPeer, 1);
    receive(kMapping, bubble(teredo(), wire::kClientLinkLocal));
    expect_silent_drop(DropReason::kUnknownPeer, 2);
    EXPECT_EQ(relay().status().unproven_peers, 0U);
}

// The whole address is the peer: other flags are somebody else.
TEST_F(RelayReceivingTest, Case5OtherFlagsAreAnotherPeer) {
    make_peer(teredo(), kMapping);
    receive(kMapping, data(teredo(kMapping, kPeerServer, 0x0001), kHost));
    expect_silent_drop(DropReason::kUnknownPeer);
}

// 6, R15: data does what a bubble does.
TEST_F(RelayReceivingTest, Case6FirstPacketFlushesTheQueue) {
    conformance::shows("R15");
    const ByteVector outgoing = data(kHost, teredo(), 1);
    send(outgoing);
    clear();
    const ByteVector incoming = data(teredo(), kHost, 2);
    receive(kMapping, incoming);
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kMapping);
    EXPECT_EQ(sent_[0].bytes, outgoing);
    sent_.clear();
    expect_delivered(incoming);
    EXPECT_EQ(relay().status().proven_peers, 1U);
}

// 6: each packet heard keeps the peer valid.
TEST_F(RelayReceivingTest, Case6HearingKeepsThePeerValid) {
    conformance::shows("R15");
    make_peer(teredo(), kMapping);
    for (int i = 0; i < 5; ++i) {
        advance(seconds{29});
        receive_to(kHost);
        clear();
        const ByteVector packet = data(kHost, teredo());
        send(packet);
        expect_sent(kMapping, packet);
    }
}

// 7, R18, W16
TEST_F(RelayReceivingTest, Case7BubbleIsConsumed) {
    conformance::shows("R18");
    make_peer(teredo(), kMapping);
    const std::uint64_t consumed = counters().consumed;
    for (const Ipv6Address& destination : {wire::kClientLinkLocal, kOwnIpv6, kHost}) {
        receive(kMapping, bubble(teredo(), destination));
    }
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(counters().consumed, consumed + 3);
}

// 8, R17, B1
TEST_F(RelayReceivingTest, Case8UnservedDestinationIsDropped) {
    conformance::shows("R17", "T-B1", "T-D6");
    make_peer(teredo(), kMapping);
    std::uint64_t count = 0;
    for (const std::string_view destination : {"2001:0:e00:1::1",
                                               "2002:f00:1::1",     // our own 6to4
                                               "2600::5efe:f00:1",  // our own ISATAP
                                               "2600::200:5efe:f00:2",
                                               "fe80::1",
                                               "fec0::1",
                                               "fd00::1",
                                               "ff02::1",
                                               "ff0e::1",
                                               "::",
                                               "::1",
                                               "::ffff:8.8.8.8",
                                               "::8.8.8.8",
                                               "64:ff9b::8.8.8.8"}) {
        receive_to(address(destination));
        expect_silent_drop(DropReason::kDestinationNotServed, ++count);
    }
}

// 8, R16, D4
TEST_F(RelayReceivingTest, Case8ServedPrefixes) {
    conformance::shows("R16", "T-D4");
    RelaySettings settings = default_settings();
    settings.served_prefixes = {Ipv6Prefix::parse("2600:1::/32").value(),
                                Ipv6Prefix::parse("fd12::/16").value()};
    use(settings);
    make_peer(teredo(), kMapping);
    receive_to(kHost);
    expect_silent_drop(DropReason::kDestinationNotServed);
    for (const std::string_view served : {"2600:1::1", "fd12::1"}) {
        receive_to(address(served));
        expect_delivered(data(teredo(), address(served)));
    }
    // A prefix that holds everything still does not hold what is never forwarded.
    settings.served_prefixes = {Ipv6Prefix::parse("::/0").value()};
    relay().apply(now_, settings, output_);
    receive_to(address("2001:0:e00:1::1"));
    expect_silent_drop(DropReason::kDestinationNotServed, 2);
    receive_to(kHost);
    expect_delivered(data(teredo(), kHost));
}

// R22
TEST_F(RelayReceivingTest, Case8HostSpecificAcceptsOwnAddressesOnly) {
    conformance::shows("R22");
    use(default_settings(RelayMode::kHostSpecific));
    send(data(kOwnIpv6, teredo()));
    receive(kMapping, bubble(teredo(), wire::kClientLinkLocal));
    clear();
    receive_to(kHost);
    expect_silent_drop(DropReason::kDestinationNotServed);
    receive_to(kOwnIpv6);
    expect_delivered(data(teredo(), kOwnIpv6));
}

// 9: as it came, trailers left behind.
TEST_F(RelayReceivingTest, Case9ForwardsThePacketAsItCame) {
    conformance::shows("W16", "T-B6");
    make_peer(teredo(), kMapping);
    ByteVector packet = data(teredo(), kHost, 9, 1200);
    packet[7] = std::byte{1};
    receive(kMapping, concatenate({packet, from_hex("0104deadbeef")}));
    expect_delivered(packet);
    EXPECT_EQ(counters().forwarded_to_ipv6, 1U);
}

// B3, B4, T14, T17
TEST_F(RelayReceivingTest, Case9NothingForgedReachesTheKernel) {
    conformance::shows("T-B3", "T-B4");
    make_peer(teredo(), kMapping);
    receive(kMapping,
            ipv6_packet(teredo(),
                        kHost,
                        wire::kRouting,
                        from_hex("3b0200010000000026000000000000000000000000000009")));
    expect_silent_drop(DropReason::kType0Routing);
    receive(kMapping, ipv6_packet(teredo(), kHost, wire::kDestinationOptions, from_hex("3bff")));
    expect_silent_drop(DropReason::kExtensionHeaders);
    std::uint64_t count = 0;
    for (const auto type : {wire::Icmpv6Type::kRouterSolicitation,
                            wire::Icmpv6Type::kRouterAdvertisement,
                            wire::Icmpv6Type::kNeighborSolicitation,
                            wire::Icmpv6Type::kNeighborAdvertisement,
                            wire::Icmpv6Type::kRedirect}) {
        receive(kMapping, echo(teredo(), kHost, type));
        expect_silent_drop(DropReason::kNeighborDiscovery, ++count);
    }
    receive(kMapping, echo(teredo(), kHost));
    expect_delivered(echo(teredo(), kHost));
}

// W18, W24
TEST_F(RelayReceivingTest, TrailersThatAskForItDiscardThePacket) {
    conformance::shows("W18", "W24");
    send(data(kHost, teredo()));
    clear();
    receive(kMapping, concatenate({bubble_with(teredo(), std::nullopt), from_hex("4100")}));
    expect_silent_drop(DropReason::kUnknownTrailer);
    receive(kMapping, concatenate({bubble_with(teredo(), std::nullopt), from_hex("03020000")}));
    expect_silent_drop(DropReason::kMalformedAlternates);
    EXPECT_EQ(relay().status().proven_peers, 0U);
}

// E5, R25: a peer behind a symmetric NAT is where its nonce says.
TEST_F(RelayReceivingTest, NonceProvesAnotherMapping) {
    conformance::shows("E5");
    const ByteVector outgoing = data(kHost, teredo());
    send(outgoing);
    const std::uint32_t nonce = expect_indirect_bubble(0);
    clear();
    receive(kOtherMapping, bubble_with(teredo(), nonce));
    expect_sent(kOtherMapping, outgoing);
    send(outgoing);
    expect_sent(kOtherMapping, outgoing);
    receive(kOtherMapping, data(teredo(), kHost));
    expect_delivered(data(teredo(), kHost));
    // Somewhere else it proves nothing any more.
    receive({Ipv4Address{13, 9, 9, 9}, 1}, bubble_with(teredo(), nonce));
    expect_silent_drop(DropReason::kNonceMismatch);
}

// What would be sent there next is data of our host.
TEST_F(RelayReceivingTest, NonceDoesNotMakeAMappingOfAServer) {
    send(data(kHost, teredo()));
    const std::uint32_t nonce = expect_indirect_bubble(0);
    clear();
    receive(kPeerServerEndpoint, bubble_with(teredo(), nonce));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

// E6, A14
TEST_F(RelayReceivingTest, WrongNonceProvesNothing) {
    conformance::shows("E6", "T-A14");
    send(data(kHost, teredo()));
    const std::uint32_t nonce = expect_indirect_bubble(0);
    clear();
    for (const std::optional<std::uint32_t> wrong :
         {std::optional<std::uint32_t>{}, std::optional{nonce ^ 1U}, std::optional{0U}}) {
        receive(kOtherMapping, bubble_with(teredo(), wrong));
        EXPECT_TRUE(is_silent());
    }
    EXPECT_EQ(drops(DropReason::kNonceMismatch), 3U);
    // Nor does the right one in a packet that is no bubble.
    receive(kOtherMapping,
            concatenate({data(teredo(), kHost),
                         Bytes{bubble_with(teredo(), nonce)}.subspan(wire::kIpv6HeaderSize)}));
    expect_silent_drop(DropReason::kMappingMismatch);
    EXPECT_EQ(relay().status().proven_peers, 0U);
}

// Only the nonce of the latest bubble counts, and not for ever.
TEST_F(RelayReceivingTest, OldNonceProvesNothing) {
    conformance::shows("T-A14");
    send(data(kHost, teredo()));
    const std::uint32_t first = expect_indirect_bubble(0);
    advance(seconds{2});
    ASSERT_EQ(sent_.size(), 2U);
    const std::uint32_t second = expect_cookie_bubble(1);
    clear();
    receive(kOtherMapping, bubble_with(teredo(), first));
    expect_silent_drop(DropReason::kNonceMismatch);
    advance(seconds{60});
    clear();
    receive(kOtherMapping, bubble_with(teredo(), second));
    expect_silent_drop(DropReason::kNonceMismatch, 2);
}

// R25, section 13.6: an old Miredo behind a symmetric NAT knows no nonces.
TEST_F(RelayReceivingTest, CookieProvesAnotherMapping) {
    conformance::shows("R25");
    const ByteVector outgoing = data(kHost, teredo());
    send(outgoing);
    advance(seconds{2});
    expect_cookie_bubble(1);
    const Ipv6Address cookie = sent_.at(1).packet().source();
    clear();
    receive(kOtherMapping, bubble(teredo(), cookie));
    expect_sent(kOtherMapping, outgoing);
    EXPECT_EQ(relay().status().proven_peers, 1U);
    send(outgoing);
    expect_sent(kOtherMapping, outgoing);
}

// What is under way when the configuration is read again still counts.
TEST_F(RelayReceivingTest, CookieSurvivesAnotherLimit) {
    const ByteVector outgoing = data(kHost, teredo());
    send(outgoing);
    advance(seconds{2});
    const Ipv6Address cookie = sent_.at(1).packet().source();
    RelaySettings settings = default_settings();
    settings.bubbles_per_second += 1;
    relay().apply(now_, settings, output_);
    clear();
    receive(kOtherMapping, bubble(teredo(), cookie));
    expect_sent(kOtherMapping, outgoing);
    EXPECT_EQ(relay().status().proven_peers, 1U);
}

TEST_F(RelayReceivingTest, WrongCookieProvesNothing) {
    conformance::shows("T-A14");
    const Ipv6Address other = teredo({Ipv4Address{13, 1, 2, 4}, 5000});
    send(data(kHost, teredo()));
    send(data(kHost, other));
    advance(seconds{2});
    ASSERT_EQ(sent_.size(), 4U);
    const Ipv6Address cookie = sent_.at(2).packet().source();
    EXPECT_NE(sent_.at(3).packet().source(), cookie);
    clear();
    // Another's, one bit off, in a packet that is no bubble, and from an address not asked.
    receive(kOtherMapping, bubble(other, cookie));
    receive(kOtherMapping, bubble(teredo(), Ipv6Address{cookie.high(), cookie.low() ^ 1U}));
    receive(kOtherMapping, bubble(teredo(kMapping, kPeerServer, 1), cookie));
    EXPECT_EQ(drops(DropReason::kNonceMismatch), 3U);
    receive(kOtherMapping, data(teredo(), cookie));
    expect_silent_drop(DropReason::kMappingMismatch);
    // And the right one when its time is over.
    advance(seconds{40});
    clear();
    receive(kOtherMapping, bubble(teredo(), cookie));
    expect_silent_drop(DropReason::kNonceMismatch, 4);
    EXPECT_EQ(relay().status().proven_peers, 0U);
}

// E7
TEST_F(RelayReceivingTest, EmbeddedMappingNeedsNoNonce) {
    conformance::shows("E7");
    const ByteVector outgoing = data(kHost, teredo());
    send(outgoing);
    clear();
    receive(kMapping, bubble_with(teredo(), std::nullopt));
    expect_sent(kMapping, outgoing);
}

// Damaged packets of a friend: each has one fate, and none makes the relay speak to a stranger.
TEST_F(RelayReceivingTest, DamagedDatagramsAreAccountedFor) {
    make_peer(teredo(), kMapping);
    const ByteVector good = concatenate({echo(teredo(), kHost), from_hex("0104deadbeef")});
    for (int i = 0; i < 20'000; ++i) {
        ByteVector datagram = good;
        for (std::uint32_t changes = random_.uint32() % 4; changes > 0; --changes) {
            datagram.at(random_.uint32() % datagram.size()) =
                static_cast<std::byte>(random_.uint32());
        }
        receive(kMapping, datagram);
        ASSERT_TRUE(sent_.empty());
        ASSERT_LE(delivered_.size(), 1U);
        clear();
    }
    EXPECT_EQ(relay().status().proven_peers, 1U);
    EXPECT_EQ(relay().status().unproven_peers, 0U);
}

TEST_F(RelayReceivingTest, Case9MakesNoDifferenceBetweenPacketsOfOnePair) {
    make_peer(teredo(), kMapping);
    for (const ByteVector& packet : alike(data(teredo(), kHost))) {
        receive(kMapping, packet);
        expect_delivered(packet);
    }
}

}  // namespace
}  // namespace miredo::teredo
