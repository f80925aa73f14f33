// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One row per bad file: which line is blamed, for what, and whether that stops a start.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/classic.hpp"

namespace miredo::config {
namespace {

constexpr auto kM = ClassicProgram::kMiredo;
constexpr auto kS = ClassicProgram::kMiredoServer;
constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;

struct BadFile {
    const char* name;
    ClassicProgram program;
    std::string text;
    Severity severity;
    unsigned line;        // 0: the file as a whole
    const char* message;  // a part of it
    const char* server_name = "";
};

// For clients that would be complete but for the row's line.
const std::string kClient = "ServerAddress s.example\n";
const std::string kRelay = "RelayType cone\n";
const std::string kServer = "ServerBindAddress 192.0.2.1\n";

std::string nul(const char* before, const char* after) {
    return std::string{before} + '\0' + after;
}

// clang-format off
const BadFile kBadFiles[] = {
    // What is missing.
    {"empty", kM, "", kError, 0, "ServerAddress: missing"},
    {"only_comment", kM, "# ServerAddress a\n", kError, 0, "ServerAddress: missing"},
    {"client_without_server", kM, "RelayType client\n", kError, 0, "ServerAddress: missing"},
    {"client_with_secondary_only", kM, "ServerAddress2 a.example\n", kError, 0, "ServerAddress: missing"},
    {"empty_server", kS, "", kError, 0, "ServerBindAddress: missing"},
    {"server_with_secondary_only", kS, "ServerBindAddress2 192.0.2.2\n", kError, 0, "ServerBindAddress: missing"},
    {"combined_with_secondary_only", kM, kClient + "ServerBindAddress2 192.0.2.2\n", kError, 0, "ServerBindAddress: missing"},
    {"combined_without_client_server", kM, kServer, kError, 0, "ServerAddress: missing"},
    {"nothing_to_run", kM, "RelayType disabled\n", kError, 0, "ServerBindAddress: missing"},
    {"no_value", kM, "ServerAddress\n", kWarning, 1, "ServerAddress: no value"},
    {"no_value_is_missing", kM, "ServerAddress  \t\n", kError, 0, "ServerAddress: missing"},
    {"no_next_address", kS, "ServerBindAddress 223.255.255.255\n", kError, 0, "ServerBindAddress2: missing, and the address after 223.255.255.255"},
    // RelayType
    {"relay_type_unknown", kM, "\nRelayType router\n", kError, 2, "RelayType: router is not a relay type, expected client, cone"},
    {"relay_type_prefix", kM, "RelayType clien\n", kError, 1, "RelayType: clien is not"},
    {"relay_type_number", kM, "RelayType 1\n", kError, 1, "RelayType: 1 is not"},
    {"relay_type_quoted", kM, "RelayType \"cone\"\n", kError, 1, "RelayType: \"\\\"cone\\\"\" is not"},
    {"relay_type_autoclient", kM, kClient + "RelayType autoclient\n", kWarning, 2, "autoclient is deprecated: it is the same as client"},
    {"relay_type_restricted", kM, "RelayType restricted\n", kWarning, 1, "restricted is deprecated: write cone"},
    {"relay_type_disabled", kM, kServer + "RelayType disabled\n", kWarning, 2, "disabled is deprecated: run miredo-server"},
    // ServerAddress, ServerAddress2
    {"server_any", kM, "ServerAddress 0.0.0.0\n", kError, 1, "ServerAddress: 0.0.0.0 is not the address of a server"},
    {"server_zero_network", kM, "ServerAddress 0.1.1.1\n", kError, 1, "ServerAddress: 0.1.1.1"},
    {"server_loopback", kM, "ServerAddress 127.0.0.1\n", kError, 1, "ServerAddress: 127.0.0.1"},
    {"server_multicast", kM, "ServerAddress 224.0.0.2\n", kError, 1, "expected a unicast IPv4 address"},
    {"server_broadcast", kM, "ServerAddress 255.255.255.255\n", kError, 1, "ServerAddress: 255.255.255.255"},
    {"server_short", kM, "ServerAddress 192.0.2\n", kError, 1, "192.0.2 is not an IPv4 address"},
    {"server_octet", kM, "ServerAddress 192.0.2.300\n", kError, 1, "192.0.2.300 is not an IPv4 address"},
    {"server_with_port", kM, "ServerAddress 192.0.2.1:3544\n", kError, 1, "192.0.2.1:3544 is not a host name"},
    {"server_with_length", kM, "ServerAddress 192.0.2.1/24\n", kError, 1, "192.0.2.1/24 is not a host name"},
    {"server_ipv6", kM, "ServerAddress 2001:db8::1\n", kError, 1, "2001:db8::1 is an IPv6 address, expected an IPv4"},
    {"server_hexadecimal", kM, "ServerAddress 0xC0000201\n", kError, 1, "0xC0000201 is not an IPv4 address"},
    {"server_comment_as_value", kM, "ServerAddress # none yet\n", kError, 1, "ServerAddress: \"#\" is not a host name"},
    {"server_quoted", kM, "ServerAddress \"s.example\"\n", kError, 1, "is not a host name"},
    {"server_url", kM, "ServerAddress http://s.example/\n", kError, 1, "http://s.example/ is not a host name"},
    {"server_hyphen", kM, "ServerAddress -s.example\n", kError, 1, "-s.example is not a host name"},
    {"server_dots", kM, "ServerAddress s..example\n", kError, 1, "s..example is not a host name"},
    {"server_label", kM, "ServerAddress " + std::string(64, 'a') + "\n", kError, 1, "is not a host name"},
    {"server_name_too_long", kM, "ServerAddress a" + std::string(500, '.') + "\n", kError, 1, "(501 bytes) is not a host name"},
    {"server_not_ascii", kM, "ServerAddress b\xC3\xBC" "cher.example\n", kError, 1, "\"b\\xc3\\xbccher.example\" is not a host name"},
    {"server_escape", kM, "ServerAddress \x1b[2J\n", kError, 1, "\"\\x1b[2J\" is not a host name"},
    {"server_equals_sign", kM, "ServerAddress = s.example\n", kError, 1, "ServerAddress: \"=\" is not a value"},
    {"server_glued_equals_sign", kM, "ServerAddress =s.example\n", kError, 1, "without an equals sign"},
    {"secondary_loopback", kM, kClient + "ServerAddress2 127.0.0.1\n", kError, 2, "ServerAddress2: 127.0.0.1"},
    {"secondary_same", kM, kClient + "ServerAddress2 S.example\n", kWarning, 2, "ServerAddress2: the same as ServerAddress"},
    // Prefix
    {"prefix_multicast", kM, kRelay + "Prefix ff01::\n", kError, 2, "Prefix: ff01:: is not a Teredo prefix"},
    {"prefix_link_local", kM, kRelay + "Prefix fe80::\n", kError, 2, "Prefix: fe80::"},
    {"prefix_unspecified", kM, kRelay + "Prefix ::\n", kError, 2, "Prefix: ::"},
    {"prefix_length", kM, kRelay + "Prefix 2001:0::/32\n", kError, 2, "without a length"},
    {"prefix_ipv4", kM, kRelay + "Prefix 192.0.2.0\n", kError, 2, "expected an IPv6 address"},
    {"prefix_word", kM, kRelay + "Prefix teredo\n", kError, 2, "Prefix: teredo is not"},
    {"prefix_more_bits", kM, kRelay + "Prefix 2001:0:dead::\n", kWarning, 2, "Prefix: only the first 32 bits of 2001:0:dead:: count: 2001::/32"},
    {"prefix_of_server", kS, kServer + "Prefix ff02::1\n", kError, 2, "Prefix: ff02::1"},
    {"prefix_for_client", kM, kClient + "Prefix 2001:0::\n", kWarning, 2, "Prefix: has no effect with RelayType client"},
    // InterfaceMTU
    {"mtu_100", kM, kRelay + "InterfaceMTU 100\n", kError, 2, "InterfaceMTU: 100 is not an IPv6 MTU, expected 1280 to 65535"},
    {"mtu_1279", kM, kRelay + "InterfaceMTU 1279\n", kError, 2, "InterfaceMTU: 1279"},
    {"mtu_65536", kM, kRelay + "InterfaceMTU 65536\n", kError, 2, "InterfaceMTU: 65536"},
    {"mtu_negative", kM, kRelay + "InterfaceMTU -1280\n", kError, 2, "InterfaceMTU: -1280"},
    {"mtu_octal", kM, kRelay + "InterfaceMTU 01280\n", kError, 2, "InterfaceMTU: 01280"},
    {"mtu_of_server", kS, kServer + "InterfaceMTU 576\n", kError, 2, "InterfaceMTU: 576"},
    {"mtu_for_client", kM, kClient + "InterfaceMTU 1400\n", kWarning, 2, "InterfaceMTU: has no effect with RelayType client"},
    // InterfaceName
    {"name_16", kM, kClient + "InterfaceName sixteen-letters!\n", kError, 2, "expected 1 to 15 characters"},
    {"name_slash", kM, kClient + "InterfaceName a/b\n", kError, 2, "InterfaceName: a/b is not an interface name"},
    {"name_dot", kM, kClient + "InterfaceName .\n", kError, 2, "InterfaceName: . is not"},
    {"name_dots", kM, kClient + "InterfaceName ..\n", kError, 2, "InterfaceName: .. is not"},
    {"name_percent", kM, kClient + "InterfaceName tun%d\n", kError, 2, "InterfaceName: \"tun%d\""},
    {"name_colon", kM, kClient + "InterfaceName tun:0\n", kError, 2, "InterfaceName: tun:0"},
    {"name_all", kM, kClient + "InterfaceName all\n", kError, 2, "another meaning to the kernel"},
    {"name_control", kM, kClient + "InterfaceName a\vb\n", kError, 2, "\"a\\x0bb\" is not an interface name"},
    {"name_of_server", kS, kServer + "InterfaceName teredo\n", kWarning, 2, "InterfaceName: has no effect for miredo-server"},
    // BindAddress, BindPort
    {"bind_multicast", kM, kClient + "BindAddress 224.0.0.1\n", kError, 2, "BindAddress: 224.0.0.1 is not an address of this host"},
    {"bind_broadcast", kM, kClient + "BindAddress 255.255.255.255\n", kError, 2, "BindAddress: 255.255.255.255"},
    {"bind_ipv6", kM, kClient + "BindAddress ::\n", kError, 2, "BindAddress: :: is an IPv6 address"},
    {"bind_star", kM, kRelay + "BindAddress *\n", kError, 2, "BindAddress: \"*\""},
    {"port_70000", kM, kClient + "BindPort 70000\n", kError, 2, "BindPort: 70000 is not a port, expected 0 to 65535"},
    {"port_negative", kM, kClient + "BindPort -1\n", kError, 2, "BindPort: -1 is not a port"},
    {"port_word", kM, kClient + "BindPort any\n", kError, 2, "BindPort: any is not a port"},
    {"port_octal", kM, kClient + "BindPort 089\n", kError, 2, "BindPort: 089"},
    {"port_huge", kM, kClient + "BindPort 18446744073709551617\n", kError, 2, "BindPort: 18446744073709551617"},
    {"port_fraction", kM, kClient + "BindPort 3545,5\n", kError, 2, "BindPort: \"3545,5\""},
    // ServerBindAddress, ServerBindAddress2
    {"server_bind_any", kS, "ServerBindAddress 0.0.0.0\n", kError, 1, "ServerBindAddress: 0.0.0.0"},
    {"server_bind_loopback", kS, "ServerBindAddress 127.0.0.1\n", kError, 1, "ServerBindAddress: 127.0.0.1"},
    {"server_bind_multicast", kS, kServer + "ServerBindAddress2 239.0.0.1\n", kError, 2, "ServerBindAddress2: 239.0.0.1"},
    {"server_bind_same", kS, kServer + "ServerBindAddress2 192.0.2.1\n", kError, 2, "ServerBindAddress2: 192.0.2.1 is ServerBindAddress too"},
    {"server_bind_in_miredo_conf", kM, kClient + kServer, kWarning, 2, "its place is miredo-server.conf"},
    // Others
    {"facility", kM, kClient + "SyslogFacility local9\n", kWarning, 2, "SyslogFacility: local9 is not a syslog facility, expected one of auth"},
    {"facility_equals_sign", kM, kClient + "SyslogFacility =daemon\n", kWarning, 2, "daemon is used"},
    {"default_route", kM, kClient + "DefaultRoute perhaps\n", kError, 2, "DefaultRoute: perhaps is not a switch"},
    {"default_route_old", kM, kClient + "DefaultRoute no\n", kWarning, 2, "DefaultRoute: deprecated"},
    {"default_route_for_relay", kM, kRelay + "DefaultRoute no\n", kWarning, 2, "DefaultRoute: has no effect with RelayType cone"},
    {"ignore_cone_bit", kM, kClient + "IgnoreConeBit no\n", kWarning, 2, "IgnoreConeBit: obsolete, ignored: the cone bit"},
    {"local_discovery", kM, kClient + "LocalDiscovery forced\n", kWarning, 2, "LocalDiscovery: obsolete"},
    {"discovery_interfaces", kM, kClient + "DiscoveryInterfaces eth.*\n", kWarning, 2, "DiscoveryInterfaces: obsolete"},
    {"discovery_netmask", kM, kClient + "DiscoveryNetmask 255.0.0.0\n", kWarning, 2, "DiscoveryNetmask: obsolete"},
    {"command_up", kM, kClient + "CommandUp /bin/true\n", kWarning, 2, "CommandUp: obsolete"},
    {"command_down", kM, kClient + "CommandDown /bin/true\n", kWarning, 2, "CommandDown: obsolete"},
    {"unknown", kM, kClient + "ServerAdress a\n", kWarning, 2, "ServerAdress: unknown directive"},
    {"unknown_escape", kM, kClient + "\x1b]0;x\a y\n", kWarning, 2, "\\x1b]0;x\\x07\": unknown directive"},
    {"repeated", kM, kClient + "serveraddress t.example\n", kWarning, 2, "ServerAddress: repeated with t.example, ignored: line 1 wins"},
    {"repeated_bad", kM, kClient + "ServerAddress 0.0.0.0\n", kWarning, 2, "repeated with 0.0.0.0"},
    {"first_bad_still_wins", kM, "ServerAddress 0.0.0.0\n" + kClient, kError, 1, "ServerAddress: 0.0.0.0"},
    {"relay_type_for_server", kS, kServer + "RelayType cone\n", kWarning, 2, "RelayType: has no effect for miredo-server"},
    {"server_address_for_relay", kM, kRelay + kClient, kWarning, 2, "ServerAddress: has no effect with RelayType cone"},
    {"equals_form", kM, "ServerAddress=s.example\n", kWarning, 1, "\"ServerAddress=s.example\": no value"},
    // The text itself
    {"section", kM, "# x\n[Client]\nServer=a\n", kError, 2, "\"[Client]\": sections are not part of the classic form"},
    {"section_late", kM, kClient + "[Relay]\n", kError, 2, "sections are not part of the classic form"},
    {"nul", kM, nul("ServerAddress s.exa", "mple\n"), kError, 1, "NUL byte"},
    {"nul_in_comment", kM, kClient + nul("#", "\n"), kError, 2, "NUL byte"},
    {"nuls_only", kM, std::string(4096, '\0'), kError, 1, "NUL byte"},
    {"cr_inside", kM, "InterfaceName a\rServerAddress b\n", kError, 1, "carriage return"},
    {"cr_only_file", kM, "# x\rServerAddress b\r", kError, 1, "carriage return"},
    {"utf8_mark", kM, "\xEF\xBB\xBF" + kClient, kWarning, 1, "byte order mark"},
    {"utf16_little", kM, nul("\xFF\xFES", "e"), kError, 1, "UTF-16"},
    {"utf16_big", kM, nul("\xFE\xFF", "S"), kError, 1, "UTF-16"},
    {"long_line", kM, kClient + "BindPort 1 " + std::string(1045, 'x') + "\n", kWarning, 2, "BindPort: line of 1056 bytes skipped"},
    {"long_line_of_server", kM, "ServerAddress " + std::string(1000000, 'x'), kError, 0, "ServerAddress: missing"},
    // The command line's name
    {"name_loopback", kM, "", kError, 0, "server name: 127.0.0.1 is not the address of a server", "127.0.0.1"},
    {"name_not_a_name", kM, kClient, kError, 0, "server name: \"a b\" is not a host name", "a b"},
    {"name_for_server", kS, "", kError, 0, "server name: 0.0.0.0", "0.0.0.0"},
    {"name_no_next", kS, "", kError, 0, "ServerBindAddress2: missing", "126.255.255.255"},
    {"name_for_relay", kM, kRelay, kWarning, 0, "server name a.example has no effect with RelayType cone", "a.example"},
};
// clang-format on

class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, BlamesTheLine) {
    const BadFile& row = GetParam();
    const Parsed parsed = parse_classic(row.text, "f", row.program, row.server_name);
    std::string all;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        all += diagnostic.to_string() + '\n';
    }
    const bool is_told = std::any_of(
        parsed.diagnostics.begin(), parsed.diagnostics.end(), [&row](const Diagnostic& found) {
            return found.severity == row.severity && found.line == row.line &&
                   found.message.find(row.message) != std::string::npos;
        });
    EXPECT_TRUE(is_told) << "expected line " << row.line << ": " << row.message << "\ngot:\n"
                         << all;
    EXPECT_EQ(has_errors(parsed.diagnostics),
              row.severity == kError || std::string_view{row.name} == "no_value" ||
                  std::string_view{row.name} == "equals_form")
        << all;
}

