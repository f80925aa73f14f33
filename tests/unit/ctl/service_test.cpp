// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl as a whole, against the real D-Bus side of a daemon with nothing behind it.
#include "ctl/service.hpp"

#include <algorithm>
#include <csignal>

#include <unistd.h>

#include "ctl/json.hpp"
#include "miredoctl.hpp"

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

std::vector<teredo::PeerStatus> many_peers(std::size_t count) {
    std::vector<teredo::PeerStatus> peers(count);
    for (std::size_t i = 0; i < count; ++i) {
        peers[i].address = Ipv6Address{0x20010db800000000U, i};
        peers[i].kind = teredo::PeerKind::kNative;
        peers[i].last_received = Duration{std::chrono::seconds{count - i}};
    }
    return peers;
}

TEST_F(Miredoctl, StatusOfOneInstance) {
    Program one{{"status", "server"}};
    EXPECT_EQ(finish(one).exit_status, 0);
    EXPECT_NE(one.output.find("Address: 192.0.2.1, 192.0.2.2\n"), std::string::npos) << one.output;
    EXPECT_EQ(one.output.find("client"), std::string::npos) << one.output;
    Program json{{"status", "client", "-j"}};
    EXPECT_EQ(finish(json).exit_status, 0);
    const Json document = Json::parse(json.output);
    ASSERT_EQ(document["instances"].size(), 1U);
    EXPECT_EQ(document["instances"][0]["name"], "client");
}

TEST_F(Miredoctl, NamesTheNearestInstance) {
    for (const char* verb : {"status", "peers", "stats", "wait", "requalify"}) {
        Program program{{verb, "clinet"}};
        EXPECT_EQ(finish(program).exit_status, 2) << verb;
        EXPECT_EQ(program.errors,
                  "miredoctl: there is no instance 'clinet', did you mean 'client'? There is: "
                  "client, server\nTry: miredoctl --help\n");
        EXPECT_EQ(program.output, "");
    }
}

TEST_F(Miredoctl, CheckIsSilentAndTellsByItsStatus) {
    Program degraded{{"status", "--check"}};
    EXPECT_EQ(finish(degraded).exit_status, 4);
    EXPECT_EQ(degraded.output + degraded.errors, "");
    Program server{{"status", "server", "--check"}};
    EXPECT_EQ(finish(server).exit_status, 0);
    client_->shown.state = daemon::InstanceState::kQualified;
    Program qualified{{"status", "--check"}};
    EXPECT_EQ(finish(qualified).exit_status, 0);
}

TEST_F(Miredoctl, PeersAsksPageAfterPage) {
    client_->peers = many_peers(2500);
    Program first{{"peers", "--json=short"}};
    EXPECT_EQ(finish(first).exit_status, 0) << first.errors;
    const Json page = Json::parse(first.output);
    EXPECT_EQ(page["peers"].size(), 1000U);
    EXPECT_EQ(page["total"], 2500);
    EXPECT_EQ(client_->queries.size(), 1U);

    client_->queries.clear();
    Program all{{"peers", "--all", "--json=short"}};
    EXPECT_EQ(finish(all).exit_status, 0);
    EXPECT_EQ(Json::parse(all.output)["peers"].size(), 2500U);
    ASSERT_EQ(client_->queries.size(), 3U);
    EXPECT_EQ(client_->queries[2].offset, 2000U);
}

TEST_F(Miredoctl, PeersSortsAllBeforeItCuts) {
    client_->peers = many_peers(1500);
    Program program{{"peers", "--sort=last", "--limit=3", "--kind=native", "--state=idle"}};
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
    // The latest heard of is the daemon's last.
    EXPECT_NE(program.output.find("2001:db8::5db "), std::string::npos) << program.output;
    EXPECT_NE(program.output.find("3 of 1500 peers listed."), std::string::npos) << program.output;
    ASSERT_FALSE(client_->queries.empty());
    EXPECT_EQ(client_->queries[0].kind, teredo::PeerKind::kNative);
    EXPECT_EQ(client_->queries[0].state, teredo::PeerState::kIdle);
}

TEST_F(Miredoctl, PeersNeedsAnInstanceThatHasSome) {
    Program program{{"peers", "server"}};
    EXPECT_EQ(finish(program).exit_status, 2);
    EXPECT_NE(program.errors.find("is no client or relay"), std::string::npos) << program.errors;
}

TEST_F(Miredoctl, RequalifyAsksTheClient) {
    Program program{{"requalify"}};
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
    EXPECT_EQ(client_->requalified, 1);
    EXPECT_EQ(program.output, "");
}

TEST_F(Miredoctl, ARefusedReloadIsTheWholeError) {
    control_->reload_error = {"a.conf:1: error: Port: no\na.conf:2: error: Mtu: no", {}, 0, {}};
    Program program{{"reload"}};
    EXPECT_EQ(finish(program).exit_status, 7);
    EXPECT_NE(program.errors.find("a.conf:1: error: Port: no\na.conf:2: error: Mtu: no"),
              std::string::npos)
        << program.errors;
}

