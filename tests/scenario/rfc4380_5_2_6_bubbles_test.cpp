// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.2.6, Sending Teredo bubbles: when, how many, and to whom; RFC 6081 §5.2 adds the
// Nonce trailer. All of it as an observer of the wire counts it.
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Ipv4Address kOtherServer{97, 1, 0, 1};
constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};

[[nodiscard]] Ipv6Address peer_at(Endpoint mapped) {
    return wire::TeredoAddress{kOtherServer, 0, mapped}.to_ipv6();
}

struct Rfc4380Section526 : testing::Test {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    Instant start;

    void SetUp() override {
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});
        start = internet.network().now();
    }
    [[nodiscard]] std::vector<Observation> bubbles() {
        return of_kind(sent_by(internet.network(), client, start), Kind::kBubble);
    }
};

// §2.8: an IPv6 header and nothing else, "no next header".
TEST_F(Rfc4380Section526, ABubbleIsFortyBytes) {
    conformance::shows("C4");
    client.ping(peer_at(kMapping), 1);
    const auto direct = to(bubbles(), kMapping);
    ASSERT_EQ(direct.size(), 1U);
    EXPECT_EQ(direct[0].bytes.size(), wire::kIpv6HeaderSize);
    EXPECT_EQ(direct[0].teredo().packet.next_header(), wire::kNoNextHeader);
    EXPECT_EQ(direct[0].teredo().packet.source(), client.address());
}

// "the bubble is sent to the Teredo server of the target": the one in the address, not our own.
TEST_F(Rfc4380Section526, AnIndirectBubbleGoesToTheServerOfThePeer) {
    conformance::shows("C2");
    client.ping(peer_at(kMapping), 1);
    EXPECT_EQ(to(bubbles(), {kOtherServer, wire::kTeredoPort}).size(), 1U);
    EXPECT_TRUE(to(bubbles(), kPrimary).empty());
}

// "MUST NOT be sent ... less than two seconds ago": a burst makes one pair.
TEST_F(Rfc4380Section526, ABurstOfPacketsMakesOnePair) {
    conformance::shows("C5");
    for (std::uint16_t sequence = 1; sequence <= 10; ++sequence) {
        client.ping(peer_at(kMapping), sequence);
        internet.run_for(milliseconds{100});
    }
    EXPECT_EQ(bubbles().size(), 2U);
}

// §5.2.4: "if no response is received after 2 seconds, ... repeated, up to three times".
TEST_F(Rfc4380Section526, APairIsRepeatedThreeTimesAtTwoSeconds) {
    conformance::shows("C7");
    client.ping(peer_at(kMapping), 1);
    internet.run_for(minutes{1});
    const std::vector<Duration> expected{seconds{0}, seconds{2}, seconds{4}, seconds{6}};
    EXPECT_EQ(times_since(to(bubbles(), kMapping), start), expected);
    EXPECT_EQ(times_since(to(bubbles(), {kOtherServer, wire::kTeredoPort}), start), expected);
}

// "MUST NOT ... if four bubbles were sent in the last 300 seconds without a direct response".
TEST_F(Rfc4380Section526, ASilentPeerGetsFourInThreeHundredSeconds) {
    conformance::shows("C6");
    for (int second = 0; second < 1800; ++second) {
        client.ping(peer_at(kMapping), 1);
        internet.run_for(seconds{1});
    }
    const auto times = times_since(to(bubbles(), kMapping), start);
    EXPECT_GE(times.size(), 4U * 5U);  // not given up for good either
    EXPECT_LE(densest(times, kBubbleBudgetWindow), kBubbleBudget);
    EXPECT_EQ(densest(times, kBubbleSpacing), 1U);
    EXPECT_EQ(to(bubbles(), {kOtherServer, wire::kTeredoPort}).size(), times.size());
}

