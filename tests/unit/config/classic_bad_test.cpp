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
    std::string text;
    ClassicProgram program;
    Severity severity;
    unsigned line;        // 0: the file as a whole
    const char* message;  // a part of it
    const char* server_name = "";
};

// For clients that would be complete but for the row's line.
const std::string client_lines = "ServerAddress s.example\n";
const std::string relay_lines = "RelayType cone\n";
const std::string server_lines = "ServerBindAddress 192.0.2.1\n";

std::string nul(const char* before, const char* after) {
    return std::string{before} + '\0' + after;
}

// clang-format off
const BadFile bad_files[] = {
    // What is missing.
    {"empty", "", kM, kError, 0, "ServerAddress: missing"},
    {"only_comment", "# ServerAddress a\n", kM, kError, 0, "ServerAddress: missing"},
    {"client_without_server", "RelayType client\n", kM, kError, 0, "ServerAddress: missing"},
    {"client_with_secondary_only", "ServerAddress2 a.example\n", kM, kError, 0, "ServerAddress: missing"},
    {"empty_server", "", kS, kError, 0, "ServerBindAddress: missing"},
    {"server_with_secondary_only", "ServerBindAddress2 192.0.2.2\n", kS, kError, 0, "ServerBindAddress: missing"},
    {"combined_with_secondary_only", client_lines + "ServerBindAddress2 192.0.2.2\n", kM, kError, 0, "ServerBindAddress: missing"},
    {"combined_without_client_server", server_lines, kM, kError, 0, "ServerAddress: missing"},
    {"nothing_to_run", "RelayType disabled\n", kM, kError, 0, "ServerBindAddress: missing"},
    {"no_value", "ServerAddress\n", kM, kWarning, 1, "ServerAddress: no value"},
    {"no_value_is_missing", "ServerAddress  \t\n", kM, kError, 0, "ServerAddress: missing"},
    {"no_next_address", "ServerBindAddress 223.255.255.255\n", kS, kError, 0, "ServerBindAddress2: missing, and the address after 223.255.255.255"},
    // RelayType
    {"relay_type_unknown", "\nRelayType router\n", kM, kError, 2, "RelayType: router is not a relay type, expected client, cone"},
    {"relay_type_prefix", "RelayType clien\n", kM, kError, 1, "RelayType: clien is not"},
    {"relay_type_number", "RelayType 1\n", kM, kError, 1, "RelayType: 1 is not"},
    {"relay_type_quoted", "RelayType \"cone\"\n", kM, kError, 1, "RelayType: \"\\\"cone\\\"\" is not"},
    {"relay_type_autoclient", client_lines + "RelayType autoclient\n", kM, kWarning, 2, "autoclient is deprecated: it is the same as client"},
    {"relay_type_restricted", "RelayType restricted\n", kM, kWarning, 1, "restricted is deprecated: write cone"},
    {"relay_type_disabled", server_lines + "RelayType disabled\n", kM, kWarning, 2, "disabled is deprecated: run miredo-server"},
    // ServerAddress, ServerAddress2
    {"server_any", "ServerAddress 0.0.0.0\n", kM, kError, 1, "ServerAddress: 0.0.0.0 is not the address of a server"},
    {"server_zero_network", "ServerAddress 0.1.1.1\n", kM, kError, 1, "ServerAddress: 0.1.1.1"},
    {"server_loopback", "ServerAddress 127.0.0.1\n", kM, kError, 1, "ServerAddress: 127.0.0.1"},
    {"server_multicast", "ServerAddress 224.0.0.2\n", kM, kError, 1, "expected a unicast IPv4 address"},
    {"server_broadcast", "ServerAddress 255.255.255.255\n", kM, kError, 1, "ServerAddress: 255.255.255.255"},
    {"server_short", "ServerAddress 192.0.2\n", kM, kError, 1, "192.0.2 is not an IPv4 address"},
    {"server_octet", "ServerAddress 192.0.2.300\n", kM, kError, 1, "192.0.2.300 is not an IPv4 address"},
    {"server_with_port", "ServerAddress 192.0.2.1:3544\n", kM, kError, 1, "192.0.2.1:3544 is not a host name"},
    {"server_with_length", "ServerAddress 192.0.2.1/24\n", kM, kError, 1, "192.0.2.1/24 is not a host name"},
    {"server_ipv6", "ServerAddress 2001:db8::1\n", kM, kError, 1, "2001:db8::1 is an IPv6 address, expected an IPv4"},
    {"server_hexadecimal", "ServerAddress 0xC0000201\n", kM, kError, 1, "0xC0000201 is not an IPv4 address"},
    {"server_comment_as_value", "ServerAddress # none yet\n", kM, kError, 1, "ServerAddress: \"#\" is not a host name"},
    {"server_quoted", "ServerAddress \"s.example\"\n", kM, kError, 1, "is not a host name"},
    {"server_url", "ServerAddress http://s.example/\n", kM, kError, 1, "http://s.example/ is not a host name"},
    {"server_hyphen", "ServerAddress -s.example\n", kM, kError, 1, "-s.example is not a host name"},
    {"server_dots", "ServerAddress s..example\n", kM, kError, 1, "s..example is not a host name"},
    {"server_label", "ServerAddress " + std::string(64, 'a') + "\n", kM, kError, 1, "is not a host name"},
    {"server_name_too_long", "ServerAddress a" + std::string(500, '.') + "\n", kM, kError, 1, "(501 bytes) is not a host name"},
    {"server_not_ascii", "ServerAddress b\xC3\xBC" "cher.example\n", kM, kError, 1, "\"b\\xc3\\xbccher.example\" is not a host name"},
    {"server_escape", "ServerAddress \x1b[2J\n", kM, kError, 1, "\"\\x1b[2J\" is not a host name"},
    {"server_equals_sign", "ServerAddress = s.example\n", kM, kError, 1, "ServerAddress: \"=\" is not a value"},
    {"server_glued_equals_sign", "ServerAddress =s.example\n", kM, kError, 1, "without an equals sign"},
    {"secondary_loopback", client_lines + "ServerAddress2 127.0.0.1\n", kM, kError, 2, "ServerAddress2: 127.0.0.1"},
    {"secondary_same", client_lines + "ServerAddress2 S.example\n", kM, kWarning, 2, "ServerAddress2: the same as ServerAddress"},
    // Prefix
    {"prefix_multicast", relay_lines + "Prefix ff01::\n", kM, kError, 2, "Prefix: ff01:: is not a Teredo prefix"},
    {"prefix_link_local", relay_lines + "Prefix fe80::\n", kM, kError, 2, "Prefix: fe80::"},
    {"prefix_unspecified", relay_lines + "Prefix ::\n", kM, kError, 2, "Prefix: ::"},
    {"prefix_length", relay_lines + "Prefix 2001:0::/32\n", kM, kError, 2, "without a length"},
    {"prefix_ipv4", relay_lines + "Prefix 192.0.2.0\n", kM, kError, 2, "expected an IPv6 address"},
    {"prefix_word", relay_lines + "Prefix teredo\n", kM, kError, 2, "Prefix: teredo is not"},
    {"prefix_more_bits", relay_lines + "Prefix 2001:0:dead::\n", kM, kWarning, 2, "Prefix: only the first 32 bits of 2001:0:dead:: count: 2001::/32"},
    {"prefix_of_server", server_lines + "Prefix ff02::1\n", kS, kError, 2, "Prefix: ff02::1"},
    {"prefix_for_client", client_lines + "Prefix 2001:0::\n", kM, kWarning, 2, "Prefix: has no effect with RelayType client"},
    // InterfaceMTU
    {"mtu_100", relay_lines + "InterfaceMTU 100\n", kM, kError, 2, "InterfaceMTU: 100 is not an IPv6 MTU, expected 1280 to 65535"},
    {"mtu_1279", relay_lines + "InterfaceMTU 1279\n", kM, kError, 2, "InterfaceMTU: 1279"},
    {"mtu_65536", relay_lines + "InterfaceMTU 65536\n", kM, kError, 2, "InterfaceMTU: 65536"},
    {"mtu_negative", relay_lines + "InterfaceMTU -1280\n", kM, kError, 2, "InterfaceMTU: -1280"},
    {"mtu_octal", relay_lines + "InterfaceMTU 01280\n", kM, kError, 2, "InterfaceMTU: 01280"},
    {"mtu_of_server", server_lines + "InterfaceMTU 576\n", kS, kError, 2, "InterfaceMTU: 576"},
    {"mtu_for_client", client_lines + "InterfaceMTU 1400\n", kM, kWarning, 2, "InterfaceMTU: has no effect with RelayType client"},
    // InterfaceName
    {"name_16", client_lines + "InterfaceName sixteen-letters!\n", kM, kError, 2, "expected 1 to 15 characters"},
    {"name_slash", client_lines + "InterfaceName a/b\n", kM, kError, 2, "InterfaceName: a/b is not an interface name"},
    {"name_dot", client_lines + "InterfaceName .\n", kM, kError, 2, "InterfaceName: . is not"},
    {"name_dots", client_lines + "InterfaceName ..\n", kM, kError, 2, "InterfaceName: .. is not"},
    {"name_percent", client_lines + "InterfaceName tun%d\n", kM, kError, 2, "InterfaceName: \"tun%d\""},
    {"name_colon", client_lines + "InterfaceName tun:0\n", kM, kError, 2, "InterfaceName: tun:0"},
    {"name_all", client_lines + "InterfaceName all\n", kM, kError, 2, "another meaning to the kernel"},
    {"name_control", client_lines + "InterfaceName a\vb\n", kM, kError, 2, "\"a\\x0bb\" is not an interface name"},
    {"name_of_server", server_lines + "InterfaceName teredo\n", kS, kWarning, 2, "InterfaceName: has no effect for miredo-server"},
    // BindAddress, BindPort
    {"bind_multicast", client_lines + "BindAddress 224.0.0.1\n", kM, kError, 2, "BindAddress: 224.0.0.1 is not an address of this host"},
    {"bind_broadcast", client_lines + "BindAddress 255.255.255.255\n", kM, kError, 2, "BindAddress: 255.255.255.255"},
    {"bind_ipv6", client_lines + "BindAddress ::\n", kM, kError, 2, "BindAddress: :: is an IPv6 address"},
    {"bind_star", relay_lines + "BindAddress *\n", kM, kError, 2, "BindAddress: \"*\""},
    {"port_70000", client_lines + "BindPort 70000\n", kM, kError, 2, "BindPort: 70000 is not a port, expected 0 to 65535"},
    {"port_negative", client_lines + "BindPort -1\n", kM, kError, 2, "BindPort: -1 is not a port"},
    {"port_word", client_lines + "BindPort any\n", kM, kError, 2, "BindPort: any is not a port"},
    {"port_octal", client_lines + "BindPort 089\n", kM, kError, 2, "BindPort: 089"},
    {"port_huge", client_lines + "BindPort 18446744073709551617\n", kM, kError, 2, "BindPort: 18446744073709551617"},
    {"port_fraction", client_lines + "BindPort 3545,5\n", kM, kError, 2, "BindPort: \"3545,5\""},
    // ServerBindAddress, ServerBindAddress2
    {"server_bind_any", "ServerBindAddress 0.0.0.0\n", kS, kError, 1, "ServerBindAddress: 0.0.0.0"},
    {"server_bind_loopback", "ServerBindAddress 127.0.0.1\n", kS, kError, 1, "ServerBindAddress: 127.0.0.1"},
    {"server_bind_multicast", server_lines + "ServerBindAddress2 239.0.0.1\n", kS, kError, 2, "ServerBindAddress2: 239.0.0.1"},
    {"server_bind_same", server_lines + "ServerBindAddress2 192.0.2.1\n", kS, kError, 2, "ServerBindAddress2: 192.0.2.1 is ServerBindAddress too"},
    {"server_bind_in_miredo_conf", client_lines + server_lines, kM, kWarning, 2, "its place is miredo-server.conf"},
    // Others
    {"facility", client_lines + "SyslogFacility local9\n", kM, kWarning, 2, "SyslogFacility: local9 is not a syslog facility, expected one of auth"},
    {"facility_equals_sign", client_lines + "SyslogFacility =daemon\n", kM, kWarning, 2, "daemon is used"},
    {"default_route", client_lines + "DefaultRoute perhaps\n", kM, kError, 2, "DefaultRoute: perhaps is not a switch"},
    {"default_route_old", client_lines + "DefaultRoute no\n", kM, kWarning, 2, "DefaultRoute: deprecated"},
    {"default_route_for_relay", relay_lines + "DefaultRoute no\n", kM, kWarning, 2, "DefaultRoute: has no effect with RelayType cone"},
    {"ignore_cone_bit", client_lines + "IgnoreConeBit no\n", kM, kWarning, 2, "IgnoreConeBit: obsolete, ignored: the cone bit"},
    {"local_discovery", client_lines + "LocalDiscovery forced\n", kM, kWarning, 2, "LocalDiscovery: obsolete"},
    {"discovery_interfaces", client_lines + "DiscoveryInterfaces eth.*\n", kM, kWarning, 2, "DiscoveryInterfaces: obsolete"},
    {"discovery_netmask", client_lines + "DiscoveryNetmask 255.0.0.0\n", kM, kWarning, 2, "DiscoveryNetmask: obsolete"},
    {"command_up", client_lines + "CommandUp /bin/true\n", kM, kWarning, 2, "CommandUp: obsolete"},
    {"command_down", client_lines + "CommandDown /bin/true\n", kM, kWarning, 2, "CommandDown: obsolete"},
    {"unknown", client_lines + "ServerAdress a\n", kM, kWarning, 2, "ServerAdress: unknown directive"},
    {"unknown_escape", client_lines + "\x1b]0;x\a y\n", kM, kWarning, 2, "\\x1b]0;x\\x07\": unknown directive"},
    {"repeated", client_lines + "serveraddress t.example\n", kM, kWarning, 2, "ServerAddress: repeated with t.example, ignored: line 1 wins"},
    {"repeated_bad", client_lines + "ServerAddress 0.0.0.0\n", kM, kWarning, 2, "repeated with 0.0.0.0"},
    {"first_bad_still_wins", "ServerAddress 0.0.0.0\n" + client_lines, kM, kError, 1, "ServerAddress: 0.0.0.0"},
    {"relay_type_for_server", server_lines + "RelayType cone\n", kS, kWarning, 2, "RelayType: has no effect for miredo-server"},
    {"server_address_for_relay", relay_lines + client_lines, kM, kWarning, 2, "ServerAddress: has no effect with RelayType cone"},
    {"equals_form", "ServerAddress=s.example\n", kM, kWarning, 1, "\"ServerAddress=s.example\": no value"},
    // The text itself
    {"section", "# x\n[Client]\nServer=a\n", kM, kError, 2, "\"[Client]\": sections are not part of the classic form"},
    {"section_late", client_lines + "[Relay]\n", kM, kError, 2, "sections are not part of the classic form"},
    {"nul", nul("ServerAddress s.exa", "mple\n"), kM, kError, 1, "NUL byte"},
    {"nul_in_comment", client_lines + nul("#", "\n"), kM, kError, 2, "NUL byte"},
    {"nuls_only", std::string(4096, '\0'), kM, kError, 1, "NUL byte"},
    {"cr_inside", "InterfaceName a\rServerAddress b\n", kM, kError, 1, "carriage return"},
    {"cr_only_file", "# x\rServerAddress b\r", kM, kError, 1, "carriage return"},
    {"utf8_mark", "\xEF\xBB\xBF" + client_lines, kM, kWarning, 1, "byte order mark"},
    {"utf16_little", nul("\xFF\xFES", "e"), kM, kError, 1, "UTF-16"},
    {"utf16_big", nul("\xFE\xFF", "S"), kM, kError, 1, "UTF-16"},
    {"long_line", client_lines + "BindPort 1 " + std::string(1045, 'x') + "\n", kM, kWarning, 2, "BindPort: line of 1056 bytes skipped"},
    {"long_line_of_server", "ServerAddress " + std::string(1000000, 'x'), kM, kError, 0, "ServerAddress: missing"},
    // The command line's name
    {"name_loopback", "", kM, kError, 0, "server name: 127.0.0.1 is not the address of a server", "127.0.0.1"},
    {"name_not_a_name", client_lines, kM, kError, 0, "server name: \"a b\" is not a host name", "a b"},
    {"name_for_server", "", kS, kError, 0, "server name: 0.0.0.0", "0.0.0.0"},
    {"name_no_next", "", kS, kError, 0, "ServerBindAddress2: missing", "126.255.255.255"},
    {"name_for_relay", relay_lines, kM, kWarning, 0, "server name a.example has no effect with RelayType cone", "a.example"},
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

INSTANTIATE_TEST_SUITE_P(Classic, BadFiles, testing::ValuesIn(bad_files), [](const auto& row) {
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
