// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What good classic files mean. What bad ones are told is in classic_bad_test.cpp.
#include "config/classic.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "temporary_file.hpp"

namespace miredo::config {
namespace {

std::string messages(const Parsed& parsed) {
    std::string text;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        text += diagnostic.to_string() + '\n';
    }
    return text;
}

Parsed miredo(std::string_view text, const std::string& server_name = {}) {
    return parse_classic(text, "f", ClassicProgram::kMiredo, server_name);
}

Parsed server(std::string_view text, const std::string& server_name = {}) {
    return parse_classic(text, "f", ClassicProgram::kMiredoServer, server_name);
}

std::string fixture(const char* name) {
    return std::string{MIREDO_FIXTURES} + '/' + name;
}

TEST(Classic, DebiansMiredoConf) {
    conformance::shows("D1");
    const Parsed parsed = load_classic(fixture("debian-miredo.conf"), ClassicProgram::kMiredo);
    EXPECT_EQ(messages(parsed), "");
    Configuration expected;
    expected.client.emplace();
    expected.client->tunnel.interface_name = "teredo";
    expected.client->server = "teredo-debian.remlab.net";
    EXPECT_EQ(parsed.configuration, expected);
}

TEST(Classic, DebiansMiredoServerConf) {
    conformance::shows("D1");
    const Parsed parsed =
        load_classic(fixture("debian-miredo-server.conf"), ClassicProgram::kMiredoServer);
    EXPECT_EQ(messages(parsed), "");
    Configuration expected;
    expected.server.emplace();
    expected.server->address = "192.0.2.221";
    EXPECT_EQ(parsed.configuration, expected);
}

// The commented directives of the stock files, switched on as their reader would.
TEST(Classic, DebiansMiredoConfWithEverythingOn) {
    std::ifstream file{fixture("debian-miredo.conf")};
    std::string text;
    for (std::string line; std::getline(file, line);) {
        text += line.substr(line.starts_with('#') ? 1 : 0) + '\n';
    }
    const Parsed parsed = miredo(text);
    ASSERT_TRUE(parsed.configuration.client);
    EXPECT_FALSE(has_errors(parsed.diagnostics)) << messages(parsed);
    EXPECT_EQ(parsed.configuration.client->server, "teredo.ipv6.microsoft.com");
    EXPECT_EQ(parsed.configuration.client->tunnel.port, 3545);
    EXPECT_EQ(parsed.diagnostics.size(), 1U);  // the second ServerAddress
}

TEST(Classic, ClientWithEveryDirective) {
    conformance::shows("D2");
    const Parsed parsed = miredo("RelayType Client\n"
                                 "SERVERADDRESS 192.0.2.1\n"
                                 "serveraddress2 teredo2.example\n"
                                 "InterfaceNAME tun7\n"
                                 "BindAddress 192.0.2.9\n"
                                 "bindport 0xDD9\n"
                                 "syslogfacility Local3");
    EXPECT_EQ(messages(parsed), "");
    Configuration expected;
    expected.client.emplace();
    expected.client->server = "192.0.2.1";
    expected.client->secondary_server = "teredo2.example";
    expected.client->tunnel.interface_name = "tun7";
    expected.client->tunnel.bind_address = "192.0.2.9";
    expected.client->tunnel.port = 3545;
    expected.syslog_facility = 19;
    EXPECT_EQ(parsed.configuration, expected);
}

TEST(Classic, RelayWithEveryDirective) {
    conformance::shows("D2");
    const Parsed parsed = miredo("RelayType cone\n"
                                 "Prefix 3ffe:831f::\n"
                                 "InterfaceMTU 1400\n"
                                 "InterfaceName relay0\n"
                                 "BindAddress relay.example\n"
                                 "BindPort 3545\n"
                                 "SyslogFacility daemon\n");
    EXPECT_EQ(messages(parsed), "");
    Configuration expected;
    expected.relay.emplace();
    expected.relay->prefix = *Ipv6Prefix::parse("3ffe:831f::/32");
    expected.relay->tunnel.mtu = 1400;
    expected.relay->tunnel.interface_name = "relay0";
    expected.relay->tunnel.bind_address = "relay.example";
    expected.relay->tunnel.port = 3545;
    EXPECT_EQ(parsed.configuration, expected);
}

TEST(Classic, ServerWithEveryDirective) {
    conformance::shows("D2");
    const Parsed parsed = server("ServerBindAddress teredo.example\r\n"
                                 "ServerBindAddress2 192.0.2.44\r\n"
                                 "Prefix 2001:0::\r\n"
                                 "InterfaceMTU 65535\r\n"
                                 "SyslogFacility news\r\n");
    EXPECT_EQ(messages(parsed), "");
    Configuration expected;
    expected.server.emplace();
    expected.server->address = "teredo.example";
    expected.server->secondary_address = "192.0.2.44";
    expected.server->advertised_mtu = 65535;
    expected.syslog_facility = 7;
    EXPECT_EQ(parsed.configuration, expected);
}

TEST(Classic, EveryRelayType) {
    struct Row {
        const char* word;
        bool is_client;
        teredo::RelayMode mode;
        std::size_t warnings;
    };
    const Row rows[] = {
        {"client", true, {}, 0},
        {"CLIENT", true, {}, 0},
        {"autoclient", true, {}, 1},
        {"cone", false, teredo::RelayMode::kCone, 0},
        {"Relay", false, teredo::RelayMode::kCone, 0},
        {"restricted", false, teredo::RelayMode::kRestricted, 1},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.word);
        const std::string server_line = row.is_client ? "ServerAddress s.example\n" : "";
        const Parsed parsed = miredo(server_line + "RelayType " + row.word);
        EXPECT_FALSE(has_errors(parsed.diagnostics)) << messages(parsed);
        EXPECT_EQ(parsed.diagnostics.size(), row.warnings) << messages(parsed);
        EXPECT_EQ(parsed.configuration.client.has_value(), row.is_client);
        EXPECT_EQ(parsed.configuration.relay.has_value(), !row.is_client);
        EXPECT_FALSE(parsed.configuration.server);
        if (parsed.configuration.relay) {
            EXPECT_EQ(parsed.configuration.relay->mode, row.mode);
        }
    }
}

