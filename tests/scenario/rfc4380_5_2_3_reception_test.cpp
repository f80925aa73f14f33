// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.2.3, Packet reception: whom a client believes, case by case, with RFC 6081 §5.2.4.4
// for bubbles of peers behind symmetric NATs. Somebody plays the peers by hand.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};
constexpr Endpoint kOtherPort{kMapping.address, 50001};

struct Rfc4380Section523 : testing::Test {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    sim::PlainHost peer{internet.network()};
    Endpoint service = client.sockets().primary;
    const Ipv6Address peer_address = wire::TeredoAddress{Internet::kServer, 0, kMapping}.to_ipv6();
    Ipv6Address own;
    Instant start;

    void SetUp() override {
        internet.network().attach(peer, {kMapping.address}, sim::Link{});
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});
        own = client.address().value();
        start = internet.network().now();
    }
    void send(Endpoint from, Bytes datagram) {
        peer.send(from, service, datagram);
        internet.run_for(seconds{1});
    }
    void send_bubble(Endpoint from, std::optional<std::uint32_t> nonce = std::nullopt) {
        send(from, wire::build_bubble(peer_address, own, nonce).bytes());
    }
    void send_data(Endpoint from, std::uint16_t sequence = 1) {
        send(from, sim::make_echo_request(peer_address, own, sequence));
    }
    // What the client has sent but for refreshing its mapping.
    [[nodiscard]] std::vector<Observation> sent() {
        std::vector<Observation> found = sent_by(internet.network(), client, start);
        found.erase(
            std::remove_if(found.begin(),
                           found.end(),
                           [](const Observation& o) { return o.kind == Kind::kSolicitation; }),
            found.end());
        return found;
    }
    // The nonce of the last indirect bubble: the one that counts.
    [[nodiscard]] std::uint32_t nonce_sent() {
        return of_kind(to(sent(), kPrimary), Kind::kBubble).back().trailers().nonce.value();
    }
    [[nodiscard]] std::size_t delivered() const { return client.stack().inbox().size(); }
    // Where a packet to the peer goes now; nowhere while the peer is not trusted.
    [[nodiscard]] std::vector<Endpoint> data_targets() {
        const Instant now = internet.network().now();
        client.ping(peer_address, 99);
        std::vector<Endpoint> targets;
        for (const Observation& data :
             of_kind(sent_by(internet.network(), client, now), Kind::kEchoRequest)) {
            targets.push_back(data.to);
        }
        return targets;
    }
};

// Case 3: "the source IPv6 address is a Teredo address, and the IPv4 source matches": accepted, and
// the peer is reached directly from then on.
TEST_F(Rfc4380Section523, Case3BelievesAMatchingSource) {
    conformance::shows("C22");
    send_data(kMapping);
    EXPECT_EQ(delivered(), 1U);
    // The host's answer went straight back.
    ASSERT_EQ(sent().size(), 1U);
    EXPECT_EQ(sent()[0].kind, Kind::kEchoReply);
    EXPECT_EQ(sent()[0].to, kMapping);
}

TEST_F(Rfc4380Section523, Case3ConsumesBubbles) {
    conformance::shows("C23", "E7");
    send_bubble(kMapping);
    EXPECT_EQ(delivered(), 0U);
    EXPECT_EQ(data_targets(), std::vector{kMapping});
}

TEST_F(Rfc4380Section523, AMismatchingSourceIsNotBelieved) {
    conformance::shows("C25");
    send_data(kOtherPort);
    EXPECT_EQ(delivered(), 0U);
    EXPECT_TRUE(sent().empty());
    EXPECT_TRUE(data_targets().empty());
}

