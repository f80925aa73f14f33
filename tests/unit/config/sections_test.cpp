// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/section_values.hpp"
#include "config/to_text.hpp"
#include "temporary_file.hpp"

namespace miredo::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Parsed parse(const std::string& text, const std::string& name = {}) {
    const tests::TemporaryDirectory directory;
    return load({directory.write("f", text), {}}, ClassicProgram::kMiredo, name);
}

Configuration accept(const std::string& text) {
    Parsed parsed = parse(text);
    for (const Diagnostic& found : parsed.diagnostics) {
        ADD_FAILURE() << found.to_string();
    }
    return std::move(parsed.configuration);
}

TEST(Sections, ASectionSwitchesItsInstanceOnWithTheDefaults) {
    EXPECT_EQ(accept("[Relay]\n").relay, RelayConfiguration{});
    const Configuration gateway = accept("[Relay]\n[Server]\nAddress=8.8.8.8\n");
    EXPECT_TRUE(gateway.relay);
    EXPECT_EQ(gateway.server->address, "8.8.8.8");
    EXPECT_FALSE(gateway.client);
}

TEST(Sections, ReadsEveryKeyOfAClient) {
    const auto client = accept("[Client]\n"
                               "Server=s.example t.example\n"
                               "RefreshIntervalSec=1min 500ms\n"
                               "DefaultRoute=no\n"
                               "RouteMetric=7\n"
                               "RouteTable=99\n"
                               "Native=yield\n"
                               "ClientIdentifier=me@example\n"
                               "Secret=/etc/miredo/key\n"
                               "InterfaceName=six\n"
                               "BindAddress=192.168.1.2\n"
                               "Port=3545\n"
                               "Mtu=1400\n"
                               "MaxPeers=100\n"
                               "MaxMemory=2M\n"
                               "AllowPrivateAddresses=yes\n"
                               "Offloads=udp-receive  tun-tcp\n"
                               "Shards=1\n"
                               "DetermineRefreshInterval=yes\n"
                               "LocalDiscovery=yes\n")
                            .client;
    ClientConfiguration expected;
    expected.server = "s.example";
    expected.secondary_server = "t.example";
    expected.refresh_interval = seconds{60} + milliseconds{500};
    expected.default_route = false;
    expected.route_metric = 7;
    expected.route_table = 99;
    expected.native = NativePolicy::kYield;
    expected.determine_refresh_interval = true;
    expected.local_discovery = true;
    expected.client_identifier = "me@example";
    expected.secret = "/etc/miredo/key";
    expected.tunnel = {
        "six", "192.168.1.2", 3545, 1400, 100, 2U << 20U, true, {true, false, false, true}};
    EXPECT_EQ(client, expected);
}

TEST(Sections, ReadsEveryKeyOfARelay) {
    const auto relay = accept("[Relay]\n"
                              "Mode=host\n"
                              "Prefix=3ffe:831f::/32\n"
                              "ServedPrefixes=2001:db8::/32 2001:db8:1::1\n"
                              "ServedPrefixes=2a00::/12\n"
                              "BubblesPerSec=5000\n"
                              "Port=3544\n"
                              "Shards=auto\n"
                              "Offloads=none\n")
                           .relay;
    RelayConfiguration expected;
    expected.mode = teredo::RelayMode::kHostSpecific;
    expected.prefix = *Ipv6Prefix::parse("3ffe:831f::/32");
    expected.served_prefixes = {*Ipv6Prefix::parse("2001:db8::/32"),
                                *Ipv6Prefix::parse("2001:db8:1::1/128"),
                                *Ipv6Prefix::parse("2a00::/12")};
    expected.bubbles_per_second = 5000;
    expected.tunnel.port = 3544;
    expected.shards = {0};
    expected.tunnel.offloads = {false, false, false, false};
    EXPECT_EQ(relay, expected);
}

TEST(Sections, ReadsEveryKeyOfAServer) {
    const auto server = accept("[Server]\n"
                               "Address=10.0.0.1\n"
                               "SecondaryAddress=10.0.0.9\n"
                               "Prefix=3ffe:831f::\n"
                               "AdvertisedMtu=1400\n"
                               "Secret=clients\n"
                               "RequireAuthentication=yes\n"
                               "AllowPrivateAddresses=on\n"
                               "Shards=4\n"
                               "Offloads=udp-send\n")
                            .server;
    ServerConfiguration expected;
    expected.address = "10.0.0.1";
    expected.secondary_address = "10.0.0.9";
    expected.prefix = *Ipv6Prefix::parse("3ffe:831f::/32");
    expected.advertised_mtu = 1400;
    expected.secret = "clients";
    expected.require_authentication = true;
    expected.allow_private_addresses = true;
    expected.offloads = {false, false, true, false};
    expected.shards = {4};
    EXPECT_EQ(server, expected);
}