// miredo.conf before 0.5.0.
TEST(Classic, ServerBesideClient) {
    const Parsed parsed = miredo("ServerAddress s.example\n"
                                 "ServerBindAddress 192.0.2.3\n"
                                 "ServerBindAddress2 192.0.2.4\n"
                                 "Prefix 3ffe:831f::\n"
                                 "InterfaceMTU 1300\n");
    EXPECT_EQ(messages(parsed),
              "f:2: warning: ServerBindAddress: deprecated in miredo.conf, its place is "
              "miredo-server.conf; the server runs in this process\n");
    ASSERT_TRUE(parsed.configuration.client);
    EXPECT_EQ(parsed.configuration.client->tunnel.mtu, 1280);
    ASSERT_TRUE(parsed.configuration.server);
    EXPECT_EQ(parsed.configuration.server->address, "192.0.2.3");
    EXPECT_EQ(parsed.configuration.server->secondary_address, "192.0.2.4");
    EXPECT_EQ(parsed.configuration.server->prefix.to_string(), "3ffe:831f::/32");
    EXPECT_EQ(parsed.configuration.server->advertised_mtu, 1300);
}

TEST(Classic, ServerBesideRelay) {
    const Parsed parsed =
        miredo("RelayType cone\nServerBindAddress 192.0.2.3\nInterfaceMTU 1300\n");
    EXPECT_FALSE(has_errors(parsed.diagnostics)) << messages(parsed);
    ASSERT_TRUE(parsed.configuration.relay && parsed.configuration.server);
    EXPECT_EQ(parsed.configuration.relay->tunnel.mtu, 1300);
    EXPECT_EQ(parsed.configuration.server->advertised_mtu, 1300);
    EXPECT_FALSE(parsed.configuration.client);
}

