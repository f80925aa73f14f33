// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/names.hpp"

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

struct NamesTest : testing::Test {
    void SetUp() override {
        auto made = ControlLoop::create();
        ASSERT_TRUE(made);
        loop = std::move(*made);
    }
    std::unique_ptr<ControlLoop> loop;
};

TEST_F(NamesTest, answers_addresses_at_once) {
    Names names{*loop};
    std::optional<Ipv4Address> answered;
    const auto take = [&](const Expected<Ipv4Address>& address) {
        ASSERT_TRUE(address);
        answered = *address;
    };
    names.resolve("45.10.1.2", take);
    EXPECT_EQ(answered, (Ipv4Address{45, 10, 1, 2}));
    names.resolve("", take);
    EXPECT_EQ(answered, Ipv4Address{});
}

TEST_F(NamesTest, answers_names_from_the_loop) {
    Names names{*loop};
    std::optional<Ipv4Address> answered;
    names.resolve("localhost", [&](const Expected<Ipv4Address>& address) {
        if (address) {
            answered = *address;
        }
        loop->exit(0);
    });
    EXPECT_FALSE(answered);
    EXPECT_EQ(loop->run(), 0);
    EXPECT_EQ(answered, (Ipv4Address{127, 0, 0, 1}));
}

TEST_F(NamesTest, says_which_name_is_wrong) {
    Names names{*loop};
    std::string text;
    // RFC 6761 §6.4: never resolved, and never asked for outside this machine.
    names.resolve("no-such-host.invalid", [&](const Expected<Ipv4Address>& address) {
        text = address ? "resolved" : address.error().to_string();
        loop->exit(0);
    });
    EXPECT_EQ(loop->run(), 0);
    EXPECT_NE(text.find("no-such-host.invalid"), std::string::npos) << text;
}

}  // namespace
}  // namespace miredo::daemon
