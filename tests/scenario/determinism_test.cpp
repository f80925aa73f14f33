// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One seed, one run: what a failing scenario needs to be repeated.
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "sim/internet.hpp"

namespace miredo::scenario {
namespace {

using std::chrono::minutes;

using Trace = std::vector<std::tuple<Instant, Endpoint, Endpoint, sim::Packet, sim::Fate>>;

// One client of each kind, each talking to the next and to the native host; a NAT restarts.
Trace run(std::uint64_t seed) {
    sim::Internet internet{{seed, {}, teredo::RelayMode::kCone}};
    std::vector<sim::ClientHost*> clients;
    clients.reserve(sim::kNatKinds.size());
    for (const sim::NatKind kind : sim::kNatKinds) {
        clients.push_back(&internet.add_client(kind));
    }
    EXPECT_TRUE(internet.run_until_qualified());
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const sim::ClientHost& next = *clients[(i + 1) % clients.size()];
        clients[i]->ping(next.address().value(), 1);
        clients[i]->ping(sim::Internet::kNative, 2);
    }
    internet.run_for(minutes{2});
    internet.nat_of(*clients[2]).rebind();
    internet.run_for(minutes{3});
    Trace trace;
    for (const sim::Transmission& t : internet.network().transmissions()) {
        trace.emplace_back(t.sent, t.external, t.destination, t.bytes, t.fate);
    }
    return trace;
}

TEST(Determinism, TheSameSeedGivesTheSameRun) {
    const Trace first = run(1);
    EXPECT_GT(first.size(), 100U);
    EXPECT_EQ(first, run(1));
    EXPECT_NE(first, run(2));
}

}  // namespace
}  // namespace miredo::scenario
