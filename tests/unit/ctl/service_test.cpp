// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl as a whole, against the real D-Bus side of a daemon with nothing behind it.
#include "ctl/service.hpp"

#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "../bus/fixture.hpp"
#include "ctl/bus_problem.hpp"
#include "ctl/json.hpp"
#include "program.hpp"

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

class Miredoctl : public bus::BusTest {
  protected:
    Miredoctl() {
        client_ = &control_->add(bus::client_status());
        control_->add(bus::server_status());
        control_->files = {"/etc/miredo/miredo.conf"};
        client_->counters = {{"DatagramsReceived", 1200}, {"Dropped.mapping-mismatch", 1}};
    }

    // Runs the daemon's side until the program has ended.
    Program& finish(Program& program) {
        EXPECT_TRUE(run_until([&] { return program.has_ended(); })) << program.errors;
        return program;
    }

    // `state` as the daemon would tell it.
    void change(bus::FakeInstance& instance, daemon::InstanceState state, const char* reason = "") {
        instance.shown.state = state;
        instance.shown.reason = reason;
        observer_->instance_changed(instance);
    }

    bool shows(Program& program, const std::string& text) {
        return run_until(
            [&] { return program.has_ended() || program.output.find(text) != std::string::npos; });
    }

    static std::vector<teredo::PeerStatus> many_peers(std::size_t count) {
        std::vector<teredo::PeerStatus> peers(count);
        for (std::size_t i = 0; i < count; ++i) {
            peers[i].address = Ipv6Address{0x20010db800000000U, i};
            peers[i].kind = teredo::PeerKind::kNative;
            peers[i].last_received = Duration{std::chrono::seconds{count - i}};
        }
        return peers;
    }

    bus::FakeInstance* client_ = nullptr;
};

TEST_F(Miredoctl, StatusShowsEveryInstance) {
    Program program{{}};
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
    EXPECT_NE(program.output.find("client        teredo   degraded"), std::string::npos)
        << program.output;
    EXPECT_NE(program.output.find("Address: 192.0.2.1, 192.0.2.2\n"), std::string::npos)
        << program.output;
    Program one{{"status", "server"}};
    EXPECT_EQ(finish(one).exit_status, 0);
    EXPECT_EQ(one.output.find("client"), std::string::npos) << one.output;
    Program none{{"status", "relay"}};
    EXPECT_EQ(finish(none).exit_status, 2);
}

TEST_F(Miredoctl, StatusPrintsTheDocument) {
    Program program{{"status", "--json=short"}};
    EXPECT_EQ(finish(program).exit_status, 0);
    const Json document = Json::parse(program.output);
    EXPECT_EQ(document["schema"], "miredo.status/1");
    EXPECT_EQ(document["instances"].size(), 2U);
    Program one{{"status", "client", "-j"}};
    EXPECT_EQ(finish(one).exit_status, 0);
    EXPECT_EQ(Json::parse(one.output)["instances"].size(), 1U);
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

TEST_F(Miredoctl, ListAndStatsComeFromTheSameDocument) {
    Program list{{"list", "--no-legend"}};
    EXPECT_EQ(finish(list).exit_status, 0);
    EXPECT_EQ(std::count(list.output.begin(), list.output.end(), '\n'), 2) << list.output;
    Program stats{{"stats", "client"}};
    EXPECT_EQ(finish(stats).exit_status, 0);
    EXPECT_NE(stats.output.find("datagrams received"), std::string::npos) << stats.output;
    EXPECT_NE(stats.output.find("mapping-mismatch"), std::string::npos) << stats.output;
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

TEST_F(Miredoctl, ReloadSaysWhatChanged) {
    control_->changes = {{"Client.Port", "0", "3545", true},
                         {"Client.InterfaceName", "teredo", "tun-t", false}};
    Program program{{"reload"}};
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
    EXPECT_EQ(program.output,
              "Reloaded /etc/miredo/miredo.conf\n"
              "  Client.Port: 0 -> 3545                  (applied)\n"
              "  Client.InterfaceName: teredo -> tun-t   (needs: systemctl restart miredo)\n");
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

TEST_F(Miredoctl, TellsWhoMayNotThatItIsRefused) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to become nobody";
    }
    const pid_t child = ::fork();
    if (child == 0) {
        const bool is_nobody =
            ::setresgid(65534, 65534, 65534) == 0 && ::setresuid(65534, 65534, 65534) == 0;
        Outcome<Service> service = Service::connect(10s);
        if (!is_nobody || !service) {
            ::_exit(100);
        }
        const Outcome<void> done = service->requalify("client");
        ::_exit(done ? 0 : static_cast<int>(done.error().status));
    }
    int status = 0;
    EXPECT_TRUE(run_until([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ExitStatus::kRefused));
    EXPECT_EQ(client_->requalified, 0);
}

}  // namespace
}  // namespace miredo::ctl
