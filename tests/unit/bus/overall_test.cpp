// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/overall.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "statuses.hpp"

namespace miredo::bus {
namespace {

using State = daemon::InstanceState;

TEST(Overall, IsOkWhereAllDoTheirJob) {
    EXPECT_EQ(overall_state({State::kQualified}), "ok");
    EXPECT_EQ(overall_state({State::kRunning, State::kRunning}), "ok");
}

TEST(Overall, IsOfflineWhereNoneIsOfUse) {
    EXPECT_EQ(overall_state({}), "offline");
    for (const State state :
         {State::kStarting, State::kResolving, State::kProbing, State::kFailed}) {
        EXPECT_EQ(overall_state({state}), "offline");
        EXPECT_EQ(overall_state({state, State::kStarting}), "offline");
    }
}

TEST(Overall, IsDegradedBetween) {
    EXPECT_EQ(overall_state({State::kRunning, State::kProbing}), "degraded");
    EXPECT_EQ(overall_state({State::kFailed, State::kQualified}), "degraded");
    // Its address still stands.
    EXPECT_EQ(overall_state({State::kDegraded}), "degraded");
    EXPECT_EQ(overall_state({State::kDegraded, State::kStarting}), "degraded");
}

TEST(Overall, CollectsTheHealthOfAll) {
    FakeControl control{nullptr};
    auto server = server_status();
    server.health = {{"b", "second"}};
    control.add(client_status()).shown.health = {{"a", "first"}};
    control.add(server);
    const Overall seen = overall(control);
    EXPECT_EQ(seen.state, "degraded");
    EXPECT_EQ(seen.health, (std::vector<daemon::HealthItem>{{"a", "first"}, {"b", "second"}}));
}

}  // namespace
}  // namespace miredo::bus
