// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The built miredo, the whole of it, with a private bus and without root: in a user and network
// namespace of its own, where it has the capabilities that a device needs and nothing else. Nothing
// of it reaches a network.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../bus/private_bus.hpp"
#include "../ctl/program.hpp"

namespace miredo {
namespace {

using ctl::Program;
using ctl::Surroundings;
using testing::HasSubstr;

Surroundings program(const std::string& path) {
    Surroundings result;
    result.program = path;
    // The search for leaks traces the process, which the system call filter does not allow.
    result.environment = {"ASAN_OPTIONS=detect_leaks=0"};
    return result;
}

std::vector<std::string> unshared(const std::vector<std::string>& command) {
    std::vector<std::string> words{
        "--user", "--map-user=65534", "--map-group=65534", "--keep-caps", "--net", "--"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

class Miredo : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = "/tmp/miredo-main-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        if (::access("/dev/net/tun", R_OK | W_OK) != 0) {
            GTEST_SKIP() << "this user may not open /dev/net/tun";
        }
        Program attempt{unshared({"true"}), program("/usr/bin/unshare")};
        if (attempt.wait().exit_status != 0) {
            GTEST_SKIP() << "no user namespace for this user: " << attempt.errors;
        }
        ASSERT_TRUE(bus_.start());
        configure("[Client]\nServer=192.0.9.1\n");
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    void configure(const std::string& text) const { std::ofstream{configuration()} << text; }
    [[nodiscard]] std::string configuration() const { return directory_ + "/miredo.conf"; }
    [[nodiscard]] std::vector<std::string> daemon() const {
        return unshared({MIREDO_PROGRAM, "-f", "-c", configuration()});
    }

    // Whether miredoctl ends with this status; what it said is in `said_`.
    bool miredoctl(const std::vector<std::string>& arguments, int exit_status = 0) {
        Program control{arguments, program(MIREDOCTL)};
        control.wait();
        said_ = control.output + control.errors;
        return control.exit_status == exit_status;
    }
    // Whether its status has this text once the client asks its server.
    bool shows(const std::string& text) {
        return miredoctl({"wait", "client", "--state=probing", "--timeout=20s"}) && has(text);
    }
    bool has(const std::string& text) {
        return miredoctl({"status", "--json=short"}) && said_.find(text) != std::string::npos;
    }

    // The same of what a shard says of itself, which is told some 50 ms late.
    bool comes_to_have(const std::string& text) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!has(text)) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
        }
        return true;
    }

    std::string directory_;
    std::string said_;
    bus::PrivateBus bus_;
};

TEST_F(Miredo, serves_miredoctl_from_start_to_end) {
    Program miredo{daemon(), program("/usr/bin/unshare")};
    ASSERT_TRUE(shows(R"("state":"probing")")) << said_ << miredo.errors;
    EXPECT_THAT(said_, HasSubstr(R"("interface":{"name":"teredo")"));
    EXPECT_THAT(said_, HasSubstr("192.0.9.1"));
    EXPECT_TRUE(miredoctl({"peers", "--json=short"})) << said_;
    EXPECT_TRUE(miredoctl({"requalify"})) << said_;
    EXPECT_TRUE(miredoctl({"stats"})) << said_;
    miredo.send(SIGTERM);
    EXPECT_EQ(miredo.wait().exit_status, 0) << miredo.errors;
    EXPECT_TRUE(miredoctl({"status"}, 3)) << said_;
}

TEST_F(Miredo, reloads_when_told_and_keeps_what_it_has_where_the_file_is_wrong) {
    Program miredo{daemon(), program("/usr/bin/unshare")};
    ASSERT_TRUE(shows(R"("state":"probing")")) << said_ << miredo.errors;
    configure("[Client]\nServer=192.0.9.1\nRefreshIntervalSec=25\n");
    EXPECT_TRUE(miredoctl({"reload"})) << said_;
    EXPECT_THAT(said_, HasSubstr("RefreshIntervalSec"));
    EXPECT_TRUE(comes_to_have(R"("refresh_interval_usec":25000000)")) << said_;

    configure("[Client]\nServer=192.0.9.1\nRefreshIntervalSec=often\n");
    EXPECT_TRUE(miredoctl({"reload"}, 7)) << said_;
    EXPECT_THAT(said_, HasSubstr(configuration() + ":3: "));
    EXPECT_TRUE(has(R"("refresh_interval_usec":25000000)")) << said_;
}

TEST_F(Miredo, goes_on_without_a_bus_whose_name_another_one_has) {
    Program first{daemon(), program("/usr/bin/unshare")};
    ASSERT_TRUE(shows(R"("state":"probing")")) << said_ << first.errors;
    Program second{daemon(), program("/usr/bin/unshare")};
    EXPECT_TRUE(second.says("(PID " + std::to_string(first.pid()) + ")")) << second.errors;
    EXPECT_TRUE(second.says("client: probing")) << second.errors;
    first.send(SIGTERM);
    EXPECT_EQ(first.wait().exit_status, 0) << first.errors;
    second.send(SIGTERM);
    EXPECT_EQ(second.wait().exit_status, 0) << second.errors;
}

TEST_F(Miredo, finds_a_bus_that_comes_back) {
    bus_.kill();
    Program miredo{daemon(), program("/usr/bin/unshare")};
    ASSERT_TRUE(miredo.says("cannot connect to the system bus")) << miredo.errors;
    ASSERT_TRUE(bus_.start());
    EXPECT_TRUE(shows(R"("state":"probing")")) << said_ << miredo.errors;
}

}  // namespace
}  // namespace miredo