TEST(Sections, OffloadsAreAllOfThemOrNoneOrAList) {
    const auto offloads = [](const std::string& lines) {
        const Configuration configuration = accept("[Relay]\n" + lines);
        return offloads_text(configuration.relay->tunnel.offloads);
    };
    EXPECT_EQ(offloads(""), "auto");
    EXPECT_EQ(offloads("Offloads=none\n"), "none");
    EXPECT_EQ(offloads("Offloads=none\nOffloads=auto\n"), "auto");
    EXPECT_EQ(offloads("Offloads=none\nOffloads=\n"), "auto");
    EXPECT_EQ(offloads("Offloads=udp-send tun-udp udp-send\n"), "tun-udp udp-send");
    EXPECT_EQ(offloads("Offloads=udp-receive udp-send tun-udp tun-tcp\n"), "auto");
}

TEST(Sections, NoneIsAServerWithASingleAddress) {
    const std::string text = "[Server]\nAddress=223.255.255.255\nSecondaryAddress=none\n";
    EXPECT_TRUE(accept(text).server->single_address);
    EXPECT_FALSE(accept(text + "SecondaryAddress=8.8.8.8\n").server->single_address);
    EXPECT_TRUE(has_errors(parse(text + "SecondaryAddress=\n").diagnostics));
}

TEST(Sections, TheLastAssignmentWinsAndAnEmptyOneBringsTheDefaultBack) {
    const std::string text = "[Client]\nServer=a.example\nPort=1\nPort=2\n";
    EXPECT_EQ(accept(text).client->tunnel.port, 2);
    EXPECT_EQ(accept(text + "Port=\n").client->tunnel.port, 0);
    EXPECT_EQ(accept(text + "Server=\nServer=b.example\n").client->server, "b.example");
    EXPECT_EQ(accept(text + "[Client]\nPort=3\n").client->tunnel.port, 3);
}

TEST(Sections, AnEmptyAssignmentEndsAList) {
    const auto relay = accept("[Relay]\nServedPrefixes=2a00::/12\nServedPrefixes=\n"
                              "ServedPrefixes=2a10::/12 2a10::/12\n")
                           .relay;
    EXPECT_EQ(relay->served_prefixes, std::vector{*Ipv6Prefix::parse("2a10::/12")});
}

TEST(Sections, TakesTheSyntaxOfSystemd) {
    const auto client = accept("; comment\r\n"
                               "\t[Client] \r\n"
                               "  Server \t=  s.example \\\r\n"
                               "# between joined lines \\\r\n"
                               "   ; also\r\n"
                               "  t.example  \r\n"
                               "Port=\\\n"
                               "3545")
                            .client;
    EXPECT_EQ(client->server, "s.example");
    EXPECT_EQ(client->secondary_server, "t.example");
    EXPECT_EQ(client->tunnel.port, 3545);
}

TEST(Sections, OneServerAfterTheFirstIsOnlyWarnedOf) {
    const Parsed parsed = parse("[Client]\nServer=a.example\nServer=b.example\n");
    EXPECT_FALSE(has_errors(parsed.diagnostics));
    EXPECT_EQ(parsed.configuration.client->server, "a.example");
    ASSERT_EQ(parsed.diagnostics.size(), 1U);
    EXPECT_EQ(parsed.diagnostics[0].line, 3U);
}

TEST(Sections, TheServerNameOfTheCommandLineWins) {
    const Parsed parsed = parse("[Client]\nServer=10.0.0.1 a.example\nPort=1\n", "b.example");
    EXPECT_FALSE(has_errors(parsed.diagnostics));
    EXPECT_EQ(parsed.configuration.client->server, "b.example");
    EXPECT_EQ(parsed.configuration.client->secondary_server, "");
    EXPECT_EQ(parsed.configuration.client->tunnel.port, 1);
    ASSERT_EQ(parsed.diagnostics.size(), 1U);
    EXPECT_NE(parsed.diagnostics[0].to_string().find("command line: warning: server name b.example "
                                                     "replaces what "),
              std::string::npos);
    EXPECT_TRUE(parse("[Client]\n", "b.example").diagnostics.empty());
}

TEST(Sections, AServerNameNeedsAClient) {
    const Parsed parsed = parse("[Relay]\n", "b.example");
    ASSERT_EQ(parsed.diagnostics.size(), 1U);
    EXPECT_NE(parsed.diagnostics[0].message.find("has no effect without [Client]"),
              std::string::npos);
    EXPECT_TRUE(has_errors(parse("[Client]\n", "a..b").diagnostics));
}

TEST(Sections, AServerNameAloneIsAClient) {
    const Parsed parsed = parse("# nothing but comments\n; of both kinds\n", "b.example");
    EXPECT_FALSE(has_errors(parsed.diagnostics));
    EXPECT_EQ(parsed.configuration.client->server, "b.example");
}

TEST(Sections, TimeSpansAreThoseOfSystemd) {
    EXPECT_EQ(*parse_time_span("30"), seconds{30});
    EXPECT_EQ(*parse_time_span("30s"), seconds{30});
    EXPECT_EQ(*parse_time_span("1min 30 sec"), seconds{90});
    EXPECT_EQ(*parse_time_span("1min30s"), seconds{90});
    EXPECT_EQ(*parse_time_span("1.5min"), seconds{90});
    EXPECT_EQ(*parse_time_span("250ms"), milliseconds{250});
    EXPECT_EQ(*parse_time_span("24h"), std::chrono::hours{24});
    EXPECT_FALSE(parse_time_span("24h 1us"));
    EXPECT_FALSE(parse_time_span("1."));
    EXPECT_FALSE(parse_time_span(""));
}

