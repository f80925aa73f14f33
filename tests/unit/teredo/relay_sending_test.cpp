// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// From IPv6 to Teredo (RFC 4380 §5.4.1): a test for each row of the table and each bound.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "unit/teredo/relay_fixture.hpp"

namespace miredo::teredo {
namespace {

using wire::UnreachableCode;

class RelaySendingTest : public RelayTest {};

TEST_F(RelaySendingTest, NotIpv6IsDropped) {
    send(from_hex("4500"));
    expect_silent_drop(DropReason::kNotIpv6, 1);
    ByteVector truncated = data(kHost, teredo());
    truncated.pop_back();
    send(truncated);
    expect_silent_drop(DropReason::kNotIpv6, 2);
}

// Row 0a, R1
TEST_F(RelaySendingTest, Row0aNativeDestinationIsRefused) {
    conformance::shows("R1");
    send(data(kHost, address("2600::2")));
    EXPECT_EQ(drops(DropReason::kNotTeredoDestination), 1U);
    expect_unreachable(UnreachableCode::kAddressUnreachable);
    // RFC 4443 §2.4 (e): nobody is told about a multicast.
    send(data(kHost, address("ff02::1")));
    expect_silent_drop(DropReason::kNotTeredoDestination, 2);
}

// Row 0b, R2, D2
TEST_F(RelaySendingTest, Row0bUnusableMappedAddressIsDropped) {
    conformance::shows("R2", "T-D2");
    std::uint64_t count = 0;
    for (const std::string_view text : {"0.1.2.3",
                                        "10.0.0.1",
                                        "100.64.0.1",
                                        "127.0.0.1",
                                        "169.254.1.1",
                                        "172.16.0.1",
                                        "192.0.0.1",
                                        "192.0.2.1",
                                        "192.88.99.1",
                                        "192.168.0.1",
                                        "198.18.0.1",
                                        "224.0.0.1",
                                        "240.0.0.1",
                                        "255.255.255.255"}) {
        send(data(kHost, teredo({Ipv4Address::parse(text).value(), 5000})));
        expect_silent_drop(DropReason::kMappedAddressUnusable, ++count);
    }
    EXPECT_FALSE(relay().next_deadline());
}

TEST_F(RelaySendingTest, Row0bDirectedBroadcastIsDropped) {
    conformance::shows("W29", "T-D2");
    RelaySettings settings = default_settings();
    settings.surroundings.filter = wire::Ipv4Filter{false, {Ipv4Address{15, 0, 0, 255}}};
    use(settings);
    send(data(kHost, teredo({Ipv4Address{15, 0, 0, 255}, 5000})));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

// Row 0c, D3
TEST_F(RelaySendingTest, Row0cUnusableServerIsDropped) {
    conformance::shows("T-D3");
    send(data(kHost, teredo(kMapping, Ipv4Address{10, 0, 0, 1})));
    expect_silent_drop(DropReason::kServerAddressUnusable, 1);
    send(data(kHost, teredo(kMapping, Ipv4Address{})));
    expect_silent_drop(DropReason::kServerAddressUnusable, 2);
}

TEST_F(RelaySendingTest, Row0cPortZeroIsDropped) {
    send(data(kHost, teredo({kMapping.address, 0})));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

// Row 0c, R19, T2: our own sockets, on each of our addresses.
TEST_F(RelaySendingTest, Row0cOwnEmbeddingDestinationIsDropped) {
    conformance::shows("R19");
    send(data(kHost, teredo(kOwn)));
    expect_silent_drop(DropReason::kOwnMapping, 1);
    send(data(kHost, teredo({Ipv4Address{15, 0, 0, 2}, kOwn.port})));
    expect_silent_drop(DropReason::kOwnMapping, 2);
    send(data(kHost, teredo({kOwn.address, wire::kTeredoPort})));
    expect_silent_drop(DropReason::kOwnMapping, 3);
}

// Row 0d, and D6: our own IPv4 address in another tunnel's form.
TEST_F(RelaySendingTest, Row0dUnusableSourceIsDropped) {
    conformance::shows("T-D6");
    std::uint64_t count = 0;
    for (const std::string_view source : {"ff02::1",
                                          "fe80::1",
                                          "::",
                                          "::1",
                                          "::ffff:8.8.8.8",
                                          "2001:0:e00:1::1",
                                          "2002:f00:1::1",
                                          "2600::200:5efe:f00:1"}) {
        send(data(address(source), teredo()));
        expect_silent_drop(DropReason::kSourceUnusable, ++count);
    }
}

// Row 0e is the kernel's; what a hop limit is at this point does not matter any more.
TEST_F(RelaySendingTest, Row0eHopLimitIsUntouched) {
    make_peer(teredo(), kMapping);
    ByteVector packet = data(kHost, teredo());
    packet[7] = std::byte{1};
    send(packet);
    expect_sent(kMapping, packet);
}

// T14
TEST_F(RelaySendingTest, SourceRoutedPacketIsDropped) {
    send(ipv6_packet(kHost,
                     teredo(),
                     wire::kRouting,
                     from_hex("3b02000100000000"
                              "26000000000000000000000000000009")));
    expect_silent_drop(DropReason::kType0Routing);
}

// Row 1, R9
TEST_F(RelaySendingTest, Row1TrustedAndValidPeerGetsDataAtOnce) {
    conformance::shows("R9");
    make_peer(teredo(), kMapping);
    for (int i = 0; i < 20; ++i) {
        const ByteVector packet = data(kHost, teredo(), static_cast<std::uint8_t>(i), 1200);
        send(packet);
        expect_sent(kMapping, packet);
        advance(milliseconds{1499});
    }
    EXPECT_EQ(relay().status().proven_peers, 1U);
}

// Row 1: 30 s without hearing from it, and it has to prove itself again.
TEST_F(RelaySendingTest, Row1EndsAfterThirtySecondsOfSilence) {
    make_peer(teredo(), kMapping);
    advance(seconds{30});
    const ByteVector packet = data(kHost, teredo());
    send(packet);
    ASSERT_EQ(sent_.size(), 1U);
    expect_indirect_bubble(0);
    clear();
    receive(kMapping, bubble(teredo(), wire::kClientLinkLocal));
    expect_sent(kMapping, packet);
}

// Row 2, R3, D5: RFC 5991 §3.2.
TEST_F(RelaySendingTest, Row2ConeBitIsIgnored) {
    conformance::shows("R3", "T-D5");
    const Ipv6Address cone = teredo(kMapping, kPeerServer, wire::kConeFlag);
    send(data(kHost, cone));
    ASSERT_EQ(sent_.size(), 1U);
    expect_indirect_bubble(0, cone);
}

// Row 3, R4
TEST_F(RelaySendingTest, Row3UnknownPeerGetsAnIndirectBubble) {
    conformance::shows("R4");
    send(data(kHost, teredo()));
    ASSERT_EQ(sent_.size(), 1U);
    expect_indirect_bubble(0);
    EXPECT_EQ(counters().bubbles_sent, 1U);
    EXPECT_EQ(relay().status().unproven_peers, 1U);
    EXPECT_GT(relay().status().queued_bytes, 0U);
}

TEST_F(RelaySendingTest, Row3BubbleSourceIsTheConfiguredOne) {
    RelaySettings settings = default_settings();
    settings.bubble_source = relay_source_ = kOwnIpv6;
    use(settings);
    send(data(kHost, teredo()));
    expect_indirect_bubble(0);
}

// Row 3, R10
TEST_F(RelaySendingTest, Row3BehindANatAlsoADirectBubble) {
    conformance::shows("R10", "E3");
    for (const RelayMode mode : {RelayMode::kRestricted, RelayMode::kHostSpecific}) {
        use(default_settings(mode));
        send(data(kOwnIpv6, teredo()));
        ASSERT_EQ(sent_.size(), 2U);
        EXPECT_EQ(sent_[0].to, kMapping);
        // E3: no nonce before one was received.
        EXPECT_EQ(sent_[0].bytes, bubble(relay_source_, teredo()));
        expect_indirect_bubble(1);
        clear();
        advance(seconds{30});
        clear();
    }
}

// Row 3, R5: after 2, 4 and 6 seconds; a fresh nonce each time (E1), the second with the cookie.
TEST_F(RelaySendingTest, Row3RepeatsThreeTimes) {
    conformance::shows("R5", "E1");
    const Instant start = now_;
    send(data(kHost, teredo()));
    advance(seconds{60});
    ASSERT_EQ(sent_.size(), 4U);
    std::set<std::uint32_t> nonces;
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(sent_[i].at - start, seconds{2} * static_cast<int>(i));
        nonces.insert(i == 1 ? expect_cookie_bubble(i) : expect_indirect_bubble(i));
    }
    EXPECT_EQ(nonces.size(), 4U);
    EXPECT_EQ(relay().next_deadline(), start + kPeerLifetime) << "the attempt is over";
}

// Row 3, R6: no answer. The queue goes, its sender hears of it, and the budget is remembered.
TEST_F(RelaySendingTest, Row3GivesUp) {
    conformance::shows("R6");
    send(data(kHost, teredo()));
    advance(milliseconds{7999});
    EXPECT_TRUE(delivered_.empty());
    clear();
    advance(milliseconds{1});
    EXPECT_EQ(drops(DropReason::kPeerUnreachable), 1U);
    expect_unreachable(UnreachableCode::kAddressUnreachable);
    EXPECT_EQ(relay().status().queued_bytes, 0U);
    // R6: within 300 s of the first bubble there is no other.
    advance(seconds{291});
    send(data(kHost, teredo()));
    EXPECT_EQ(drops(DropReason::kAttemptBudget), 1U);
    expect_unreachable(UnreachableCode::kAddressUnreachable);
    advance(seconds{1});
    send(data(kHost, teredo()));
    ASSERT_EQ(sent_.size(), 1U);
    expect_indirect_bubble(0);
}

// R6: a peer that answers has its whole budget again.
TEST_F(RelaySendingTest, Row3AnswerRefillsTheBudget) {
    for (int i = 0; i < 8; ++i) {
        send(data(kHost, teredo()));
        advance(seconds{4});
        receive(kMapping, bubble(teredo(), wire::kClientLinkLocal));
        advance(seconds{31});
    }
    EXPECT_EQ(drops(DropReason::kAttemptBudget), 0U);
    EXPECT_EQ(drops(DropReason::kPeerUnreachable), 0U);
}

// R7
TEST_F(RelaySendingTest, QueueIsBounded) {
    conformance::shows("R7");
    for (std::uint32_t i = 0; i < 20; ++i) {
        send(data(kHost, teredo()));
    }
    EXPECT_EQ(sent_.size(), 1U) << "one bubble for all of them";
    EXPECT_EQ(drops(DropReason::kQueueFull), 20U - kQueuePackets);
    use(default_settings());
    for (std::uint32_t i = 0; i < 20; ++i) {
        send(data(kHost, teredo(), 0, 1240));
    }
    EXPECT_LE(relay().status().queued_bytes, kQueueBytes);
}

// R8
TEST_F(RelaySendingTest, QueueIsFlushedInOrder) {
    conformance::shows("R8");
    for (std::uint8_t i = 0; i < 5; ++i) {
        send(data(kHost, teredo(), i));
    }
    clear();
    advance(milliseconds{100});
    receive(kMapping, bubble(teredo(), wire::kClientLinkLocal));
    ASSERT_EQ(sent_.size(), 5U);
    for (std::uint8_t i = 0; i < 5; ++i) {
        EXPECT_EQ(sent_[i].to, kMapping);
        EXPECT_EQ(sent_[i].bytes, data(kHost, teredo(), i));
    }
    EXPECT_EQ(counters().consumed, 1U);
    EXPECT_EQ(counters().forwarded_to_udp, 5U);
    EXPECT_EQ(relay().next_deadline(), now_ + kPeerLifetime) << "the attempt is over";
}

// New settings hold for peers that there are, too.
TEST_F(RelaySendingTest, ForgetsPeersThatMayNotBeSentToAnyMore) {
    RelaySettings settings = default_settings();
    make_peer(teredo(), kMapping);
    send(data(kHost, teredo(kOtherMapping)));
    clear();
    settings.surroundings.filter = wire::Ipv4Filter{false, {kMapping.address}};
    relay().apply(now_, settings, output_);
    EXPECT_EQ(drops(DropReason::kMappedAddressUnusable), 1U) << "what waited";
    EXPECT_EQ(relay().status().proven_peers + relay().status().unproven_peers, 0U);
    advance(seconds{10});
    EXPECT_TRUE(sent_.empty()) << "no bubble is repeated";
    send(data(kHost, teredo()));
    EXPECT_TRUE(sent_.empty());
}

// D1, R20: 200 bubbles a second in all, whichever way they go.
TEST_F(RelaySendingTest, BubblesInAllAreLimited) {
    conformance::shows("R20", "T-D1", "T-D7");
    for (const RelayMode mode : {RelayMode::kCone, RelayMode::kRestricted}) {
        RelaySettings settings = default_settings(mode);
        settings.max_peers = 65536;
        use(settings);
        clear();
        for (std::uint32_t i = 0; i < 5000; ++i) {
            const Ipv6Address source{0x2600000000000000U + (std::uint64_t{i} << 16U), 1};
            send(data(source, teredo({Ipv4Address{0x0D000000U + i * 7}, 5000})));
        }
        EXPECT_EQ(sent_.size(), kRelayBubbleRate);
        EXPECT_GT(drops(DropReason::kRateLimited), 4000U);
        // Repeats are among the 200.
        clear();
        advance(seconds{10});
        EXPECT_LE(sent_.size(), 10 * kRelayBubbleRate);
        // D7
        EXPECT_LE(counters().errors_sent, 11 * kErrorRate + kErrorBurst);
    }
}

TEST_F(RelaySendingTest, LimitOfBubblesIsASetting) {
    const auto bubbles_to_new_peers = [&](std::uint32_t first) {
        clear();
        for (std::uint32_t i = first; i < first + 2000; ++i) {
            const Ipv6Address source{0x2600000000000000U + (std::uint64_t{i} << 16U), 1};
            send(data(source, teredo({Ipv4Address{0x0D000000U + i * 7}, 5000})));
        }
        return sent_.size();
    };
    RelaySettings settings = default_settings(RelayMode::kCone);
    settings.max_peers = 65536;
    settings.bubbles_per_second = 1000;
    use(settings);
    EXPECT_EQ(bubbles_to_new_peers(0), 1000U);
    // Changed in place: nobody is forgotten.
    settings.bubbles_per_second = 20;
    relay().apply(now_, settings, output_);
    EXPECT_EQ(bubbles_to_new_peers(2000), 20U);
    EXPECT_EQ(relay().status().unproven_peers, 1020U);
}

// As one would send: each relay of four on this host a quarter.
TEST_F(RelaySendingTest, ShardsShareTheLimits) {
    RelaySettings settings = default_settings(RelayMode::kCone);
    settings.max_peers = 65536;
    settings.shards = 4;
    use(settings);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const Ipv6Address source{0x2600000000000000U + (std::uint64_t{i} << 16U), 1};
        send(data(source, teredo({Ipv4Address{0x0D000000U + i * 7}, 5000})));
    }
    EXPECT_EQ(sent_.size(), kRelayBubbleRate / 4);
    clear();
    for (std::uint32_t i = 0; i < 100; ++i) {
        send(data(kHost, teredo({Ipv4Address{0x0E000000U}, static_cast<std::uint16_t>(5000 + i)})));
        advance(milliseconds{1});
    }
    EXPECT_LE(sent_.size(), (kRelayTargetBurst + 3) / 4 + 1);
}

// D1: one source's scan leaves room for others.
TEST_F(RelaySendingTest, OneSourcesScanLeavesRoomForOthers) {
    conformance::shows("T-D1");
    RelaySettings settings = default_settings();
    settings.max_peers = 65536;
    use(settings);
    for (std::uint32_t i = 0; i < 2000; ++i) {
        const Ipv6Address source{0x2600000000000000U + i % 7, i};
        send(data(source, teredo({Ipv4Address{0x0D000000U + i * 7}, 5000})));
    }
    EXPECT_EQ(sent_.size(), kRelaySourceBurst);
    clear();
    send(data(address("2a00::1"), teredo()));
    EXPECT_EQ(sent_.size(), 1U);
}

// R20, T8: one IPv4 address under many Teredo addresses.
TEST_F(RelaySendingTest, BubblesForOneMappedAddressAreLimited) {
    conformance::shows("R20", "T-D1");
    RelaySettings settings = default_settings();
    settings.max_peers = 65536;
    use(settings);
    for (std::uint32_t i = 0; i < 2000; ++i) {
        const Ipv6Address source{0x2600000000000000U + (std::uint64_t{i} << 16U), 1};
        send(
            data(source,
                 teredo({kMapping.address, static_cast<std::uint16_t>(1024 + i)}, kPeerServer, 0)));
    }
    EXPECT_EQ(sent_.size(), kRelayTargetBurst);
}

// A destination whose budget is used up costs nobody else anything.
TEST_F(RelaySendingTest, ExhaustedDestinationDrainsNoLimit) {
    send(data(kHost, teredo()));
    advance(seconds{20});
    for (int i = 0; i < 10'000; ++i) {
        send(data(kHost, teredo()));
    }
    EXPECT_EQ(drops(DropReason::kAttemptBudget), 10'000U);
    EXPECT_EQ(drops(DropReason::kRateLimited), 0U);
    clear();
    send(data(kHost, teredo(kOtherMapping)));
    ASSERT_EQ(sent_.size(), 1U);
    expect_indirect_bubble(0, teredo(kOtherMapping));
}

// R21: strangers take each other's place, not that of friends, and never more than there is.
TEST_F(RelaySendingTest, PeerTableIsBounded) {
    conformance::shows("R21", "T-D1");
    make_peer(teredo(), kMapping);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const Ipv6Address source{0x2600000000000000U + (std::uint64_t{i} << 16U), 1};
        send(data(source, teredo({Ipv4Address{0x0E100000U + i}, 5000})));
        advance(milliseconds{5});
        ASSERT_LE(relay().status().proven_peers + relay().status().unproven_peers, 64U);
    }
    EXPECT_EQ(relay().status().proven_peers, 1U);
    EXPECT_GT(drops(DropReason::kPeerEvicted), 0U);
    clear();
    const ByteVector packet = data(kHost, teredo());
    send(packet);
    EXPECT_EQ(sent_.back().to, kMapping) << "the friend is still one";
}

// Somebody who was never asked is not somebody we have talked to (R14).
TEST_F(RelaySendingTest, RateLimitedDestinationLeavesNoPeer) {
    RelaySettings settings = default_settings();
    settings.max_peers = 65536;
    use(settings);
    for (std::uint32_t i = 0; i < 300; ++i) {
        const Ipv6Address source{0x2600000000000000U + (std::uint64_t{i} << 16U), 1};
        send(data(source, teredo({Ipv4Address{0x0D000000U + i * 7}, 5000})));
    }
    EXPECT_EQ(relay().status().unproven_peers, kRelayBubbleRate);
    const Endpoint last{Ipv4Address{0x0D000000U + 299 * 7}, 5000};
    receive(last, bubble(teredo(last), wire::kClientLinkLocal));
    EXPECT_EQ(drops(DropReason::kUnknownPeer), 1U);
}

// R22: packets of this host's own addresses, and of nobody else.
TEST_F(RelaySendingTest, HostSpecificServesOwnAddressesOnly) {
    conformance::shows("R22");
    use(default_settings(RelayMode::kHostSpecific));
    send(data(kHost, teredo()));
    EXPECT_EQ(drops(DropReason::kSourceNotOwn), 1U);
    expect_unreachable(UnreachableCode::kAdministrativelyProhibited);
    send(data(kOwnIpv6, teredo()));
    EXPECT_EQ(sent_.size(), 2U);
}

// Another prefix makes other peers; another mode does not.
TEST_F(RelaySendingTest, ApplyKeepsPeersUnlessThePrefixChanges) {
    make_peer(teredo(), kMapping);
    RelaySettings settings = default_settings(RelayMode::kRestricted);
    settings.surroundings.own_ports.push_back(1);
    relay().apply(now_, settings, output_);
    const ByteVector packet = data(kHost, teredo());
    send(packet);
    expect_sent(kMapping, packet);
    send(data(kHost, teredo(kOtherMapping)));
    EXPECT_EQ(sent_.size(), 2U) << "behind a NAT now";
    clear();
    settings.prefix = Ipv6Prefix{Ipv6Address{0x3ffe831f00000000U, 0}, 32};
    relay().apply(now_, settings, output_);
    EXPECT_EQ(relay().status().proven_peers + relay().status().unproven_peers, 0U);
    EXPECT_EQ(drops(DropReason::kAddressChanged), 1U);
    send(data(kHost, teredo()));
    EXPECT_EQ(drops(DropReason::kNotTeredoDestination), 1U);
    clear();
    const Ipv6Address old = wire::TeredoAddress{kPeerServer, 0, kMapping}.to_ipv6(settings.prefix);
    send(data(kHost, old));
    ASSERT_EQ(sent_.size(), 2U);
    expect_indirect_bubble(1, old);
}

TEST_F(RelaySendingTest, ApplyTakesAnotherTableSize) {
    send(data(kHost, teredo()));
    RelaySettings settings = default_settings();
    settings.max_peers = 8;
    relay().apply(now_, settings, output_);
    EXPECT_EQ(relay().status().unproven_peers, 0U);
    EXPECT_EQ(drops(DropReason::kPeerEvicted), 1U);
    EXPECT_FALSE(relay().next_deadline());
}

// S18 of the invariants: equal settings are no change.
TEST_F(RelaySendingTest, EqualSettingsDoNothing) {
    make_peer(teredo(), kMapping);
    relay().apply(now_, default_settings(), output_);
    collect();
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(relay().status().proven_peers, 1U);
}

// R23: a relay says nothing by itself.
TEST_F(RelaySendingTest, IdleRelayIsSilent) {
    conformance::shows("R23");
    EXPECT_FALSE(relay().next_deadline());
    relay().handle_timeout(now_ + std::chrono::hours{1}, output_);
    collect();
    EXPECT_TRUE(is_silent());
}

TEST_F(RelaySendingTest, Row1MakesNoDifferenceBetweenPacketsOfOnePair) {
    make_peer(teredo(), kMapping);
    for (const ByteVector& packet : alike(data(kHost, teredo()))) {
        send(packet);
        expect_sent(kMapping, packet);
    }
}

}  // namespace
}  // namespace miredo::teredo