// "MUST NOT be sent ... less than two seconds ago" counts data, too: a peer that falls silent in
// the middle of a stream gets its bubble when two seconds have passed, and in the stream's pauses
// none.
TEST_F(Rfc4380Section526, ABubbleKeepsItsDistanceFromData) {
    conformance::shows("C5");
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    const Ipv6Address address = peer.address().value();
    const Endpoint mapped = wire::TeredoAddress::parse(address)->mapped;
    client.ping(address, 1);
    internet.run_for(seconds{5});
    start = internet.network().now();
    internet.network().set_connected(peer, false);
    for (int i = 0; i < 400; ++i) {
        client.ping(address, 2);
        internet.run_for(milliseconds{100});
    }
    const auto all = to(sent_by(internet.network(), client, start), mapped);
    EXPECT_GT(of_kind(all, Kind::kEchoRequest).size(), 200U);
    EXPECT_FALSE(of_kind(all, Kind::kBubble).empty());
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (all[i].kind == Kind::kBubble) {
            EXPECT_GE(all[i].at - all[i - 1].at, kBubbleSpacing);
        }
    }
}

// Many silent peers: the budget is each one's own.
TEST_F(Rfc4380Section526, TheBudgetIsPerPeer) {
    for (int second = 0; second < 60; ++second) {
        for (std::uint16_t port = 1; port <= 20; ++port) {
            client.ping(peer_at({kMapping.address, port}), 1);
        }
        internet.run_for(seconds{1});
    }
    for (std::uint16_t port = 1; port <= 20; ++port) {
        EXPECT_EQ(to(bubbles(), {kMapping.address, port}).size(), kBubbleBudget);
    }
}

// "A direct response resets the count": a peer that answers can be asked again and again.
TEST_F(Rfc4380Section526, ADirectResponseResetsTheBudget) {
    conformance::shows("C8");
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    for (std::uint16_t sequence = 1; sequence <= 8; ++sequence) {
        client.ping(peer.address().value(), sequence);
        internet.run_for(seconds{2});
        EXPECT_TRUE(client.stack().reply_from(peer.address().value(), sequence));
        internet.run_for(seconds{33});
    }
}

// RFC 6081 §5.2.4.1: a fresh nonce in each indirect bubble; §5.2.4.2: none in a direct one before
// an indirect one with a nonce was received.
TEST_F(Rfc4380Section526, IndirectBubblesCarryAFreshNonceAndDirectOnesNoneYet) {
    conformance::shows("E1", "E3");
    client.ping(peer_at(kMapping), 1);
    internet.run_for(minutes{1});
    std::set<std::uint32_t> nonces;
    for (const Observation& bubble : to(bubbles(), {kOtherServer, wire::kTeredoPort})) {
        ASSERT_TRUE(bubble.trailers().nonce.has_value());
        nonces.insert(*bubble.trailers().nonce);
    }
    EXPECT_EQ(nonces.size(), 4U);
    for (const Observation& bubble : to(bubbles(), kMapping)) {
        EXPECT_FALSE(bubble.trailers().nonce.has_value());
    }
}

// Somebody plays the server: bubbles that were sent to the client indirectly.
struct IndirectBubbles : testing::Test {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    sim::PlainHost forger{internet.network()};
    Instant start;

    void SetUp() override {
        internet.network().attach(forger, {Ipv4Address{98, 1, 0, 1}}, sim::Link{});
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});
        start = internet.network().now();
    }
    void forward_bubble(Endpoint peer, std::optional<std::uint32_t> nonce = std::nullopt) {
        sim::Packet datagram(wire::kOriginSize);
        wire::write_origin(datagram, peer);
        const auto bubble = wire::build_bubble(peer_at(peer), client.address().value(), nonce);
        datagram.insert(datagram.end(), bubble.bytes().begin(), bubble.bytes().end());
        forger.send(kPrimary, client.sockets().primary, datagram);
    }
    [[nodiscard]] std::vector<Observation> bubbles() {
        return of_kind(sent_by(internet.network(), client, start), Kind::kBubble);
    }
};