class RandomConfiguration {
  public:
    explicit RandomConfiguration(unsigned seed) : engine_{seed} {}

    Configuration make() {
        Configuration configuration;
        const unsigned role = below(3);
        if (role == 1) {
            configuration.client = client();
        } else if (role == 2) {
            configuration.relay = relay();
        }
        if (role == 0 || flip()) {
            configuration.server = server();
        }
        return configuration;
    }

  private:
    unsigned below(unsigned bound) { return static_cast<unsigned>(engine_() % bound); }
    bool flip() { return below(2) == 0; }
    std::uint16_t mtu() { return static_cast<std::uint16_t>(1280 + below(64256)); }

    TunnelConfiguration tunnel() {
        TunnelConfiguration tunnel;
        tunnel.interface_name = flip() ? "teredo" : "x-1.y_#;";
        tunnel.bind_address = flip() ? "" : "host.example";
        tunnel.port = static_cast<std::uint16_t>(below(65536));
        tunnel.mtu = mtu();
        if (flip()) {
            tunnel.max_peers = 16 + below(1000);
            tunnel.max_memory = 65536 + below(1000);
        }
        tunnel.allow_private_addresses = flip();
        return tunnel;
    }
    ClientConfiguration client() {
        ClientConfiguration client;
        client.tunnel = tunnel();
        client.server = flip() ? "a.example" : "8.8.8.8";
        client.secondary_server = flip() ? "" : "b.example";
        client.refresh_interval =
            flip() ? Duration{seconds{10 + below(111)}}
                   : Duration{std::chrono::microseconds{10000000U + below(110000000U)}};
        client.default_route = flip();
        client.route_metric = 1 + below(1000);
        client.route_table = 256 + below(100000);
        client.determine_refresh_interval = flip();
        client.local_discovery = flip();
        if (flip()) {
            client.client_identifier = "c1";
            client.secret = flip() ? "teredo" : "/etc/miredo/key";
        }
        return client;
    }
    RelayConfiguration relay() {
        RelayConfiguration relay;
        relay.tunnel = tunnel();
        relay.mode = static_cast<teredo::RelayMode>(below(3));
        relay.prefix = *Ipv6Prefix::parse(flip() ? "2001::/32" : "3ffe:831f::/32");
        relay.bubbles_per_second = 2 + below(1000);
        for (unsigned left = below(4); left > 0; --left) {
            relay.served_prefixes.push_back(
                {Ipv6Address{0x2A00'0000'0000'0000U + (std::uint64_t{left} << 32U), 0},
                 static_cast<std::uint8_t>(32 + below(97))});
        }
        return relay;
    }
    ServerConfiguration server() {
        ServerConfiguration server;
        server.address = flip() ? "9.9.9.9" : "s.example";
        server.secondary_address = flip() ? "" : "9.9.9.11";
        server.single_address = server.secondary_address.empty() && flip();
        server.prefix = *Ipv6Prefix::parse(flip() ? "2001::/32" : "3ffe:831f::/32");
        server.advertised_mtu = mtu();
        server.allow_private_addresses = flip();
        server.secret = flip() ? "" : "/etc/miredo/clients";
        server.require_authentication = !server.secret.empty() && flip();
        return server;
    }

    std::mt19937 engine_;
};

TEST(ToText, ReadAgainGivesTheSameConfiguration) {
    RandomConfiguration random{1};
    for (int i = 0; i < 500 && !HasFailure(); ++i) {
        const Configuration configuration = random.make();
        const std::string text = to_text(configuration);
        EXPECT_EQ(accept(text), configuration) << text;
        EXPECT_EQ(to_text(accept(text)), text);
    }
}

TEST(ToText, WritesAClassicConfigurationAsSections) {
    const Parsed classic = parse("RelayType restricted\nBindPort 3545\nInterfaceMTU 1400\n"
                                 "ServerBindAddress 8.8.8.8\n");
    ASSERT_FALSE(has_errors(classic.diagnostics));
    EXPECT_EQ(accept(to_text(classic.configuration)), classic.configuration);
}

TEST(ToText, ShowsTheDefaults) {
    Configuration configuration;
    configuration.client.emplace().server = "s.example";
    EXPECT_EQ(
        to_text(configuration),
        "[Client]\nServer=s.example\nRefreshIntervalSec=30\nDetermineRefreshInterval=no\nDefaultRoute=yes\n"
        "RouteMetric=1029\nRouteTable=3544\nNative=auto\nLocalDiscovery=no\nClientIdentifier=\nSecret=\n"
        "InterfaceName=teredo\nBindAddress=\nPort=0\nMtu=1280\nMaxPeers=\nMaxMemory=\nAllowPrivateAddresses=no\n"
        "Offloads=auto\n");
}

}  // namespace
}  // namespace miredo::config