// Whenever it looks the client is degraded: only a signal can tell it of what was in between.
TEST_F(Miredoctl, WaitEndsWithTheState) {
    Program program{{"wait", "client", "--timeout=1min"}};
    EXPECT_TRUE(run_until([&] {
        change(*client_, daemon::InstanceState::kQualified);
        change(*client_, daemon::InstanceState::kDegraded, "no-reply");
        return program.has_ended();
    }));
    EXPECT_EQ(program.exit_status, 0) << program.errors;
}

TEST_F(Miredoctl, WaitTakesAStateThatIsThere) {
    Program degraded{{"wait", "--state=degraded"}};
    EXPECT_EQ(finish(degraded).exit_status, 0) << degraded.errors;
    Program running{{"wait", "--state=running"}};
    EXPECT_EQ(finish(running).exit_status, 0) << running.errors;
}

TEST_F(Miredoctl, WaitTimesOut) {
    Program program{{"wait", "--timeout=100ms"}};
    EXPECT_EQ(finish(program).exit_status, 6);
    EXPECT_EQ(program.errors, "miredoctl: time-out: client is degraded\n");
}

TEST_F(Miredoctl, WaitWaitsForTheServiceToo) {
    observer_.reset();
    ASSERT_FALSE(is_on_bus());
    Program program{{"wait", "server", "--timeout=10s"}};
    serve();
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
}

TEST_F(Miredoctl, MonitorTellsWhatHappens) {
    Program program{{"monitor", "--json"}};
    ASSERT_TRUE(shows(program, "service-running")) << program.errors;
    change(*client_, daemon::InstanceState::kQualified);
    ASSERT_TRUE(shows(program, R"("old":"degraded","new":"qualified","reason":null)"))
        << program.output;
    auto& details = std::get<daemon::ClientDetails>(client_->shown.details);
    details.address = bus::ipv6("2001:0:c000:201:0:f226:3fff:fdf1");
    observer_->instance_changed(*client_);
    ASSERT_TRUE(shows(program, R"("new":"2001:0:c000:201:0:f226:3fff:fdf1")")) << program.output;
    observer_.reset();
    ASSERT_TRUE(shows(program, "service-stopped")) << program.output;
    serve();
    ASSERT_TRUE(run_until([&] {
        return program.has_ended() ||
               program.output.find("service-running") != program.output.rfind("service-running");
    }));
    change(*client_, daemon::InstanceState::kDegraded, "no-reply");
    ASSERT_TRUE(shows(program, R"("reason":"no-reply")")) << program.output;
    program.send(SIGTERM);
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
}

TEST_F(Miredoctl, MonitorEndsWithTheBus) {
    Program program{{"monitor"}};
    ASSERT_TRUE(shows(program, "miredo is running: client degraded, server running"))
        << program.output;
    bus_.kill();
    EXPECT_EQ(finish(program).exit_status, 1);
    EXPECT_NE(program.errors.find("the system bus went away"), std::string::npos) << program.errors;
}

TEST_F(Miredoctl, DoesNotWaitForEverForAServiceThatHangs) {
    // Nobody runs the daemon's loop meanwhile.
    Outcome<Service> service = Service::connect(100ms);
    ASSERT_TRUE(service) << service.error().message;
    const Outcome<Json> document = service->describe();
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().status, ExitStatus::kTimeout);
    EXPECT_NE(document.error().message.find("has not answered within 100ms"), std::string::npos)
        << document.error().message;
}

// Nobody runs the daemon's loop meanwhile: the time is over in the middle of a call.
TEST_F(Miredoctl, WaitEndsInTimeWhereTheServiceHangs) {
    Program program{{"wait", "--timeout=200ms"}};
    EXPECT_EQ(program.wait().exit_status, 6);
    EXPECT_EQ(program.errors,
              "miredoctl: miredo is there, but has not answered within 200ms. See: journalctl -u "
              "miredo\n");
}

TEST_F(Miredoctl, WaitEndsInTimeWhereTheBusHangs) {
    bus_.pause();
    Program program{{"wait", "--timeout=200ms"}};
    EXPECT_EQ(program.wait().exit_status, 6);
    EXPECT_EQ(program.errors,
              "miredoctl: the system bus, by which miredo is asked, has not answered within 200ms. "
              "See: systemctl status dbus\n");
    bus_.resume();
}

TEST_F(Miredoctl, TellsWhoMayNotThatItIsRefused) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to become nobody";
    }
    for (const char* verb : {"requalify", "reload", "peers"}) {
        Program program{{verb}, {{}, {}, true}};
        EXPECT_EQ(finish(program).exit_status, 5) << verb;
        EXPECT_EQ(program.errors.rfind("miredoctl: permission denied: ", 0), 0U) << program.errors;
        EXPECT_NE(program.errors.find(" Run it as root: sudo miredoctl ...\n"), std::string::npos)
            << program.errors;
        EXPECT_EQ(std::count(program.errors.begin(), program.errors.end(), '\n'), 1)
            << program.errors;
        EXPECT_EQ(program.output, "");
    }
    EXPECT_EQ(client_->requalified, 0);
    EXPECT_EQ(control_->reloaded, 0);
    Program status{{"status"}, {{}, {}, true}};
    EXPECT_EQ(finish(status).exit_status, 0) << status.errors;
}

}  // namespace
}  // namespace miredo::ctl
