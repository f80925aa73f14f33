// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.4, Teredo relay operation, in both directions; RFC 5991 §3.2 takes the cone bit away.
#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"
#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::InternetOptions;
using sim::NatKind;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};

[[nodiscard]] Ipv6Address
peer_at(Endpoint mapped, Ipv4Address server = Internet::kServer, std::uint16_t flags = 0) {
    return wire::TeredoAddress{server, flags, mapped}.to_ipv6();
}

struct Rfc4380Section54 : testing::Test {
    explicit Rfc4380Section54(const InternetOptions& options = {}) : internet{options} {}

    Internet internet;
    [[nodiscard]] std::vector<Observation> sent() {
        return sent_by(internet.network(), internet.relay());
    }
    // Packets that the relay handed to the native network.
    [[nodiscard]] std::size_t forwarded() {
        const auto& all = internet.network().native_transmissions();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const sim::NativeTransmission& transmission) {
                return transmission.sender == &internet.relay();
            }));
    }
};

// §5.4.1, first contact: the packet waits; a bubble goes to the client's server, from a local IPv6
// address of the relay; the client answers directly; the packet follows.
TEST_F(Rfc4380Section54, AFirstPacketWaitsForTheClientsBubble) {
    conformance::shows("R4", "R8", "R18");
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    const Ipv6Address address = client.address().value();
    internet.native().ping(address, 1);
    internet.run_for(milliseconds{12});
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].kind, Kind::kBubble);
    EXPECT_EQ(sent()[0].to, kPrimary);
    EXPECT_EQ(sent()[0].teredo().packet.source(), wire::kClientLinkLocal);
    EXPECT_EQ(sent()[0].teredo().packet.destination(), address);

    internet.run_for(seconds{2});
    EXPECT_TRUE(internet.native().stack().reply_from(address, 1));
    const auto data = of_kind(sent(), Kind::kEchoRequest);
    ASSERT_EQ(data.size(), 1U);
    EXPECT_EQ(data[0].to, wire::TeredoAddress::parse(address)->mapped);
    // §5.4.2: bubbles end at the relay.
    for (const sim::NativeTransmission& transmission : internet.network().native_transmissions()) {
        EXPECT_FALSE(wire::Ipv6Packet::parse(transmission.bytes)->is_bubble());
    }
}

// "the packet should be forwarded ... to the mapped IPv4 address and mapped port of the entry".
TEST_F(Rfc4380Section54, LaterPacketsGoStraightToTheClient) {
    conformance::shows("R9");
    ClientHost& client = internet.add_client(NatKind::kSymmetric);
    ASSERT_TRUE(internet.run_until_qualified());
    const Ipv6Address address = client.address().value();
    internet.native().ping(address, 1);
    internet.run_for(seconds{5});
    const std::size_t before = sent().size();
    internet.native().ping(address, 2);
    internet.run_for(seconds{1});
    EXPECT_EQ(sent().size(), before + 1);
    EXPECT_TRUE(internet.native().stack().reply_from(address, 2));
}

TEST_F(Rfc4380Section54, WhatWaitedIsSentInItsOrder) {
    conformance::shows("R8");
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    for (std::uint16_t sequence = 1; sequence <= 5; ++sequence) {
        internet.native().ping(client.address().value(), sequence);
    }
    internet.run_for(seconds{2});
    std::vector<std::uint16_t> order;
    for (const Observation& observation : of_kind(sent(), Kind::kEchoRequest)) {
        order.push_back(wire::parse_echo(observation.teredo().packet).value().sequence);
    }
    EXPECT_EQ(order, (std::vector<std::uint16_t>{1, 2, 3, 4, 5}));
}

// RFC 5991 §3.2: the cone bit opens no door; no data before a bubble has come back.
TEST_F(Rfc4380Section54, TheConeBitIsIgnored) {
    conformance::shows("R3", "T-D5");
    internet.native().ping(peer_at(kMapping, Internet::kServer, wire::kConeFlag), 1);
    internet.run_for(minutes{1});
    EXPECT_FALSE(sent().empty());
    EXPECT_EQ(of_kind(sent(), Kind::kBubble).size(), sent().size());
}

