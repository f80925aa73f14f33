// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 6081 §5.2, Symmetric NAT Support: nonces in indirect bubbles, their echo in direct ones, and
// a peer that is where it was heard from. What a client does with one bubble after the other is
// also in rfc4380_5_2_3_reception_test.cpp and rfc4380_5_2_6_bubbles_test.cpp.
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/names.hpp"
#include "scenario/observation.hpp"
#include "scenario/packets.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Ipv4Address kOtherServer{97, 1, 0, 1};
constexpr Endpoint kPeerServer{kOtherServer, wire::kTeredoPort};
constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};
constexpr Endpoint kObserved{kMapping.address, 50001};
constexpr Endpoint kElsewhere{kMapping.address, 50002};

[[nodiscard]] std::vector<Observation>
bubbles_to(sim::Network& network, const sim::Host& from, Endpoint target, Instant since) {
    return of_kind(to(sent_by(network, from, since), target), Kind::kBubble);
}

struct Rfc6081Section52 : testing::Test {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    sim::PlainHost peer{internet.network()};
    const Ipv6Address peer_address = wire::TeredoAddress{kOtherServer, 0, kMapping}.to_ipv6();
    Instant start;

    void SetUp() override {
        internet.network().attach(peer, {kMapping.address, kOtherServer}, sim::Link{});
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});
        start = internet.network().now();
    }
    // The peer's bubble, as the client's server passes it on.
    void send_indirectly(std::optional<std::uint32_t> nonce) {
        const auto packet = wire::build_bubble(peer_address, client.address().value(), nonce);
        peer.send(kPrimary,
                  client.sockets().primary,
                  joined(origin_of(kObserved), sim::to_packet(packet.bytes())));
        internet.run_for(milliseconds{100});
    }
    [[nodiscard]] std::vector<Observation> direct() {
        return bubbles_to(internet.network(), client, kMapping, start);
    }
    [[nodiscard]] std::vector<Observation> indirect() {
        return bubbles_to(internet.network(), client, kPeerServer, start);
    }
};

// §5.2.4.1 and §5.2.4.2 in one: the nonce of an indirect bubble is our own, that of a direct one is
// what the peer has sent last, or none.
TEST_F(Rfc6081Section52, EachBubbleHasTheNonceThatItMustHave) {
    conformance::shows("E1", "E2", "E3", "E4");
    client.ping(peer_address, 1);
    internet.run_for(seconds{1});
    ASSERT_EQ(direct().size(), 1U);
    EXPECT_EQ(direct()[0].trailers().nonce, std::nullopt);
    ASSERT_EQ(indirect().size(), 1U);
    const auto own = indirect()[0].trailers().nonce;
    ASSERT_TRUE(own.has_value());

    send_indirectly(0xCAFE0001);
    EXPECT_EQ(direct().back().trailers().nonce, 0xCAFE0001U);
    internet.run_for(seconds{2});  // a repeat
    EXPECT_EQ(direct().back().trailers().nonce, 0xCAFE0001U);
    EXPECT_NE(indirect().back().trailers().nonce, own);
    EXPECT_NE(indirect().back().trailers().nonce, 0xCAFE0001U);

    send_indirectly(std::nullopt);
    EXPECT_EQ(direct().back().trailers().nonce, std::nullopt);
}

// A peer behind a symmetric NAT can't be reached where its address says: it has to hear of our
// nonce, so the answer to its indirect bubble goes both ways.
TEST_F(Rfc6081Section52, AnIndirectBubbleIsAnsweredBothWaysUntilThePeerIsTrusted) {
    conformance::shows("E8");
    send_indirectly(1);
    EXPECT_EQ(direct().size(), 1U);
    ASSERT_EQ(indirect().size(), 1U);
    // The peer answers with that nonce, from a mapping that nobody knew.
    const auto answer = wire::build_bubble(
        peer_address, client.address().value(), indirect()[0].trailers().nonce.value());
    peer.send(kObserved, client.sockets().primary, answer.bytes());
    internet.run_for(seconds{5});
    send_indirectly(2);
    EXPECT_EQ(indirect().size(), 1U);
    EXPECT_EQ(bubbles_to(internet.network(), client, kObserved, start).size(), 1U);
}

