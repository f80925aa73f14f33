// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which pairs of clients reach each other (RFC 6081 §3, without port prediction): each of the five
// situations as initiator and as responder, in fresh state. And all of them reach, and are reached
// by, a native host.
#include <string>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/names.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Four links of 5 ms there and back again.
constexpr Duration kRoundTrip = milliseconds{20};
constexpr Ipv4Address kServers[] = {Internet::kServer, Internet::kSecondServer};
// RFC 4380 §5.2.4: four attempts, 2 s apart, then it is given up.
constexpr Duration kGivenUp = seconds{9};

bool has_reply(const ClientHost& client, const Ipv6Address& peer, std::uint16_t sequence) {
    return client.stack().reply_from(peer, sequence).has_value();
}

struct Pair {
    NatKind initiator;
    NatKind responder;
};
std::string name_of(const testing::TestParamInfo<Pair>& pair) {
    return test_name(to_string(pair.param.initiator)) + "_to_" +
           test_name(to_string(pair.param.responder));
}

std::vector<Pair> all_pairs() {
    std::vector<Pair> pairs;
    for (const NatKind initiator : sim::kNatKinds) {
        for (const NatKind responder : sim::kNatKinds) {
            pairs.push_back({initiator, responder});
        }
    }
    return pairs;
}

struct NatMatrix : testing::TestWithParam<Pair> {
    Internet internet;
    ClientHost& initiator = internet.add_client(GetParam().initiator);
    ClientHost& responder = internet.add_client(GetParam().responder);

    [[nodiscard]] static bool is_possible() {
        return is_direct_path_possible(behaviour_of(GetParam().initiator),
                                       behaviour_of(GetParam().responder));
    }
};

TEST_P(NatMatrix, ConnectsWhereItIsPossible) {
    conformance::shows("E9", "E38");
    ASSERT_TRUE(internet.run_until_qualified());
    const Ipv6Address peer = responder.address().value();
    initiator.ping(peer, 1);
    const bool connects =
        internet.run_until([&] { return has_reply(initiator, peer, 1); }, seconds{3});
    EXPECT_EQ(connects, is_possible());
    if (!connects) {
        // The host is told (RFC 4443 §3.1), and nothing has leaked to the other one.
        internet.run_for(kGivenUp);
        EXPECT_EQ(initiator.stack().unreachable_count(3), 1U);
        EXPECT_TRUE(responder.stack().inbox().empty());
        return;
    }
    // From now on the path is direct, both ways.
    const Instant start = internet.network().now();
    initiator.ping(peer, 2);
    internet.run_for(seconds{1});
    EXPECT_EQ(initiator.stack().reply_from(peer, 2), start + kRoundTrip);
    responder.ping(initiator.address().value(), 3);
    internet.run_for(seconds{1});
    EXPECT_EQ(responder.stack().reply_from(initiator.address().value(), 3),
              start + seconds{1} + kRoundTrip);
}

// Servers carry bubbles and solicitations; what hosts say to each other never goes that way.
TEST_P(NatMatrix, NoPacketOfTheHostsCrossesAServer) {
    ASSERT_TRUE(internet.run_until_qualified());
    initiator.ping(responder.address().value(), 1);
    internet.run_for(seconds{30});
    for (const ClientHost* client : {&initiator, &responder}) {
        for (const Observation& sent : sent_by(internet.network(), *client)) {
            const bool is_to_server =
                sent.to.address == kServers[0] || sent.to.address == kServers[1];
            EXPECT_TRUE(!is_to_server || sent.kind == Kind::kSolicitation ||
                        sent.kind == Kind::kBubble);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Pairs, NatMatrix, testing::ValuesIn(all_pairs()), name_of);

struct NativeHosts : testing::TestWithParam<NatKind> {
    Internet internet;
    ClientHost& client = internet.add_client(GetParam());
};

TEST_P(NativeHosts, AreReachedByTheClient) {
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(Internet::kNative, 1);
    EXPECT_TRUE(
        internet.run_until([&] { return has_reply(client, Internet::kNative, 1); }, seconds{3}));
    // And then straight through the relay: client, relay, host and back.
    const Instant start = internet.network().now();
    client.ping(Internet::kNative, 2);
    internet.run_for(seconds{1});
    EXPECT_EQ(client.stack().reply_from(Internet::kNative, 2), start + 2 * kRoundTrip);
}

TEST_P(NativeHosts, ReachTheClient) {
    ASSERT_TRUE(internet.run_until_qualified());
    const Ipv6Address address = client.address().value();
    internet.native().ping(address, 1);
    EXPECT_TRUE(internet.run_until(
        [&] { return internet.native().stack().reply_from(address, 1).has_value(); }, seconds{3}));
}

INSTANTIATE_TEST_SUITE_P(Kinds, NativeHosts, testing::ValuesIn(sim::kNatKinds), kind_name);

}  // namespace
}  // namespace miredo::scenario