// "out of 2 seconds, the Teredo relay may repeat the bubble, up to three times"; then what waited
// is deleted.
TEST_F(Rfc4380Section54, ASilentClientGetsFourBubbles) {
    conformance::shows("R5", "R6");
    internet.native().ping(peer_at(kMapping), 1);
    internet.run_for(milliseconds{10});  // the way to the relay
    const Instant start = internet.network().now();
    internet.run_for(minutes{1});
    EXPECT_EQ(times_since(to(sent(), kPrimary), start),
              (std::vector<Duration>{seconds{0}, seconds{2}, seconds{4}, seconds{6}}));
    EXPECT_EQ(internet.relay().role().status().queued_bytes, 0U);
    // The sender is told (RFC 4443 §3.1).
    EXPECT_EQ(internet.native().stack().unreachable_count(3), 1U);
}

// §5.2.6 for the relay: however long somebody goes on sending to nobody.
TEST_F(Rfc4380Section54, ASilentClientGetsNoMoreThanTheBudget) {
    conformance::shows("R6");
    for (int second = 0; second < 1200; ++second) {
        internet.native().ping(peer_at(kMapping), 1);
        internet.run_for(seconds{1});
    }
    const auto times = times_since(to(sent(), kPrimary), Instant{});
    EXPECT_GE(times.size(), 4 * kBubbleBudget);
    EXPECT_LE(densest(times, kBubbleBudgetWindow), kBubbleBudget);
    EXPECT_EQ(densest(times, kBubbleSpacing), 1U);
    EXPECT_EQ(sent().size(), times.size());
}

// "If the relay is behind a NAT": also a direct bubble.
struct RestrictedRelay : Rfc4380Section54 {
    RestrictedRelay() : Rfc4380Section54{{1, {}, teredo::RelayMode::kRestricted}} {}
};

TEST_F(RestrictedRelay, SendsADirectBubbleToo) {
    conformance::shows("R10");
    internet.native().ping(peer_at(kMapping), 1);
    internet.run_for(milliseconds{12});
    EXPECT_EQ(to(sent(), kPrimary).size(), 1U);
    const auto direct = to(sent(), kMapping);
    ASSERT_EQ(direct.size(), 1U);
    EXPECT_EQ(direct[0].kind, Kind::kBubble);
}

// §5.4.1: "MUST be a global unicast address"; and nothing that would come back to the relay itself.
TEST_F(Rfc4380Section54, UnusableDestinationsSendNothing) {
    conformance::shows("R2", "R19", "T-D2", "T-D3");
    for (const Ipv6Address& destination : {peer_at({Ipv4Address{10, 0, 0, 1}, 50000}),
                                           peer_at({Ipv4Address{127, 0, 0, 1}, 50000}),
                                           peer_at({Ipv4Address{224, 0, 0, 1}, 50000}),
                                           peer_at({Ipv4Address{255, 255, 255, 255}, 50000}),
                                           peer_at({kMapping.address, 0}),
                                           peer_at(kMapping, Ipv4Address{192, 168, 0, 1}),
                                           peer_at(Internet::kRelay)}) {
        internet.native().ping(destination, 1);
        internet.run_for(seconds{10});
        EXPECT_TRUE(sent().empty()) << destination.to_string();
    }
}

// Bubbles for unknown destinations are limited in all, so that a scan is no flood.
TEST_F(Rfc4380Section54, AScanMakesNoFlood) {
    conformance::shows("R20", "T-D1");
    constexpr std::uint32_t kSeconds = 5;
    for (std::uint32_t i = 0; i < kSeconds * 1000; ++i) {
        internet.native().ping(
            peer_at({Ipv4Address{(96U << 24U) + i}, 50000}, Ipv4Address{(97U << 24U) + i}), 1);
        internet.run_for(milliseconds{1});
    }
    EXPECT_LE(sent().size(), (kSeconds + 1) * kRelayBubblesPerSecond);
    EXPECT_GE(sent().size(), kRelayBubblesPerSecond);
}