// RFC 6081 §5.2.4.4: a bubble from another mapping counts only with the nonce that we have sent.
TEST_F(Rfc4380Section523, AMismatchingBubbleIsBelievedWithOurNonceOnly) {
    conformance::shows("E5", "E6");
    client.ping(peer_address, 1);
    const std::uint32_t first = nonce_sent();
    send_bubble(kOtherPort);
    send_bubble(kOtherPort, nonce_sent() + 1);
    send_bubble(kOtherPort, 0);
    ASSERT_NE(nonce_sent(), first);  // a repeat has a nonce of its own …
    send_bubble(kOtherPort, first);  // … and only that one is good
    EXPECT_TRUE(of_kind(sent(), Kind::kEchoRequest).empty());

    send_bubble(kOtherPort, nonce_sent());
    const auto data = of_kind(sent(), Kind::kEchoRequest);
    ASSERT_EQ(data.size(), 1U);  // what waited
    EXPECT_EQ(data[0].to, kOtherPort);
    EXPECT_EQ(data_targets(), std::vector{kOtherPort});
}

// Without a question there is no answer: a nonce that we have not sent proves nothing.
TEST_F(Rfc4380Section523, ANonceOutOfTheBlueIsNotBelieved) {
    conformance::shows("E6", "T-A14");
    for (const std::uint32_t nonce : {0U, 1U, 0xFFFFFFFFU}) {
        send_bubble(kOtherPort, nonce);
    }
    EXPECT_TRUE(data_targets().empty());
}

// Case 1 is for the mapping that is known: a forger beside it changes nothing.
TEST_F(Rfc4380Section523, Case1IsNotForAnotherPortOfAKnownPeer) {
    conformance::shows("C24", "T-A13");
    send_bubble(kMapping);
    send_data(kOtherPort);
    EXPECT_EQ(delivered(), 0U);
    EXPECT_EQ(data_targets(), std::vector{kMapping});
}

// Case 6: a native source that comes through a relay we do not know is asked itself, through our
// server; what came is held, and delivered only if the answer comes the same way.
TEST_F(Rfc4380Section523, Case6TestsANativeSourceAndRefusesAnotherRelay) {
    conformance::shows("C26", "C27");
    send(kMapping, sim::make_echo_request(Internet::kNative, own, 1));
    const auto tests = to(sent(), kPrimary);
    ASSERT_EQ(tests.size(), 1U);
    EXPECT_EQ(tests[0].kind, Kind::kEchoRequest);
    EXPECT_EQ(tests[0].teredo().packet.destination(), Internet::kNative);
    internet.run_for(seconds{10});
    // The host answered through the real relay.
    EXPECT_EQ(delivered(), 0U);
    start = internet.network().now();
    client.ping(Internet::kNative, 2);
    EXPECT_EQ(to(sent(), Internet::kRelay).size(), 1U);
    EXPECT_TRUE(to(sent(), kMapping).empty());
}

TEST_F(Rfc4380Section523, Case6HoldsAndThenDelivers) {
    conformance::shows("C26");
    internet.native().ping(own, 7);
    internet.run_for(seconds{2});
    EXPECT_EQ(delivered(), 1U);
    EXPECT_TRUE(internet.native().stack().reply_from(own, 7));
}

// "the destination IPv6 address is not the Teredo address of the client": not ours, not taken.
TEST_F(Rfc4380Section523, OtherDestinationsAreDropped) {
    conformance::shows("C28", "C30", "T-B1");
    Ipv6Address neighbour{own.high(), own.low() ^ 1U};
    for (const Ipv6Address& destination : {neighbour,
                                           Internet::kNative,
                                           Ipv6Address{0xff02000000000000U, 1},
                                           Ipv6Address{0xfe80000000000000U, 1},
                                           Ipv6Address{0, 1},
                                           Ipv6Address{}}) {
        send(kMapping, sim::make_echo_request(peer_address, destination, 1));
    }
    EXPECT_EQ(delivered(), 0U);
    EXPECT_TRUE(sent().empty());
}

