// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What seeds stand for, and the figures that take many clients or a long time: qualification where
// much is lost (L1), and a mapping that is kept for a day (L3). MIREDO_SWARM_CLIENTS says of how
// many (1000, at least 100); the bars are the same.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/internet.hpp"
#include "swarm/plan.hpp"
#include "swarm/trial.hpp"

namespace miredo::swarm {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(Plan, EachClassOfFaultsIsOnInHalfOfThem) {
    constexpr int kPlans = 1000;
    std::array<int, kFaultCount> on{};
    for (std::uint64_t seed = 1; seed <= kPlans; ++seed) {
        const Plan plan = make_plan(seed);
        for (std::size_t fault = 0; fault < kFaultCount; ++fault) {
            on[fault] += plan.faults[fault] ? 1 : 0;
        }
    }
    for (const int count : on) {
        EXPECT_NEAR(count, 0.5 * kPlans, 0.1 * kPlans);
    }
}

TEST(Plan, TheyReachTheWholeGrammar) {
    std::set<std::size_t> clients;
    std::set<std::size_t> servers;
    std::set<std::size_t> relays;
    std::set<std::size_t> attackers;
    std::set<std::pair<sim::Mapping, sim::Filtering>> nats;
    std::set<Act> acts;
    std::set<Credential> credentials;
    std::set<std::pair<bool, bool>> secure;
    std::set<std::pair<bool, bool>> procedures;
    bool has_nested = false;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const Plan plan = make_plan(seed);
        clients.insert(plan.clients.size());
        servers.insert(plan.servers.size());
        relays.insert(plan.relays.size());
        attackers.insert(plan.attackers);
        for (const NatPlan& nat : plan.nats) {
            nats.emplace(nat.behaviour.mapping, nat.behaviour.filtering);
            has_nested = has_nested || nat.outer.has_value();
        }
        for (const ClientPlan& client : plan.clients) {
            credentials.insert(client.credential);
            procedures.emplace(client.determines_refresh_interval, client.discovers_locally);
        }
        for (const ServerPlan& server : plan.servers) {
            secure.emplace(server.knows_secrets, server.requires_authentication);
        }
        for (const Step& step : plan.steps) {
            acts.insert(step.act);
        }
    }
    EXPECT_EQ(clients, (std::set<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(servers, (std::set<std::size_t>{1, 2, 3}));
    EXPECT_EQ(relays, (std::set<std::size_t>{0, 1, 2}));
    EXPECT_EQ(attackers, (std::set<std::size_t>{0, 1, 2}));
    EXPECT_EQ(nats.size(), 9U);
    EXPECT_EQ(acts.size(), static_cast<std::size_t>(Act::kSuspend) + 1);
    EXPECT_TRUE(has_nested);
    EXPECT_EQ(credentials.size(), 4U);
    EXPECT_EQ(procedures.size(), 4U);
    EXPECT_EQ(secure.size(), 3U) << "who knows no secrets can't ask for them";
}

TEST(Trial, ASeedIsOneRun) {
    const Outcome first = run_trial(1);
    EXPECT_FALSE(first.failure) << to_string(first);
    EXPECT_GT(first.turns, 200U);
    EXPECT_EQ(first.hash, run_trial(1).hash);
    EXPECT_NE(first.hash, run_trial(2).hash);
}

TEST(Trial, AFailureTellsHowToRepeatIt) {
    Outcome outcome;
    outcome.seed = 17;
    outcome.failure = Failure{seconds{3}, "client 2", "S6", "what it was"};
    EXPECT_EQ(to_string(outcome),
              "seed 17: at 3.000000 s: client 2: S6: what it was; repeat: swarm --seed 17");
}

std::uint64_t clients() {
    const char* const text = std::getenv("MIREDO_SWARM_CLIENTS");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 1000 : std::stoull(text);
}

// How long each of `seeds` clients takes, with `loss` in each direction; nothing is `limit`.
std::vector<Duration> qualification_times(std::uint64_t seeds, double loss, Duration limit) {
    std::vector<Duration> times;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        sim::Internet internet{{seed, {}, teredo::RelayMode::kCone, false}};
        sim::ClientHost& client = internet.add_client(sim::NatKind::kPortRestricted);
        sim::Link link;
        link.outbound.loss = loss;
        link.inbound.loss = loss;
        internet.network().set_link(client, link);
        const Instant start = internet.network().now();
        const bool is_qualified = internet.run_until_qualified(limit);
        times.push_back(is_qualified ? internet.network().now() - start : limit);
    }
    std::sort(times.begin(), times.end());
    return times;
}

TEST(Qualification, TakesAMinuteAtMostWhereAThirdIsLostEachWay) {
    constexpr Duration kLimit = seconds{60};
    const auto times = qualification_times(clients(), 0.3, kLimit);
    const auto in_time = static_cast<std::uint64_t>(
        std::lower_bound(times.begin(), times.end(), kLimit) - times.begin());
    RecordProperty("in_time", std::to_string(in_time));
    EXPECT_GE(in_time * 1000, clients() * 998);
}

TEST(Qualification, TakesTenSecondsAtMostWhereATenthIsLostEachWay) {
    const auto times = qualification_times(clients(), 0.1, seconds{60});
    const Duration p99 = times[clients() * 99 / 100 - 1];
    RecordProperty(
        "p99_ms",
        static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(p99).count()));
    EXPECT_LT(p99, seconds{10});
}

TEST(Qualification, TakesOneRoundTripWhereNothingIsLost) {
    const auto times = qualification_times(100, 0, seconds{10});
    EXPECT_LT(times.back(), std::chrono::milliseconds{100});
}

// A client that does nothing but refresh, behind a NAT that forgets soon: the changes of its
// address in a day.
std::size_t changes_in_a_day(std::uint64_t seed, Duration timeout, double loss) {
    sim::Internet internet{{seed, {}, teredo::RelayMode::kCone, false}};
    sim::NatBehaviour behaviour;
    behaviour.timeout = timeout;
    sim::ClientHost& client = internet.add_client_behind(&internet.add_nat(behaviour));
    EXPECT_TRUE(internet.run_until_qualified());
    sim::Link link;
    link.outbound.loss = loss;
    link.inbound.loss = loss;
    internet.network().set_link(client, link);
    internet.run_for(hours{24});
    return client.address_history().size() - 1;
}

TEST(Maintenance, KeepsTheMappingForADay) {
    for (std::uint64_t seed = 1; seed <= clients() / 100; ++seed) {
        EXPECT_EQ(changes_in_a_day(seed, seconds{35}, 0), 0U) << "seed " << seed;
        EXPECT_EQ(changes_in_a_day(seed, seconds{120}, 0.1), 0U) << "seed " << seed;
    }
}

}  // namespace
}  // namespace miredo::swarm