// §5.2.4.4, and the same for a relay: data goes to where the nonce came from.
struct Rfc6081Section5244 : Rfc6081Section52 {
    [[nodiscard]] std::uint32_t relay_nonce() {
        return bubbles_to(internet.network(), internet.relay(), kPeerServer, start)
            .back()
            .trailers()
            .nonce.value();
    }
    void answer_relay(Endpoint from, std::optional<std::uint32_t> nonce) {
        peer.send(from,
                  Internet::kRelay,
                  wire::build_bubble(peer_address, wire::kClientLinkLocal, nonce).bytes());
        internet.run_for(milliseconds{100});
    }
    [[nodiscard]] std::vector<Endpoint> data_of_relay() {
        std::vector<Endpoint> targets;
        for (const Observation& data :
             of_kind(sent_by(internet.network(), internet.relay(), start), Kind::kEchoRequest)) {
            targets.push_back(data.to);
        }
        return targets;
    }
};

TEST_F(Rfc6081Section5244, ARelayBelievesItsOwnNonceFromAnyMapping) {
    conformance::shows("E1", "E5", "E6");
    internet.native().ping(peer_address, 1);
    internet.run_for(milliseconds{100});
    const std::uint32_t first = relay_nonce();
    answer_relay(kObserved, std::nullopt);
    answer_relay(kObserved, first + 1);
    EXPECT_TRUE(data_of_relay().empty());
    internet.run_for(seconds{2});
    ASSERT_NE(relay_nonce(), first);
    answer_relay(kObserved, first);  // the one before is no longer good
    EXPECT_TRUE(data_of_relay().empty());

    answer_relay(kObserved, relay_nonce());
    EXPECT_EQ(data_of_relay(), std::vector{kObserved});
    answer_relay(kElsewhere, relay_nonce() ^ 1U);
    internet.native().ping(peer_address, 2);
    internet.run_for(milliseconds{100});
    EXPECT_EQ(data_of_relay(), (std::vector{kObserved, kObserved}));
}

TEST_F(Rfc6081Section5244, TheEmbeddedMappingNeedsNoNonce) {
    conformance::shows("E7");
    internet.native().ping(peer_address, 1);
    internet.run_for(milliseconds{100});
    answer_relay(kMapping, std::nullopt);
    EXPECT_EQ(data_of_relay(), std::vector{kMapping});

    client.ping(peer_address, 1);
    peer.send(kMapping,
              client.sockets().primary,
              wire::build_bubble(peer_address, client.address().value()).bytes());
    internet.run_for(milliseconds{100});
    EXPECT_EQ(to(of_kind(sent_by(internet.network(), client, start), Kind::kEchoRequest), kMapping)
                  .size(),
              1U);
}

// The whole exchange of two real clients, one of them behind a symmetric NAT: whoever starts, what
// is sent to it goes to a mapping that is not in its address, and what hosts send crosses no
// server.
struct SymmetricWith : testing::TestWithParam<NatKind> {
    Internet internet;
    ClientHost& symmetric = internet.add_client(NatKind::kSymmetric);
    ClientHost& other = internet.add_client(GetParam());

    void check(ClientHost& from, ClientHost& to_host) {
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});
        const Instant start = internet.network().now();
        from.ping(to_host.address().value(), 1);
        ASSERT_TRUE(internet.run_until(
            [&] { return from.stack().reply_from(to_host.address().value(), 1).has_value(); },
            seconds{3}));
        const Endpoint embedded = wire::TeredoAddress::parse(symmetric.address().value())->mapped;
        for (const Kind kind : {Kind::kEchoRequest, Kind::kEchoReply}) {
            for (const Observation& data :
                 of_kind(sent_by(internet.network(), other, start), kind)) {
                EXPECT_EQ(data.to.address, embedded.address);
                EXPECT_NE(data.to, embedded);
            }
        }
        EXPECT_LE(sent_by(internet.network(), from, start).size() +
                      sent_by(internet.network(), to_host, start).size(),
                  12U);
    }
};

TEST_P(SymmetricWith, ConnectsWhenItStarts) {
    conformance::shows("E9");
    check(symmetric, other);
}

TEST_P(SymmetricWith, ConnectsWhenTheOtherStarts) {
    conformance::shows("E9");
    check(other, symmetric);
}

TEST_P(SymmetricWith, ConnectsWhenBothStartAtOnce) {
    conformance::shows("E9");
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{1});
    symmetric.ping(other.address().value(), 1);
    other.ping(symmetric.address().value(), 1);
    internet.run_for(seconds{3});
    EXPECT_TRUE(symmetric.stack().reply_from(other.address().value(), 1));
    EXPECT_TRUE(other.stack().reply_from(symmetric.address().value(), 1));
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         SymmetricWith,
                         testing::Values(NatKind::kFullCone, NatKind::kAddressRestricted),
                         kind_name);

}  // namespace
}  // namespace miredo::scenario