// Sources that would mean something to a kernel: none gets in, whatever the outer source.
TEST_F(Rfc4380Section523, SourcesThatAreNobodysAreDropped) {
    conformance::shows("C29", "T-B2");
    for (const Ipv6Address& source : {Ipv6Address{0xfe80000000000000U, 1},
                                      Ipv6Address{0xff02000000000000U, 1},
                                      Ipv6Address{0, 0},
                                      Ipv6Address{0, 1},
                                      Ipv6Address{0, 0xFFFF60010001U},
                                      own}) {
        send(kMapping, sim::make_echo_request(source, own, 1));
        send(service, sim::make_echo_request(source, own, 1));
    }
    internet.run_for(seconds{10});
    EXPECT_EQ(delivered(), 0U);
    EXPECT_TRUE(sent().empty());
}

// RFC 4861 is about a link: its messages never cross a tunnel, not even from a trusted peer.
TEST_F(Rfc4380Section523, NeighborDiscoveryIsNeverDelivered) {
    conformance::shows("C29", "T-B3");
    send_bubble(kMapping);
    for (std::uint8_t type = 133; type <= 137; ++type) {
        sim::Packet packet = sim::make_echo_request(peer_address, own, 1);
        const MutableBytes message = MutableBytes{packet}.subspan(wire::kIpv6HeaderSize);
        message[0] = static_cast<std::byte>(type);
        store_be16(message.subspan(2), 0);
        store_be16(message.subspan(2),
                   wire::pseudo_header_checksum(peer_address, own, wire::kIcmpv6, message));
        packet[7] = std::byte{255};
        send(kMapping, packet);
    }
    EXPECT_EQ(delivered(), 0U);
}

// RFC 6081 §4: what follows the packet is ours and not the host's.
TEST_F(Rfc4380Section523, TrailersAreNotDelivered) {
    conformance::shows("W15", "W16");
    const sim::Packet packet = sim::make_echo_request(peer_address, own, 1);
    sim::Packet datagram = packet;
    datagram.resize(packet.size() + wire::kNonceTrailerSize);
    wire::write_nonce_trailer(MutableBytes{datagram}.subspan(packet.size()), 1);
    send(kMapping, datagram);
    ASSERT_EQ(delivered(), 1U);
    EXPECT_EQ(client.stack().inbox()[0].packet, packet);
}

// RFC 6081 §4.1: a trailer of an unknown type from 0x40 to 0x7F discards the packet; any other not.
TEST_F(Rfc4380Section523, AnUnknownTrailerMayDiscardThePacket) {
    conformance::shows("W18", "W19");
    const auto with_trailer = [&](unsigned type) {
        sim::Packet datagram = sim::make_echo_request(peer_address, own, 1);
        datagram.push_back(static_cast<std::byte>(type));
        datagram.push_back(std::byte{0});
        return datagram;
    };
    for (const unsigned type : {0x40U, 0x41U, 0x7FU}) {
        send(kMapping, with_trailer(type));
    }
    EXPECT_EQ(delivered(), 0U);
    for (const unsigned type : {0x3EU, 0x80U, 0xFFU}) {
        send(kMapping, with_trailer(type));
    }
    EXPECT_EQ(delivered(), 3U);
}

// §5.1.1 and RFC 8200: whatever does not parse changes nothing.
TEST_F(Rfc4380Section523, MalformedDatagramsChangeNothing) {
    conformance::shows("W12", "W13", "T-B7");
    const sim::Packet good = sim::make_echo_request(peer_address, own, 1);
    for (std::size_t size = 0; size < good.size(); ++size) {
        peer.send(kMapping, service, Bytes{good}.first(size));
    }
    for (const unsigned first : {0x00U, 0x45U, 0x50U, 0x70U, 0xFFU}) {
        sim::Packet bad = good;
        bad[0] = static_cast<std::byte>(first);
        bad[1] = std::byte{2};
        peer.send(kMapping, service, bad);
    }
    internet.run_for(seconds{1});
    EXPECT_EQ(delivered(), 0U);
    EXPECT_TRUE(sent().empty());
    EXPECT_EQ(client.role().status().unproven_peers + client.role().status().proven_peers, 0U);
}

}  // namespace
}  // namespace miredo::scenario