// §5.2.3: the answer is a direct bubble to the mapped address of the sender; RFC 6081 §5.2.4.2:
// with the nonce that came.
TEST_F(IndirectBubbles, AreAnsweredByADirectOneWithTheirNonce) {
    conformance::shows("C31", "E2");
    forward_bubble(kMapping, 0x12345678U);
    internet.run_for(seconds{1});
    const auto answers = to(bubbles(), kMapping);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].teredo().packet.source(), client.address());
    EXPECT_EQ(answers[0].teredo().packet.destination(), peer_at(kMapping));
    EXPECT_EQ(answers[0].trailers().nonce, 0x12345678U);
    EXPECT_TRUE(client.stack().inbox().empty());
}

// RFC 6081 §5.2.4.3: one without a nonce forgets the nonce before it.
TEST_F(IndirectBubbles, WithoutANonceClearTheOneBefore) {
    conformance::shows("E4");
    forward_bubble(kMapping, 0x12345678U);
    internet.run_for(seconds{3});
    forward_bubble(kMapping);
    internet.run_for(seconds{1});
    const auto answers = to(bubbles(), kMapping);
    ASSERT_GE(answers.size(), 2U);
    EXPECT_EQ(answers.back().trailers().nonce, std::nullopt);
}

// Answers have limits of their own: for one peer one per 500 ms, three at once.
TEST_F(IndirectBubbles, AreAnsweredWithinTheLimitOfOnePeer) {
    conformance::shows("C35", "T-A6");
    constexpr int kSeconds = 5;
    for (int i = 0; i < kSeconds * 1000; ++i) {
        forward_bubble(kMapping);
        internet.run_for(milliseconds{1});
    }
    const auto most =
        static_cast<std::size_t>(Duration{seconds{kSeconds}} / kAnswerInterval) + kAnswerBurst;
    const std::size_t answers = to(bubbles(), kMapping).size();
    EXPECT_LE(answers, most);
    EXPECT_GE(answers, most / 2);
}

// … for one IPv4 address the same, whatever the ports.
TEST_F(IndirectBubbles, AreAnsweredWithinTheLimitOfOneAddress) {
    conformance::shows("C35", "T-A6");
    for (std::uint16_t port = 1; port <= 5000; ++port) {
        forward_bubble({kMapping.address, port});
        internet.run_for(milliseconds{1});
    }
    std::size_t answers = 0;
    for (const Observation& bubble : bubbles()) {
        answers += bubble.to.address == kMapping.address ? 1 : 0;
    }
    EXPECT_LE(answers, 10U + kAnswerBurst);
    EXPECT_GE(answers, kAnswerBurst);
}

// … and for all of them together.
TEST_F(IndirectBubbles, AreAnsweredWithinTheLimitInAll) {
    conformance::shows("C35", "T-A6");
    constexpr std::uint32_t kSeconds = 5;
    for (std::uint32_t i = 0; i < kSeconds * 1000; ++i) {
        forward_bubble({Ipv4Address{(96U << 24U) + i}, 50000});
        internet.run_for(milliseconds{1});
    }
    std::size_t answers = 0;
    for (const Observation& bubble : bubbles()) {
        answers += bubble.to.port == 50000 ? 1 : 0;
    }
    EXPECT_LE(answers, kSeconds * kAnswersPerSecond + kAnswerBurstInAll);
    EXPECT_GE(answers, kAnswerBurstInAll);
}

// A forged origin or source must not turn the client into somebody else's cannon, or on itself.
TEST_F(IndirectBubbles, ToWhereNobodyMaySendAreNotAnswered) {
    conformance::shows("C34", "T-A6");
    for (const Endpoint target : {Endpoint{Ipv4Address{10, 0, 0, 1}, 50000},
                                  Endpoint{Ipv4Address{127, 0, 0, 1}, 50000},
                                  Endpoint{Ipv4Address{255, 255, 255, 255}, 50000},
                                  Endpoint{kMapping.address, 0},
                                  client.sockets().primary}) {
        forward_bubble(target);
        internet.run_for(seconds{1});
    }
    EXPECT_TRUE(bubbles().empty());
}

}  // namespace
}  // namespace miredo::scenario
