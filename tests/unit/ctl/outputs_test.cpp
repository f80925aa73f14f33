// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What each verb prints, whole, by way of the bus: the same files that the texts alone are compared
// with.
#include <algorithm>
#include <sstream>

#include "ctl/time_text.hpp"
#include "golden.hpp"
#include "miredoctl.hpp"

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

daemon::InstanceStatus qualified_status() {
    daemon::InstanceStatus status = bus::client_status();
    status.state = daemon::InstanceState::kQualified;
    status.reason = {};
    status.message = "the server answered, there is an address";
    status.health.clear();
    for (daemon::OffloadStatus& offload : status.offloads) {
        offload.on = true;
        offload.refusal.clear();
    }
    auto& client = std::get<daemon::ClientDetails>(status.details);
    client.server_name = "192.0.2.1";
    client.secondary.reset();
    client.last_reply = 12s;
    return status;
}

daemon::InstanceStatus starting_status() {
    daemon::ClientDetails client;
    client.server_name = "teredo.example.net";
    client.refresh_interval = 30s;

    daemon::InstanceStatus status;
    status.name = "client";
    status.state = daemon::InstanceState::kResolving;
    status.reason = "name-not-resolved";
    status.message = "teredo.example.net: Temporary failure in name resolution";
    status.since = bus::client_status().since;
    status.details = client;
    return status;
}

// As old now as the fixtures' documents are at kNow.
daemon::InstanceStatus aged(daemon::InstanceStatus status) {
    const std::uint64_t later = realtime_usec() - kNow;
    status.since.realtime += later;
    if (auto* client = std::get_if<daemon::ClientDetails>(&status.details)) {
        client->address_since.realtime += client->address ? later : 0;
    }
    return status;
}

std::vector<teredo::PeerStatus> some_peers() {
    using teredo::PeerKind;
    using teredo::PeerState;
    return {
        {bus::ipv6("2001:0:c38c:c38c:0:fb2d:39cc:9bf8"),
         PeerKind::kTeredo,
         PeerState::kDirect,
         Endpoint{Ipv4Address{198, 51, 100, 7}, 1234},
         2s,
         350ms,
         0,
         0},
        {bus::ipv6("2001:0:53aa:64c:1c3f:d3b0:34ff:8ea7"),
         PeerKind::kTeredo,
         PeerState::kProbing,
         Endpoint{Ipv4Address{203, 0, 113, 88}, 11343},
         {},
         4s,
         3,
         2},
        {bus::ipv6("2606:4700::80"),
         PeerKind::kNative,
         PeerState::kRelay,
         Endpoint{Ipv4Address{216, 66, 80, 30}, 3544},
         9s,
         9s,
         0,
         0},
        {bus::ipv6("2606:4700::81"), PeerKind::kNative, PeerState::kFailed, {}, {}, 71s, 0, 4},
        {bus::ipv6("2001:0:53aa:64c:0:1:2:3"),
         PeerKind::kTeredo,
         PeerState::kIdle,
         Endpoint{Ipv4Address{255, 253, 255, 252}, 65534},
         3h,
         3h,
         0,
         0},
    };
}

daemon::Statistics statistics_of(const Json& document) {
    daemon::Statistics result;
    for (const auto& [name, value] : document["instances"][0]["statistics"].items()) {
        result[name] = value.get<std::uint64_t>();
    }
    return result;
}

class Outputs : public Miredoctl {
  protected:
    // Both forms of the document.
    void expect_json(std::vector<std::string> arguments, const Json& document) {
        arguments.emplace_back("--json=pretty");
        EXPECT_EQ(output_of(arguments), document.dump(2) + '\n');
        arguments.back() = "--json=short";
        EXPECT_EQ(output_of(arguments), document.dump() + '\n');
        // Not a terminal.
        arguments.back() = "-j";
        EXPECT_EQ(output_of(arguments), document.dump() + '\n');
    }
    void expect_json_golden(const std::vector<std::string>& arguments, const std::string& name) {
        std::vector<std::string> pretty = arguments;
        pretty.emplace_back("--json=pretty");
        expect_golden(output_of(pretty), name);
        expect_json(arguments, read_document("ctl/" + name));
    }
};

TEST_F(Outputs, StatusOfAQualifiedClient) {
    serve_only({aged(qualified_status())});
    expect_golden(output_of({}), "status-qualified.txt");
}

TEST_F(Outputs, StatusOfAClientWithoutServer) {
    serve_only({aged(starting_status())});
    expect_golden(output_of({"status", "client"}), "status-starting.txt");
}

TEST_F(Outputs, StatusOfServerAndDegradedClient) {
    serve_only({aged(bus::server_status()), aged(bus::client_status())});
    expect_golden(output_of({"status"}), "status-several.txt");
    expect_golden(output_of({"status", "--color=always"}), "status-colors.txt");
}

TEST_F(Outputs, StatusOfARelay) {
    daemon::InstanceStatus relay = aged(bus::relay_status());
    serve_only({relay});
    expect_golden(output_of({"status", "relay"}), "status-relay.txt");
}