TEST(Classic, ServerAlone) {
    const Parsed parsed = miredo("RelayType disabled\nServerBindAddress 192.0.2.3\n");
    EXPECT_FALSE(has_errors(parsed.diagnostics)) << messages(parsed);
    EXPECT_FALSE(parsed.configuration.client || parsed.configuration.relay);
    ASSERT_TRUE(parsed.configuration.server);
    EXPECT_EQ(parsed.configuration.server->address, "192.0.2.3");
}

TEST(Classic, NameOfTheCommandLineReplacesTheClientsServers) {
    const Parsed parsed = miredo("ServerAddress a.example\nServerAddress2 0.0.0.0\n", "b.example");
    ASSERT_TRUE(parsed.configuration.client);
    EXPECT_EQ(parsed.configuration.client->server, "b.example");
    EXPECT_EQ(parsed.configuration.client->secondary_server, "");
    EXPECT_EQ(messages(parsed),
              "f:1: warning: ServerAddress: replaced by the server name of the command line\n"
              "f:2: warning: ServerAddress2: replaced by the server name of the command line\n");
    EXPECT_EQ(messages(miredo("", "b.example")), "");
}

TEST(Classic, NameOfTheCommandLineReplacesTheServersAddresses) {
    const Parsed parsed =
        server("ServerBindAddress 192.0.2.1\nServerBindAddress2 192.0.2.2\n", "192.0.2.8");
    ASSERT_TRUE(parsed.configuration.server);
    EXPECT_EQ(parsed.configuration.server->address, "192.0.2.8");
    EXPECT_EQ(parsed.configuration.server->secondary_address, "");
    EXPECT_EQ(parsed.diagnostics.size(), 2U) << messages(parsed);
    EXPECT_FALSE(has_errors(parsed.diagnostics));
}

TEST(Classic, DefaultRouteIsHonouredWithAWarning) {
    const Parsed off = miredo("ServerAddress a.example\nDefaultRoute off\n");
    ASSERT_TRUE(off.configuration.client);
    EXPECT_FALSE(off.configuration.client->default_route);
    EXPECT_EQ(off.diagnostics.size(), 1U) << messages(off);
    EXPECT_FALSE(has_errors(off.diagnostics));
    EXPECT_TRUE(
        miredo("ServerAddress a.example\nDefaultRoute 1\n").configuration.client->default_route);
}

TEST(Classic, MissingFileIsForgivenWhereTheNameIsGiven) {
    const tests::TemporaryDirectory directory;
    const std::string path = directory.file("none.conf");
    const Parsed named = load_classic(path, ClassicProgram::kMiredo, "s.example");
    EXPECT_FALSE(has_errors(named.diagnostics));
    EXPECT_EQ(messages(named),
              path + ": warning: cannot open the configuration file: No such file or directory; "
                     "defaults are used\n");
    ASSERT_TRUE(named.configuration.client);
    EXPECT_EQ(named.configuration.client->server, "s.example");

    const Parsed unnamed = load_classic(path, ClassicProgram::kMiredo);
    EXPECT_EQ(messages(unnamed),
              path + ": error: cannot open the configuration file: No such file or directory\n");
}

TEST(Classic, UnreadableFileIsAnErrorEvenWithAName) {
    const tests::TemporaryDirectory directory;
    const Parsed parsed = load_classic(directory.file("."), ClassicProgram::kMiredo, "s.example");
    ASSERT_EQ(parsed.diagnostics.size(), 1U);
    EXPECT_EQ(parsed.diagnostics[0].to_string(),
              directory.file(".") + ": error: is a directory, expected a configuration file");
}

}  // namespace
}  // namespace miredo::config
