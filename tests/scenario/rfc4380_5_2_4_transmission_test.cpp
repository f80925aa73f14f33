// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.2.4, Packet transmission: what a client does with a packet of its host, case by case.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/names.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"
#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};
constexpr std::uint8_t kAddressUnreachable = 3;

struct Rfc4380Section524 : testing::Test {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    Instant start;

    void SetUp() override {
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});  // the secondary has answered
        start = internet.network().now();
    }
    [[nodiscard]] std::vector<Observation> sent() {
        return sent_by(internet.network(), client, start);
    }
    // What was sent but for refreshing the mapping.
    [[nodiscard]] std::size_t sent_for_host() {
        return sent().size() - of_kind(sent(), Kind::kSolicitation).size();
    }
    // A Teredo address whose owner, if there is one, says nothing.
    [[nodiscard]] static Ipv6Address silent_peer(Endpoint mapped = kMapping,
                                                 Ipv4Address server = Internet::kServer,
                                                 std::uint16_t flags = 0) {
        return wire::TeredoAddress{server, flags, mapped}.to_ipv6();
    }
};

// Case 1: "the packet is sent directly to the mapped IPv4 address and mapped port of the entry".
TEST_F(Rfc4380Section524, Case1SendsStraightToAKnownPeer) {
    conformance::shows("C13", "W33");
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(peer.address().value(), 1);
    internet.run_for(seconds{5});
    start = internet.network().now();
    client.ping(peer.address().value(), 2);
    internet.run_for(milliseconds{100});
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].kind, Kind::kEchoRequest);
    EXPECT_EQ(sent()[0].to, wire::TeredoAddress::parse(peer.address().value())->mapped);
    // RFC 4380 §5.1.1: simple encapsulation, nothing but the packet.
    EXPECT_EQ(sent()[0].teredo().packet.size(), sent()[0].bytes.size());
    EXPECT_EQ(sent()[0].teredo().packet.hop_limit(), 64U);
}

// "the difference between the current time and the last reception time is less than 30 seconds";
// from then on the peer has to prove itself again before it gets data.
TEST_F(Rfc4380Section524, Case1EndsThirtySecondsAfterTheLastReception) {
    conformance::shows("C14");
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(peer.address().value(), 1);
    internet.run_for(seconds{5});
    ASSERT_TRUE(client.stack().reply_from(peer.address().value(), 1));
    internet.run_for(seconds{30});
    start = internet.network().now();
    client.ping(peer.address().value(), 2);
    ASSERT_GE(sent().size(), 1U);
    for (const Observation& observation : sent()) {
        EXPECT_EQ(observation.kind, Kind::kBubble);
    }
    internet.run_for(seconds{3});
    EXPECT_TRUE(client.stack().reply_from(peer.address().value(), 2));
}

// Case 2, not a Teredo address: the packet waits while an ICMPv6 echo request with a nonce travels
// through the client's own server (§5.2.9).
TEST_F(Rfc4380Section524, Case2TestsTheConnectivityToANativeHost) {
    conformance::shows("C15", "C16", "C18", "C20");
    client.ping(Internet::kNative, 1);
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].kind, Kind::kEchoRequest);
    EXPECT_EQ(sent()[0].to, kPrimary);
    const Observation request = sent()[0];
    const wire::TeredoDatagram teredo = request.teredo();
    EXPECT_EQ(teredo.packet.source(), client.address());
    EXPECT_EQ(teredo.packet.destination(), Internet::kNative);
    const auto echo = wire::parse_echo(teredo.packet);
    ASSERT_TRUE(echo.has_value());
    EXPECT_GE(echo->data.size(), 8U);  // "the nonce SHOULD be at least 64 bits long"

    internet.run_for(seconds{1});
    EXPECT_TRUE(client.stack().reply_from(Internet::kNative, 1));
    // The reply to the test is the client's own business.
    EXPECT_EQ(client.stack().inbox().size(), 1U);
    // What waited went to the relay, and what comes next goes there too.
    start = internet.network().now();
    client.ping(Internet::kNative, 2);
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].to, Internet::kRelay);
}

TEST_F(Rfc4380Section524, Case2RepeatsTheTestThreeTimesAndThenTellsTheHost) {
    conformance::shows("C17", "C21");
    const Ipv6Address nobody{0x2a00000100000000U, 0x99};
    client.ping(nobody, 1);
    internet.run_for(seconds{20});
    const auto tests = of_kind(sent(), Kind::kEchoRequest);
    ASSERT_EQ(tests.size(), kAttempts);
    for (std::size_t i = 0; i < tests.size(); ++i) {
        EXPECT_EQ(tests[i].at - start, static_cast<int>(i) * kAttemptInterval);
        EXPECT_EQ(tests[i].to, kPrimary);
    }
    EXPECT_EQ(client.stack().unreachable_count(kAddressUnreachable), 1U);
}

// Case 4 as RFC 5991 §3.2 leaves it: the cone bit of a peer is ignored.
TEST_F(Rfc4380Section524, Case4IsNoMore) {
    conformance::shows("C12");
    client.ping(silent_peer(kMapping, Internet::kServer, wire::kConeFlag), 1);
    internet.run_for(seconds{10});
    EXPECT_GT(sent().size(), 0U);
    EXPECT_TRUE(of_kind(sent(), Kind::kEchoRequest).empty());
}