TEST_F(Outputs, StatusAndListAsJson) {
    serve_only({bus::server_status(), bus::client_status()});
    const Json document = read_document("describe.json");
    control_->files = document["configuration_files"].get<std::vector<std::string>>();
    for (std::size_t i = 0; i < control_->all.size(); ++i) {
        const Json& counters = document["instances"][i]["statistics"];
        control_->all[i]->counters = counters.get<daemon::Statistics>();
    }
    expect_json({"status"}, document);
    expect_json({"list"}, document);
}

TEST_F(Outputs, List) {
    serve_only({bus::server_status(), bus::client_status()});
    expect_golden(output_of({"list"}), "list.txt");
    expect_golden(output_of({"list", "--no-legend"}), "list-bare.txt");
}

TEST_F(Outputs, Peers) {
    client_->peers = some_peers();
    expect_golden(output_of({"peers"}), "peers.txt");
    expect_golden(output_of({"peers", "client", "--no-legend"}), "peers-bare.txt");
    expect_json_golden({"peers"}, "peers.json");
}

TEST_F(Outputs, Stats) {
    serve_only({qualified_status()});
    client_->counters = statistics_of(read_document("ctl/qualified.json"));
    expect_golden(output_of({"stats"}), "stats.txt");
    expect_golden(output_of({"stats", "--all"}), "stats-all.txt");
    expect_json_golden({"stats"}, "stats.json");
}

TEST_F(Outputs, Reload) {
    control_->files = {"/etc/miredo/miredo.conf", "/etc/miredo/miredo.conf.d/10-server.conf"};
    control_->changes = {{"Client.Server", "teredo.remlab.net", "teredo.example.net", true},
                         {"Client.MaxPeers", "", "1024", true},
                         {"Client.InterfaceName", "teredo", "tun-t", false}};
    expect_golden(output_of({"reload"}), "reload.txt");
    expect_json_golden({"reload"}, "reload.json");
}

TEST_F(Outputs, RequalifyAndWaitAreSilent) {
    EXPECT_EQ(output_of({"requalify"}), "");
    EXPECT_EQ(output_of({"wait", "server"}), "");
}

// Without the times.
TEST_F(Outputs, Monitor) {
    Program program{{"monitor"}};
    ASSERT_TRUE(shows(program, "is running")) << program.errors;
    change(*client_, daemon::InstanceState::kQualified);
    change(*client_, daemon::InstanceState::kDegraded, "no-reply");
    auto& details = std::get<daemon::ClientDetails>(client_->shown.details);
    details.address.reset();
    observer_->instance_changed(*client_);
    ASSERT_TRUE(shows(program, "address")) << program.output;
    program.send(SIGINT);
    EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
    constexpr std::string_view kTime = "2025-11-21 12:00:00";
    std::string events;
    std::istringstream lines{program.output};
    for (std::string line; std::getline(lines, line);) {
        events += line.substr(std::min(kTime.size(), line.size())) + '\n';
    }
    EXPECT_EQ(events,
              "  miredo is running: client degraded, server running\n"
              "  client: state degraded -> qualified\n"
              "  client: state qualified -> degraded (no-reply)\n"
              "  client: address 2001:0:c000:201:2c31:f226:3fff:fdf1 -> - (no-reply)\n");
}

TEST_F(Outputs, DecodeAndEncode) {
    expect_golden(output_of({"decode",
                             "2001:0:53aa:64c:2c31:f226:3fff:fdf1",
                             "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                             "2001:0:4136:e378:0:63bf:3f57:fefe",
                             "2001:0:0:0:ffff:ffff:ffff:ffff"}),
                  "decode.txt");
    expect_json_golden({"decode", "2001:0:53aa:64c:ac31:f226:3f57:fefe"}, "decode.json");
    const std::vector<std::string> encode{
        "encode", "83.170.6.76", "192.168.1.1:3545", "--flags=0xac31"};
    EXPECT_EQ(output_of(encode), "2001:0:53aa:64c:ac31:f226:3f57:fefe\n");
    expect_json_golden(encode, "decode.json");
}

TEST_F(Outputs, ConfigCheckAndShow) {
    const Surroundings here{{}, {}, false, MIREDO_FIXTURES "/ctl/config"};
    EXPECT_EQ(output_of({"config", "check", "good.conf"}, here),
              "good.conf, good.conf.d/10-port.conf: valid (client)\n");
    EXPECT_EQ(output_of({"config", "check", "miredo-server.conf"}, here),
              "miredo-server.conf: valid (server)\n");
    expect_golden(output_of({"config", "show", "good.conf"}, here), "config-show.txt");
    expect_golden(output_of({"config", "show", "good.conf", "--json=pretty"}, here),
                  "config-show.json");
    for (const char* verb : {"check", "show"}) {
        Program bad{{"config", verb, "bad.conf"}, here};
        EXPECT_EQ(bad.wait().exit_status, 7);
        EXPECT_EQ(bad.output, "");
        expect_golden(bad.errors, "config-check.txt");
    }
    Program json{{"config", "check", "bad.conf", "--json=pretty"}, here};
    EXPECT_EQ(json.wait().exit_status, 7);
    EXPECT_EQ(json.errors, "");
    expect_golden(json.output, "config-check.json");
}

TEST_F(Outputs, Version) {
    EXPECT_EQ(output_of({"version"}), "miredoctl " MIREDO_VERSION "\n");
    expect_json({"version"}, {{"schema", "miredo.version/1"}, {"version", MIREDO_VERSION}});
}

}  // namespace
}  // namespace miredo::ctl
