// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What wait and monitor make of the signals, and of the bus' errors.
#include <gtest/gtest.h>

#include "ctl/bus_problem.hpp"
#include "ctl/monitor_text.hpp"
#include "ctl/pick.hpp"
#include "ctl/wait_goal.hpp"
#include "dbus/names.hpp"

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

const std::vector<InstanceState> both{{"server", "server", "running"},
                                      {"client", "client", "probing"}};

TEST(WaitGoal, WaitsForAllToBeUp) {
    WaitGoal goal{"", ""};
    EXPECT_FALSE(goal.is_reached());
    EXPECT_EQ(goal.missed().status, ExitStatus::kNotRunning);
    ASSERT_TRUE(goal.appear(both));
    EXPECT_FALSE(goal.is_reached());
    EXPECT_EQ(goal.missed().status, ExitStatus::kTimeout);
    EXPECT_EQ(goal.missed().message, "time-out: client is probing");
    goal.change({"client", "probing", "qualified", ""});
    EXPECT_TRUE(goal.is_reached());
    goal.vanish();
    EXPECT_FALSE(goal.is_reached());
    goal.change({"client", "probing", "qualified", ""});
    EXPECT_FALSE(goal.is_reached());
}

TEST(WaitGoal, WaitsForOneInstance) {
    WaitGoal goal{"server", ""};
    ASSERT_TRUE(goal.appear(both));
    EXPECT_TRUE(goal.is_reached());
}

TEST(WaitGoal, AStateConcernsThoseThatCanHaveIt) {
    WaitGoal goal{"", "probing"};
    ASSERT_TRUE(goal.appear(both));
    EXPECT_TRUE(goal.is_reached());
    WaitGoal running{"", "running"};
    ASSERT_TRUE(running.appear(both));
    EXPECT_TRUE(running.is_reached());
}

TEST(WaitGoal, SaysWhatCanNeverBe) {
    const Outcome<void> never = WaitGoal{"server", "qualified"}.appear(both);
    ASSERT_FALSE(never);
    EXPECT_EQ(never.error().message, "server can never be qualified");
    EXPECT_EQ(never.error().status, ExitStatus::kUsage);
    const Outcome<void> unknown = WaitGoal{"clinet", ""}.appear(both);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().message,
              "there is no instance 'clinet', did you mean 'client'? There is: server, client");
    EXPECT_EQ(unknown.error().status, ExitStatus::kUsage);
}

TEST(MonitorText, HasALineForEachEvent) {
    constexpr std::uint64_t kTime = 1763726400000000;
    EXPECT_EQ(presence_line({nullptr, true}, kTime), "2025-11-21 12:00:00  miredo is not running");
    EXPECT_EQ(presence_line({nullptr, false}, kTime), "2025-11-21 12:00:00  miredo has stopped");
    EXPECT_EQ(presence_line({&both, true}, kTime),
              "2025-11-21 12:00:00  miredo is running: server running, client probing");
    EXPECT_EQ(presence_line({&both, false}, kTime),
              "2025-11-21 12:00:00  miredo has started: server running, client probing");
    EXPECT_EQ(state_line({"client", "qualified", "degraded", "no-reply"}, {}, kTime),
              "2025-11-21 12:00:00  client: state qualified -> degraded (no-reply)");
    EXPECT_EQ(address_line({"client", "", "2001::1", ""}, kTime),
              "2025-11-21 12:00:00  client: address - -> 2001::1");
}

TEST(MonitorText, HasAnObjectForEachEvent) {
    EXPECT_EQ(presence_json({nullptr, true}, 5).dump(),
              R"({"time_usec":5,"event":"service-stopped"})");
    EXPECT_EQ(presence_json({&both, true}, 5)["instances"][1]["state"], "probing");
    EXPECT_EQ(change_json("address-changed", {"client", "", "2001::1", "x"}, 5).dump(),
              R"({"time_usec":5,"event":"address-changed","instance":"client","old":null,)"
              R"("new":"2001::1","reason":"x"})");
}

TEST(BusProblem, HasAnExitStatusForEachError) {
    const auto status_of = [](const char* name) { return failed_call(name, "text", 10s).status; };
    EXPECT_EQ(status_of(dbus::error::kAccessDenied), ExitStatus::kRefused);
    EXPECT_EQ(status_of(dbus::error::kConfigurationInvalid), ExitStatus::kConfigurationInvalid);
    EXPECT_EQ(status_of("org.freedesktop.DBus.Error.Timeout"), ExitStatus::kTimeout);
    EXPECT_EQ(status_of("org.freedesktop.DBus.Error.NoReply"), ExitStatus::kNotRunning);
    EXPECT_EQ(status_of("org.freedesktop.DBus.Error.UnknownMethod"), ExitStatus::kFailure);
    EXPECT_EQ(status_of(dbus::error::kBusy), ExitStatus::kFailure);
}

TEST(BusProblem, KeepsTheLinesOfARefusedConfiguration) {
    EXPECT_EQ(failed_call(dbus::error::kConfigurationInvalid, "a:1: x\nb:2: \033y", 10s).message,
              "the configuration is invalid, the one in force stays:\na:1: x\nb:2: ?y");
}

TEST(BusProblem, SaysWhyThereIsNoBus) {
    EXPECT_NE(no_bus("Failed to open bus (No such file or directory)")
                  .message.find("asked: No such file or directory. Start it"),
              std::string::npos);
    EXPECT_NE(no_bus("odd").message.find("asked: odd. Start it"), std::string::npos);
}

TEST(Pick, TakesTheOnlyOneThatFits) {
    const Json document = Json::parse(R"({"instances": [{"name": "client", "role": "client"},
        {"name": "server", "role": "server"}, {"name": "relay", "role": "relay"}]})");
    constexpr std::array<std::string_view, 1> kClient{"client"};
    constexpr std::array<std::string_view, 2> kBothRoles{"client", "relay"};
    constexpr std::array<std::string_view, 1> kIsatap{"isatap"};
    EXPECT_EQ(*pick_instance(document, "", kClient), "client");
    EXPECT_EQ(*pick_instance(document, "relay", kBothRoles), "relay");
    EXPECT_EQ(pick_instance(document, "", kBothRoles).error().message,
              "which instance? Name one of: client, relay");
    EXPECT_EQ(pick_instance(document, "server", kBothRoles).error().message,
              "instance 'server' is no client or relay, this verb needs one");
    EXPECT_EQ(pick_instance(document, "", kIsatap).error().status, ExitStatus::kFailure);
    EXPECT_EQ(pick_instance(document, "x", kClient).error().status, ExitStatus::kUsage);
}

}  // namespace
}  // namespace miredo::ctl