INSTANTIATE_TEST_SUITE_P(Classic, BadFiles, testing::ValuesIn(kBadFiles), [](const auto& row) {
    return std::string{row.param.name};
});

TEST(ClassicErrors, AllErrorsInOneRun) {
    const Parsed parsed = parse_classic("RelayType router\n"
                                        "ServerAddress 0.0.0.0\n"
                                        "ServerAddress2 ::1\n"
                                        "Prefix ff01::\n"
                                        "InterfaceMTU 1\n"
                                        "InterfaceName a/b\n"
                                        "BindAddress 224.0.0.1\n"
                                        "BindPort 65536\n"
                                        "DefaultRoute perhaps\n"
                                        "ServerBindAddress 127.0.0.1\n"
                                        "ServerBindAddress2 127.0.0.2\n",
                                        "f",
                                        kM);
    std::vector<unsigned> lines;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        if (diagnostic.severity == kError) {
            lines.push_back(diagnostic.line);
        }
    }
    EXPECT_EQ(lines, (std::vector<unsigned>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

// What a damaged line said is not known: it is not called missing too.
TEST(ClassicErrors, DamagedLineIsNotMissing) {
    const Parsed parsed = parse_classic(nul("ServerAddress s", "\n"), "f", kM);
    EXPECT_EQ(parsed.diagnostics.size(), 1U);
    const Parsed equals = parse_classic("ServerAddress = s\n", "f", kM);
    EXPECT_EQ(equals.diagnostics.size(), 1U);
}

}  // namespace
}  // namespace miredo::config
