// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One row per bad file of the sections form: which line is blamed, for what, and whether that stops
// a start.
#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "temporary_file.hpp"

namespace miredo::config {
namespace {

constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;

struct BadFile {
    const char* name;
    std::string text;
    Severity severity;
    unsigned line;        // 0: the file as a whole
    const char* message;  // a part of it
};

// Complete but for the row's line, which is the third.
const std::string client = "[Client]\nServer=s.example\n";
const std::string relay = "[Relay]\nMode=cone\n";
const std::string server = "[Server]\nAddress=8.8.8.8\n";

std::string with_nul() {
    return client + "Port=1" + '\0' + "2\n";
}

// clang-format off
const BadFile bad_files[] = {
    // What is missing, what doesn't go together.
    {"empty", "", kError, 0, "nothing is configured, expected [Client] with Server=, [Relay], or [Server] with Address="},
    {"comments_only", "# [Client]\n;[Relay]\n\n", kError, 0, "nothing is configured"},
    {"unknown_section_only", "[Peer]\nKey=1\n", kError, 0, "nothing is configured"},
    {"client_without_server", "\n[Client]\nPort=1\n", kError, 2, "[Client]: Server= is missing, a client needs"},
    {"client_with_server_reset", client + "Server=\n", kError, 3, "[Client]: Server= is missing"},
    {"server_without_address", "[Server]\n", kError, 1, "[Server]: Address= is missing"},
    {"client_and_relay", client + relay, kError, 3, "[Relay]: excludes [Client], which is in "},
    {"relay_and_client", relay + client, kError, 1, "which is in "},
    {"no_next_address", "[Server]\nAddress=223.255.255.255\n", kError, 2, "Address: the one after 223.255.255.255"},
    {"isatap", client + "[Isatap]\nRole=host\n", kWarning, 3, "[Isatap]: not supported by this version, section ignored"},
    // Syntax
    {"key_outside", "Port=1\n[Client]\nServer=s.example\n", kError, 1, "Port: is in no section, expected a line such as [Client]"},
    {"keys_without_section", "# forgotten\nServer=s.example\nPort = 1\n", kError, 2, "Server: is in no section"},
    {"directive", client + "Port 3545\n", kError, 3, "\"Port 3545\" is not an assignment, expected Key=Value"},
    {"no_key", client + "=1\n", kError, 3, "is not an assignment"},
    {"header_open", client + "[Relay\n", kError, 3, "\"[Relay\" is not a section"},
    {"header_empty", client + "[]\n", kError, 3, "\"[]\" is not a section"},
    {"header_with_comment", client + "[Server] # x\n", kError, 3, "is not a section, expected a line such as [Client] alone"},
    {"header_doubled", client + "[[Server]]\n", kError, 3, "is not a section"},
    {"nul", with_nul(), kError, 3, "NUL byte in the line"},
    {"carriage_return", client + "Port=1\r2\n", kError, 3, "carriage return inside the line"},
    {"utf16", "\xFF\xFE[", kError, 1, "the file is UTF-16 text"},
    {"mark", "\xEF\xBB\xBF" + client, kWarning, 1, "byte order mark ignored"},
    {"joined_lines", "[Client]\nServer=s.example\nPort=\\\n# between\n  70000\n", kError, 3, "Port: 70000 is not a port"},
    // Unknown names
    {"section_case", client + "[server]\n", kWarning, 3, "[server]: unknown section, ignored; did you mean [Server]?"},
    {"section_typo", client + "[Sever]\n", kWarning, 3, "did you mean [Server]?"},
    {"section_far", client + "[Interface]\n", kWarning, 3, "[Interface]: unknown section, ignored"},
    {"key_typo", client + "Prot=1\n", kWarning, 3, "Prot: unknown key in [Client], ignored; did you mean Port?"},
    {"key_case", client + "port=1\n", kWarning, 3, "port: unknown key in [Client], ignored; did you mean Port?"},
    {"key_unit", client + "RefreshInterval=30\n", kWarning, 3, "did you mean RefreshIntervalSec?"},
    {"key_far", client + "Colour=red\n", kWarning, 3, "Colour: unknown key in [Client], ignored"},
    {"key_of_relay", client + "ServedPrefixes=::/0\n", kWarning, 3, "; it is a key of [Relay]"},
    {"key_of_client", relay + "RouteTable=1\n", kWarning, 3, "; it is a key of [Client]"},
    {"key_classic_server", "[Client]\nServer=s.example\nServerAddress=a.example\n", kWarning, 3, "in sections it is called Server"},
    {"key_classic_port", relay + "BindPort=1\n", kWarning, 3, "in sections it is called Port"},
    {"key_classic_address", server + "ServerBindAddress2=8.8.4.4\n", kWarning, 3, "in sections it is called SecondaryAddress"},
    {"key_not_ascii", client + "P\xC3\xB6rt=1\n", kWarning, 3, "\"P\\xc3\\xb6rt\": unknown key"},
    // Known, but not built yet, or not for this section
    {"max_memory_of_a_server", "[Server]\nAddress=65.54.227.120\nMaxMemory=1M\n", kWarning, 3, "MaxMemory: has no effect in [Server]"},
    {"shards_zero", relay + "Shards=0\n", kError, 3, "Shards: 0 is not a number of shards, expected 1 to 16, or auto"},
    {"shards_many", relay + "Shards=17\n", kError, 3, "Shards: 17 is not a number of shards"},
    {"shards_word", server + "Shards=all\n", kError, 3, "Shards: all is not a number of shards"},
    {"shards_of_a_client", client + "Shards=2\n", kWarning, 3, "Shards: a client has one, ignored"},
    {"offload", client + "Offloads=tun-tcp tso\n", kError, 3, "Offloads: tso is not an offload, expected auto, none or some of tun-tcp tun-udp udp-send udp-receive"},
    {"offload_typo", relay + "Offloads=udp-sent\n", kError, 3, "; did you mean udp-send?"},
    {"offload_case", relay + "Offloads=None\n", kError, 3, "Offloads: None is not an offload"},
    {"offload_auto_and", server + "Offloads=udp-send auto\n", kError, 3, "Offloads: auto stands alone"},
    {"local_discovery_word", client + "LocalDiscovery=maybe\n", kError, 3, "LocalDiscovery: maybe is not a switch"},
    {"native", client + "Native=never\n", kError, 3, "never is not a policy, expected auto, ignore or yield"},
    {"client_identifier", client + "Secret=x\nClientIdentifier=a b\n", kError, 4, "\"a b\" is not a client identifier, expected 1 to 255 printable"},
    {"client_identifier_comment", client + "Secret=x\nClientIdentifier=#1\n", kError, 4, "is not a client identifier"},
    {"client_identifier_alone", client + "ClientIdentifier=me\n", kError, 1, "[Client]: Secret= is missing, ClientIdentifier= alone"},
    {"secret", client + "ClientIdentifier=me\nSecret=hush hush\n", kError, 4, "Secret: this is neither the name of a credential nor an absolute path"},
    {"secret_relative", client + "ClientIdentifier=me\nSecret=../key\n", kError, 4, "Secret: this is neither"},
    {"secret_alone", client + "Secret=x\n", kError, 1, "[Client]: ClientIdentifier= is missing, by it the server finds the key"},
    {"authentication", server + "RequireAuthentication=yes\n", kError, 1, "[Server]: Secret= is missing, RequireAuthentication=yes without it"},
    {"authentication_word", server + "RequireAuthentication=maybe\n", kError, 3, "maybe is not a switch"},
    {"server_secret", server + "Secret=.\n", kError, 3, "Secret: this is neither the name of a credential"},
    {"server_port", server + "Port=3545\n", kWarning, 3, "Port: has no effect in [Server], ignored"},
    {"server_device", server + "InterfaceName=t\n", kWarning, 3, "InterfaceName: has no effect in [Server]"},
    // Server
    {"server_list", client + "Server=t.example\n", kWarning, 3, "t.example is not used: this version uses only the first server, s.example"},
    {"server_word", "[Client]\nServer=a b c\n", kError, 2, "Server: c is one word too many"},
    {"server_twice", "[Client]\nServer=a.example A.example\n", kError, 2, "Server: a.example stands there twice"},
    {"server_loopback", "[Client]\nServer=127.0.0.1\n", kError, 2, "Server: 127.0.0.1 is not the address of a server"},
    {"server_octet", "[Client]\nServer=192.0.2.300\n", kError, 2, "192.0.2.300 is not an IPv4 address"},
    {"server_ipv6", "[Client]\nServer=2001:db8::1\n", kError, 2, "is an IPv6 address, expected an IPv4"},
    {"server_quoted", "[Client]\nServer=\"s.example\"\n", kError, 2, "is not a host name"},
    {"server_comment", "[Client]\nServer=s.example # mine\n", kError, 2, "Server: \"#\" is not a host name"},
    {"server_private", "[Client]\nServer=10.0.0.1\n", kError, 2, "Server: 10.0.0.1 is not a public address, expected one, or AllowPrivateAddresses=yes"},
    {"secondary_bad", "[Client]\nServer=a.example b..example\n", kError, 2, "b..example is not a host name"},
    {"secondary_private", "[Client]\nServer=a.example 192.168.1.1\n", kError, 2, "192.168.1.1 is not a public address"},
    // Tunnel keys
    {"interface_long", client + "InterfaceName=sixteen_letters_\n", kError, 3, "InterfaceName: sixteen_letters_ is not an interface name: expected 1 to 15"},
    {"interface_slash", client + "InterfaceName=a/b\n", kError, 3, "InterfaceName: a/b is not"},
    {"interface_blank", client + "InterfaceName=a b\n", kError, 3, "without blanks"},
    {"interface_backslash", client + "InterfaceName=a\\b\n", kError, 3, "is not an interface name"},
    {"interface_reserved", client + "InterfaceName=all\n", kError, 3, "InterfaceName: all is not"},
    {"bind_ipv6", client + "BindAddress=::1\n", kError, 3, "BindAddress: ::1 is an IPv6 address"},
    {"bind_multicast", relay + "BindAddress=224.0.0.1\n", kError, 3, "BindAddress: 224.0.0.1 is not an address of this host"},
    {"port_large", client + "Port=65536\n", kError, 3, "Port: 65536 is not a port, expected 0 to 65535"},
    {"port_negative", client + "Port=-1\n", kError, 3, "Port: -1 is not a port"},
    {"port_hexadecimal", client + "Port=0x10\n", kError, 3, "Port: 0x10 is not a port"},
    {"port_huge", client + "Port=99999999999999999999\n", kError, 3, "is not a port"},
    {"port_word", relay + "Port=teredo\n", kError, 3, "Port: teredo is not a port"},
    {"mtu_small", client + "Mtu=1279\n", kError, 3, "Mtu: 1279 is not an IPv6 MTU, expected 1280 to 65535"},
    {"mtu_large", relay + "Mtu=65536\n", kError, 3, "Mtu: 65536"},
    {"peers_none", client + "MaxPeers=0\n", kError, 3, "MaxPeers: 0 is not a number of peers, expected 16 to 1048576"},
    {"memory_none", client + "MaxMemory=0\n", kError, 3, "MaxMemory: 0 is not an amount of memory, expected 64K to 1T bytes"},
    {"memory_little", client + "MaxMemory=63K\n", kError, 3, "MaxMemory: 63K is not an amount"},
    {"memory_much", relay + "MaxMemory=1025G\n", kError, 3, "MaxMemory: 1025G is not an amount"},
    {"memory_overflow", relay + "MaxMemory=18446744073709551615T\n", kError, 3, "MaxMemory: 18446744073709551615T is"},
    {"memory_unit", relay + "MaxMemory=1MB\n", kError, 3, "MaxMemory: 1MB is not an amount"},
    {"memory_unit_alone", relay + "MaxMemory=M\n", kError, 3, "MaxMemory: M is not an amount"},
    {"memory_sign", relay + "MaxMemory=-1M\n", kError, 3, "MaxMemory: -1M is not an amount"},
    {"bubbles_one", relay + "BubblesPerSec=1\n", kError, 3, "BubblesPerSec: 1 is not a number of bubbles, expected 2 to 1000000"},
    {"bubbles_many", relay + "BubblesPerSec=1000001\n", kError, 3, "BubblesPerSec: 1000001 is not a number"},
    {"bubbles_of_a_client", client + "BubblesPerSec=9\n", kWarning, 3, "; it is a key of [Relay]"},
    {"peers_many", relay + "MaxPeers=1048577\n", kError, 3, "MaxPeers: 1048577"},
    {"private_word", client + "AllowPrivateAddresses=enabled\n", kError, 3, "AllowPrivateAddresses: enabled is not a switch, expected yes or no"},
    {"private_number", relay + "AllowPrivateAddresses=2\n", kError, 3, "AllowPrivateAddresses: 2 is not a switch"},
    // Client keys
    {"refresh_short", client + "RefreshIntervalSec=9.999s\n", kError, 3, "RefreshIntervalSec: 9.999s is not a refresh interval, expected 10s to 2min"},
    {"refresh_long", client + "RefreshIntervalSec=2min 1us\n", kError, 3, "RefreshIntervalSec: \"2min 1us\" is not"},
    {"refresh_unit", client + "RefreshIntervalSec=30 parsec\n", kError, 3, "is not a time span, expected seconds or numbers with units"},
    {"refresh_negative", client + "RefreshIntervalSec=-30\n", kError, 3, "is not a time span"},
    {"refresh_huge", client + "RefreshIntervalSec=4294967295h\n", kError, 3, "is not a time span"},
    {"refresh_unit_only", client + "RefreshIntervalSec=min\n", kError, 3, "is not a time span"},
    {"refresh_infinite", client + "RefreshIntervalSec=infinity\n", kError, 3, "is not a time span"},
    {"default_route_word", client + "DefaultRoute=maybe\n", kError, 3, "DefaultRoute: maybe is not a switch"},
    {"metric_zero", client + "RouteMetric=0\n", kError, 3, "RouteMetric: 0 is not a metric, expected 1 to 4294967295"},
    {"metric_large", client + "RouteMetric=4294967296\n", kError, 3, "RouteMetric: 4294967296"},
    {"table_main", client + "RouteTable=254\n", kError, 3, "RouteTable: 254 is not a table for routes of our own"},
    {"table_local", client + "RouteTable=255\n", kError, 3, "RouteTable: 255"},
    {"table_zero", client + "RouteTable=0\n", kError, 3, "RouteTable: 0"},
    {"table_name", client + "RouteTable=main\n", kError, 3, "RouteTable: main"},
    // Relay keys
    {"mode_unknown", "[Relay]\nMode=router\n", kError, 2, "Mode: router is not a relay's mode, expected cone, restricted or host"},
    {"mode_classic", "[Relay]\nMode=client\n", kError, 2, "Mode: client is not"},
    {"prefix_length", relay + "Prefix=2001::/48\n", kError, 3, "Prefix: 2001::/48 is not a Teredo prefix"},
    {"prefix_bits", relay + "Prefix=2001:0:dead::\n", kError, 3, "Prefix: 2001:0:dead::"},
    {"prefix_multicast", relay + "Prefix=ff01::/32\n", kError, 3, "Prefix: ff01::/32"},
    {"served_bits", relay + "ServedPrefixes=2001:db8::1/32\n", kError, 3, "2001:db8::1/32 is not a served prefix: expected zeros behind its 32 bits"},
    {"served_length", relay + "ServedPrefixes=2001:db8::/129\n", kError, 3, "expected an IPv6 prefix such as"},
    {"served_multicast", relay + "ServedPrefixes=ff00::/8\n", kError, 3, "expected unicast addresses"},
    {"served_loopback", relay + "ServedPrefixes=::1\n", kError, 3, "expected unicast addresses"},
    {"served_link_local", relay + "ServedPrefixes=fe80::/10\n", kError, 3, "expected unicast addresses"},
    {"served_teredo", relay + "ServedPrefixes=2001::/32\n", kError, 3, "it lies in the prefix of Teredo"},
    {"served_second", relay + "ServedPrefixes=2001:db8::/32 x y\n", kError, 3, "x is not a served prefix: expected an IPv6 prefix such as 2001:db8::/32; y is not"},
    // Server keys
    {"address_any", "[Server]\nAddress=0.0.0.0\n", kError, 2, "Address: 0.0.0.0"},
    {"address_private", "[Server]\nAddress=192.168.0.1\n", kError, 2, "Address: 192.168.0.1 is not a public address"},
    {"secondary_same", server + "SecondaryAddress=8.8.8.8\n", kError, 3, "SecondaryAddress: 8.8.8.8 is Address too"},
    {"secondary_multicast", server + "SecondaryAddress=224.0.0.1\n", kError, 3, "; none for a server with a single address"},
    {"server_prefix", server + "Prefix=fe80::/32\n", kError, 3, "Prefix: fe80::/32"},
    {"advertised_mtu", server + "AdvertisedMtu=576\n", kError, 3, "AdvertisedMtu: 576 is not an IPv6 MTU"},
};
// clang-format on

Parsed parse(const std::string& text) {
    const tests::TemporaryDirectory directory;
    return load({directory.write("f", text), {}}, ClassicProgram::kMiredo);
}

class SectionsBadFile : public testing::TestWithParam<BadFile> {};

TEST_P(SectionsBadFile, IsBlamedWhereItIsWrong) {
    const BadFile& bad = GetParam();
    const Parsed parsed = parse(bad.text);
    const bool is_there = std::any_of(
        parsed.diagnostics.begin(), parsed.diagnostics.end(), [&bad](const Diagnostic& found) {
            return found.severity == bad.severity && found.line == bad.line &&
                   found.message.find(bad.message) != std::string::npos;
        });
    std::string all;
    for (const Diagnostic& found : parsed.diagnostics) {
        all += found.to_string() + '\n';
    }
    EXPECT_TRUE(is_there) << all;
    EXPECT_EQ(has_errors(parsed.diagnostics), bad.severity == kError) << all;
}

INSTANTIATE_TEST_SUITE_P(Rows, SectionsBadFile, testing::ValuesIn(bad_files), [](const auto& row) {
    return std::string{row.param.name};
});

TEST(SectionsBad, AllErrorsInOneRun) {
    const Parsed parsed = parse("[Client]\nPort=x\nMtu=1\nServer=127.0.0.1\n[Relay]\nMode=x\n");
    const auto errors =
        std::count_if(parsed.diagnostics.begin(),
                      parsed.diagnostics.end(),
                      [](const Diagnostic& found) { return found.severity == kError; });
    EXPECT_EQ(errors, 5);
}

TEST(SectionsBad, AValueIsCheckedAlsoWhereALaterOneReplacesIt) {
    EXPECT_TRUE(has_errors(parse(client + "Port=x\nPort=1\n").diagnostics));
}

TEST(SectionsBad, ASecretIsNotRepeated) {
    for (const char* line : {"Secret=hush\n", "Secret=hush hush\n", "Secret=hush/\n"}) {
        const Diagnostics found = parse(client + line).diagnostics;
        ASSERT_FALSE(found.empty()) << line;
        for (const Diagnostic& one : found) {
            EXPECT_EQ(one.to_string().find("hush"), std::string::npos) << one.to_string();
        }
    }
}

TEST(SectionsBad, ForeignNamesAreLeftAlone) {
    EXPECT_TRUE(parse(client + "X-Mine=1\n[X-Theirs]\nKey=1\n").diagnostics.empty());
}

}  // namespace
}  // namespace miredo::config
