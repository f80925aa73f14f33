// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.2.5, Maintenance: the mapping is kept, its change noticed, a lost server outlived.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/names.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;
using std::chrono::hours;
using teredo::ClientState;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};

[[nodiscard]] std::vector<Observation>
refreshes(Internet& internet, const ClientHost& client, Instant since) {
    return to(of_kind(sent_by(internet.network(), client, since), Kind::kSolicitation), kPrimary);
}

// "randomized between 75 % and 100 % of the interval", drawn anew for each.
TEST(Rfc4380Section525, AnIdleClientSolicitsEveryRandomisedInterval) {
    conformance::shows("Q24", "Q25", "Q26");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{1});
    const Instant since = internet.network().now();
    internet.run_for(hours{1});
    const auto times = times_since(refreshes(internet, client, since), since);
    ASSERT_GE(times.size(), 100U);
    Duration shortest = kRefreshInterval;
    Duration longest = Duration::zero();
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        const Duration gap = times[i + 1] - times[i];
        shortest = std::min(shortest, gap);
        longest = std::max(longest, gap);
    }
    // An interval counts from the server's answer, which is a round trip later.
    EXPECT_GE(shortest, kRefreshInterval * 3 / 4);
    EXPECT_LE(longest, kRefreshInterval + milliseconds{20});
    EXPECT_GE(longest - shortest, seconds{3});
}

// §5.2.5: an answer with the same mapping changes nothing, the random bits (RFC 5991 §3.1)
// included.
TEST(Rfc4380Section525, TheAddressStaysWhileTheMappingDoes) {
    conformance::shows("Q31");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kSymmetric);
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(hours{24});
    EXPECT_EQ(client.address_history().size(), 1U);
    EXPECT_EQ(client.role().status().state, ClientState::kQualified);
}

// "If the mapping has changed, the client MUST use the new one": within one refresh interval, and
// never with two addresses.
struct RebindBehind : testing::TestWithParam<NatKind> {};

TEST_P(RebindBehind, GivesANewAddressWithinOneRefresh) {
    conformance::shows("Q28");
    Internet internet;
    ClientHost& client = internet.add_client(GetParam());
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{50});
    const Ipv6Address before = client.address().value();

    internet.nat_of(client).rebind();
    const Instant rebound = internet.network().now();
    ASSERT_TRUE(internet.run_until([&] { return client.address() != before; },
                                   kRefreshInterval + milliseconds{20}));
    ASSERT_TRUE(client.address().has_value());
    EXPECT_EQ(client.address_history().size(), 2U);
    const auto address = wire::TeredoAddress::parse(client.address().value());
    EXPECT_EQ(address->mapped, refreshes(internet, client, rebound).at(0).from);

    // It is a good one: a native host gets through to it.
    client.ping(Internet::kNative, 1);
    EXPECT_TRUE(internet.run_until(
        [&] { return client.stack().reply_from(Internet::kNative, 1).has_value(); }, seconds{3}));
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         RebindBehind,
                         testing::Values(NatKind::kFullCone,
                                         NatKind::kAddressRestricted,
                                         NatKind::kPortRestricted,
                                         NatKind::kSymmetric),
                         kind_name);

// What the RFC leaves open: after three unanswered refreshes the state is `degraded` and the
// address stays, for there may be peers; it is qualified again when the server is back.
TEST(Rfc4380Section525, AClientOutlivesALossOfItsServer) {
    conformance::shows("Q30");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(peer.address().value(), 1);
    internet.run_for(seconds{5});
    const Ipv6Address address = client.address().value();

    internet.network().set_connected(internet.server(), false);
    const Instant lost = internet.network().now();
    ASSERT_TRUE(internet.run_until(
        [&] { return client.role().status().state == ClientState::kDegraded; }, minutes{2}));
    EXPECT_GE(refreshes(internet, client, lost).size(), kUnansweredLimit);
    EXPECT_EQ(client.address(), address);

    internet.network().set_connected(internet.server(), true);
    ASSERT_TRUE(
        internet.run_until([&] { return client.role().status().state == ClientState::kQualified; },
                           kLongestSolicitationGap));
    EXPECT_EQ(client.address(), address);
    EXPECT_EQ(client.address_history().size(), 1U);
}

// The peers are still there, and need no server.
TEST(Rfc4380Section525, ADegradedClientStillTalksToItsPeers) {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    ClientHost& peer = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{1});
    client.ping(peer.address().value(), 1);
    internet.run_for(seconds{5});
    internet.network().set_connected(internet.server(), false);
    std::uint16_t sequence = 2;
    for (; client.role().status().state != ClientState::kDegraded && sequence < 100; ++sequence) {
        client.ping(peer.address().value(), sequence);
        internet.run_for(seconds{1});
    }
    ASSERT_EQ(client.role().status().state, ClientState::kDegraded);
    client.ping(peer.address().value(), sequence);
    internet.run_for(seconds{1});
    EXPECT_TRUE(client.stack().reply_from(peer.address().value(), sequence));
}

// … and goes after five minutes, when nobody can know whether it is still ours.
TEST(Rfc4380Section525, AnAddressWithoutAServerGoesAfterFiveMinutes) {
    conformance::shows("Q30");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    internet.network().set_connected(internet.server(), false);
    ASSERT_TRUE(internet.run_until(
        [&] { return client.role().status().state == ClientState::kDegraded; }, minutes{2}));
    const Instant degraded = internet.network().now();
    ASSERT_TRUE(internet.run_until([&] { return !client.address().has_value(); }, minutes{10}));
    EXPECT_EQ(internet.network().now(), degraded + kDegradedLifetime);
    EXPECT_EQ(client.role().status().state, ClientState::kQualifying);

    internet.network().set_connected(internet.server(), true);
    EXPECT_TRUE(internet.run_until_qualified(seconds{60}));
}

}  // namespace
}  // namespace miredo::scenario