// §5.4.2, reception: somebody plays clients that the relay has or has not talked to.
struct Rfc4380Section542 : Rfc4380Section54 {
    sim::PlainHost peer{internet.network()};

    void SetUp() override { internet.network().attach(peer, {kMapping.address}, sim::Link{}); }

    void make_known() {
        internet.native().ping(peer_at(kMapping), 1);
        internet.run_for(seconds{1});
        const auto bubble = wire::build_bubble(peer_at(kMapping), wire::kClientLinkLocal);
        peer.send(kMapping, Internet::kRelay, bubble.bytes());
        internet.run_for(seconds{1});
        ASSERT_EQ(internet.relay().role().status().proven_peers, 1U);
    }
    void send(Endpoint from, const Ipv6Address& source, const Ipv6Address& destination) {
        peer.send(from, Internet::kRelay, sim::make_echo_request(source, destination, 9));
        internet.run_for(seconds{1});
    }
};

TEST_F(Rfc4380Section542, AKnownClientIsForwarded) {
    conformance::shows("R15");
    make_known();
    send(kMapping, peer_at(kMapping), Internet::kNative);
    EXPECT_EQ(forwarded(), 1U);
    EXPECT_EQ(internet.native().stack().inbox().size(), 1U);
}

TEST_F(Rfc4380Section542, AnUnknownClientIsNot) {
    conformance::shows("R14");
    send(kMapping, peer_at(kMapping), Internet::kNative);
    EXPECT_EQ(forwarded(), 0U);
}

// "the mapped address and port in the source ... do not match": forged, or behind another NAT.
TEST_F(Rfc4380Section542, AnotherMappingIsNot) {
    conformance::shows("R13");
    make_known();
    send({kMapping.address, 50001}, peer_at(kMapping), Internet::kNative);
    EXPECT_EQ(forwarded(), 0U);
}

TEST_F(Rfc4380Section542, ASourceThatIsNotTeredoIsNot) {
    conformance::shows("R12");
    make_known();
    send(kMapping, {0x2a00000200000000U, 1}, Internet::kNative);
    send(kMapping, {0xfe80000000000000U, 1}, Internet::kNative);
    EXPECT_EQ(forwarded(), 0U);
}

TEST_F(Rfc4380Section542, WhatIsNotServedIsNot) {
    conformance::shows("R17", "T-B1");
    make_known();
    for (const Ipv6Address& destination : {peer_at({Ipv4Address{96, 2, 0, 1}, 50000}),
                                           Ipv6Address{0xfe80000000000000U, 1},
                                           Ipv6Address{0xff02000000000000U, 1},
                                           Ipv6Address{0, 1},
                                           Ipv6Address{0xfd00000000000000U, 1},
                                           Ipv6Address{0x20025e0100010000U, 1}}) {
        send(kMapping, peer_at(kMapping), destination);
        EXPECT_EQ(forwarded(), 0U) << destination.to_string();
    }
}

TEST_F(Rfc4380Section542, MalformedPacketsAreNot) {
    conformance::shows("R11", "T-B7");
    make_known();
    const sim::Packet good = sim::make_echo_request(peer_at(kMapping), Internet::kNative, 9);
    for (std::size_t size = 0; size < good.size(); ++size) {
        peer.send(kMapping, Internet::kRelay, Bytes{good}.first(size));
    }
    internet.run_for(seconds{1});
    EXPECT_EQ(forwarded(), 0U);
    EXPECT_EQ(internet.relay().role().counters().drops(teredo::DropReason::kTooShort), 40U);
}

}  // namespace
}  // namespace miredo::scenario