// Case 5: the packet waits; a bubble goes to the peer's mapping, and one to the peer's server.
TEST_F(Rfc4380Section524, Case5SendsADirectAndAnIndirectBubbleAndNoData) {
    conformance::shows("C1", "C2", "C3");
    const Ipv4Address other_server{97, 1, 0, 1};
    const Ipv6Address peer = silent_peer(kMapping, other_server);
    client.ping(peer, 1);
    ASSERT_EQ(sent().size(), 2U);
    for (const Endpoint target : {kMapping, Endpoint{other_server, wire::kTeredoPort}}) {
        const auto bubbles = to(sent(), target);
        ASSERT_EQ(bubbles.size(), 1U) << target.to_string();
        EXPECT_EQ(bubbles[0].kind, Kind::kBubble);
        EXPECT_EQ(bubbles[0].teredo().packet.source(), client.address());
        EXPECT_EQ(bubbles[0].teredo().packet.destination(), peer);
        EXPECT_FALSE(bubbles[0].teredo().authentication || bubbles[0].teredo().origin);
    }
    internet.run_for(seconds{30});
    EXPECT_TRUE(of_kind(sent(), Kind::kEchoRequest).empty());
}

// What waited is sent in its order.
TEST_F(Rfc4380Section524, Case5FlushesTheQueueInOrder) {
    conformance::shows("C9");
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{1});
    for (std::uint16_t sequence = 1; sequence <= 5; ++sequence) {
        client.ping(peer.address().value(), sequence);
    }
    internet.run_for(seconds{3});
    std::vector<std::uint16_t> order;
    for (const sim::Arrival& arrival : peer.stack().inbox()) {
        const auto packet = wire::Ipv6Packet::parse(arrival.packet);
        order.push_back(wire::parse_echo(packet.value()).value().sequence);
    }
    EXPECT_EQ(order, (std::vector<std::uint16_t>{1, 2, 3, 4, 5}));
}

// The queue is bounded, and each packet in it that could not be delivered is told of.
TEST_F(Rfc4380Section524, Case5GivesUpWithOneErrorForEachQueuedPacket) {
    conformance::shows("C40");
    for (std::uint16_t sequence = 1; sequence <= 100; ++sequence) {
        client.ping(silent_peer(), sequence);
    }
    internet.run_for(seconds{20});
    EXPECT_GE(client.stack().unreachable_count(kAddressUnreachable), 1U);
    // RFC 4443 §2.4 (f): errors are limited; the bucket holds kErrorBurst.
    EXPECT_LE(client.stack().unreachable_count(kAddressUnreachable), kErrorBurst + kErrorBurst);
    EXPECT_EQ(client.role().status().queued_bytes, 0U);
}

// "the IPv4 address ... MUST be a global unicast address; otherwise the packet is discarded".
struct NotGlobalUnicast : Rfc4380Section524, testing::WithParamInterface<const char*> {};

TEST_P(NotGlobalUnicast, MappingOrServerSendsNothing) {
    conformance::shows("C10", "C11");
    const Ipv4Address address = Ipv4Address::parse(GetParam()).value();
    client.ping(silent_peer({address, 50000}), 1);
    client.ping(silent_peer(kMapping, address), 2);
    internet.run_for(seconds{10});
    EXPECT_EQ(sent_for_host(), 0U);
    for (const Observation& observation : sent()) {
        EXPECT_NE(observation.to.address, address);
    }
}

INSTANTIATE_TEST_SUITE_P(Blocks,
                         NotGlobalUnicast,
                         testing::Values("0.0.0.0",
                                         "10.0.0.0",
                                         "10.255.255.255",
                                         "100.64.0.1",
                                         "127.0.0.1",
                                         "169.254.1.1",
                                         "172.16.0.0",
                                         "172.31.255.255",
                                         "192.0.0.1",
                                         "192.0.2.1",
                                         "192.88.99.1",
                                         "192.168.0.0",
                                         "192.168.255.255",
                                         "198.18.0.1",
                                         "198.51.100.1",
                                         "203.0.113.1",
                                         "224.0.0.1",
                                         "239.255.255.255",
                                         "240.0.0.1",
                                         "255.255.255.255"));

TEST_F(Rfc4380Section524, APortOfZeroSendsNothing) {
    client.ping(silent_peer({kMapping.address, 0}), 1);
    internet.run_for(seconds{10});
    EXPECT_EQ(sent_for_host(), 0U);
}

// A packet to ourselves must not come back through the NAT.
TEST_F(Rfc4380Section524, OurOwnMappingSendsNothing) {
    conformance::shows("C37", "T-A15");
    const auto own = wire::TeredoAddress::parse(client.address().value());
    client.ping(silent_peer(own->mapped), 1);
    internet.run_for(seconds{10});
    EXPECT_EQ(sent_for_host(), 0U);
}

// Only the Teredo address is carried: relays and servers would refuse any other source.
TEST_F(Rfc4380Section524, AnotherSourceIsRefusedToTheHost) {
    conformance::shows("C51", "T-B15");
    const Ipv6Address other{0x2a00000200000000U, 1};
    client.send_packet(sim::make_echo_request(other, Internet::kNative, 1));
    internet.run_for(seconds{5});
    EXPECT_EQ(sent_for_host(), 0U);
    EXPECT_EQ(client.stack().unreachable_count(1), 1U);
}

TEST(Rfc4380Section524Unqualified, NothingIsSentBeforeQualification) {
    conformance::shows("Q1");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    internet.network().set_connected(internet.server(), false);
    const Ipv6Address source = wire::TeredoAddress{Internet::kServer, 0, kMapping}.to_ipv6();
    for (int i = 0; i < 20; ++i) {
        client.send_packet(sim::make_echo_request(source, Internet::kNative, 1));
        internet.run_for(seconds{1});
    }
    for (const Observation& observation : sent_by(internet.network(), client)) {
        EXPECT_EQ(observation.kind, Kind::kSolicitation);
    }
    EXPECT_GE(client.stack().inbox().size(), 1U);  // ICMPv6 unreachable
}

}  // namespace
}  // namespace miredo::scenario
