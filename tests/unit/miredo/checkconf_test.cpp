// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/checkconf.hpp"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "../config/temporary_file.hpp"

namespace miredo {
namespace {

class Checkconf : public testing::Test {
  protected:
    // Every name ending in .example exists.
    CheckconfResult check(const std::string& file, Ipv4Address answer = Ipv4Address{192, 0, 2, 9}) {
        CommandLine line;
        line.program = Program::kMiredoCheckconf;
        line.configuration_file = file;
        line.complaints = complaints_;
        return check_configuration(
            line, [this, answer](const std::string& name) -> Expected<Ipv4Address> {
                asked_.push_back(name);
                if (name.ends_with(".example") || name.ends_with(".net")) {
                    return answer;
                }
                return Failure{Error{"no such host", {}, 0, {}}};
            });
    }

    const tests::TemporaryDirectory directory_;
    std::vector<std::string> asked_;
    std::vector<std::string> complaints_;
};

using Names = std::vector<std::string>;

TEST_F(Checkconf, SaysNothingOfDebiansFiles) {
    const std::string fixtures{MIREDO_FIXTURES};
    const CheckconfResult miredo = check(fixtures + "/debian-miredo.conf");
    EXPECT_EQ(miredo.messages, Names{});
    EXPECT_EQ(miredo.exit_status(), 0);
    EXPECT_EQ(asked_, Names{"teredo-debian.remlab.net"});

    std::filesystem::copy_file(fixtures + "/debian-miredo-server.conf",
                               directory_.file("miredo-server.conf"));
    EXPECT_EQ(check(directory_.file("miredo-server.conf")).exit_status(), 0);
}

TEST_F(Checkconf, TakesAWarningForAFailure) {
    const std::string path =
        directory_.write("a.conf", "ServerAddress 192.0.2.1\nIgnoreConeBit yes\n");
    const CheckconfResult result = check(path);
    ASSERT_EQ(result.messages.size(), 1U);
    EXPECT_EQ(result.messages[0].rfind(path + ":2: warning: IgnoreConeBit: ", 0), 0U);
    EXPECT_EQ(result.exit_status(), 255);
    EXPECT_TRUE(asked_.empty());
}

TEST_F(Checkconf, TakesAnErrorForAFailure) {
    EXPECT_EQ(check(directory_.write("a.conf", "RelayType router\n")).exit_status(), 255);
    EXPECT_EQ(check(directory_.file("none.conf")).exit_status(), 255);
}

TEST_F(Checkconf, TakesAComplaintForAFailure) {
    complaints_.emplace_back("option -x is unknown");
    const CheckconfResult result = check(directory_.write("a.conf", "RelayType cone\n"));
    EXPECT_EQ(result.messages, Names{"option -x is unknown"});
    EXPECT_EQ(result.exit_status(), 255);
}

TEST_F(Checkconf, ResolvesEveryName) {
    const std::string path = directory_.write("a.conf",
                                              "ServerAddress one.example\n"
                                              "ServerAddress2 two.invalid\n"
                                              "BindAddress three.invalid\n");
    const CheckconfResult result = check(path);
    EXPECT_EQ(asked_, (Names{"one.example", "two.invalid", "three.invalid"}));
    EXPECT_EQ(
        result.messages,
        (Names{path + ": error: ServerAddress2: two.invalid cannot be resolved: no such host",
               path + ": error: BindAddress: three.invalid cannot be resolved: no such host"}));
}

TEST_F(Checkconf, ResolvesTheNamesOfARelayAndServer) {
    check(directory_.write("a.conf",
                           "RelayType cone\nBindAddress r.example\nServerBindAddress s.example\n"));
    EXPECT_EQ(asked_, (Names{"r.example", "s.example"}));
}

TEST_F(Checkconf, RefusesANameThatLeadsNowhere) {
    const std::string path = directory_.write("a.conf", "ServerAddress s.example\n");
    EXPECT_EQ(check(path, Ipv4Address{127, 0, 1, 1}).messages,
              Names{path +
                    ": error: ServerAddress: s.example is 127.0.1.1, not the address of a server"});
    // A socket may be bound to loopback.
    const std::string relay = directory_.write("b.conf", "RelayType cone\nBindAddress s.example\n");
    EXPECT_EQ(check(relay, Ipv4Address{127, 0, 1, 1}).exit_status(), 0);
}

TEST_F(Checkconf, ReadsSectionsAndDropIns) {
    const std::string path =
        directory_.write("a.conf", "[Client]\nServer=one.example two.invalid\nPort=x\n");
    std::filesystem::create_directory(path + ".d");
    const std::string drop_in = directory_.write("a.conf.d/b.conf", "[Client]\nMtu=1\n");
    const CheckconfResult result = check(path);
    EXPECT_EQ(result.messages,
              (Names{path + ":3: error: Port: x is not a port, expected 0 to 65535",
                     drop_in + ":2: error: Mtu: 1 is not an IPv6 MTU, expected 1280 to 65535",
                     path + ": error: Server: two.invalid cannot be resolved: no such host"}));
    EXPECT_EQ(asked_, (Names{"one.example", "two.invalid"}));
}

}  // namespace
}  // namespace miredo
