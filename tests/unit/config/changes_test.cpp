// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/changes.hpp"

#include <gtest/gtest.h>

namespace miredo::config {
namespace {

Configuration client(const std::string& server, std::uint16_t port = 0) {
    Configuration configuration;
    configuration.client.emplace();
    configuration.client->server = server;
    configuration.client->tunnel.port = port;
    return configuration;
}

TEST(Changes, are_none_between_equals) {
    EXPECT_TRUE(changes(client("a.example"), client("a.example")).empty());
}

TEST(Changes, name_section_key_and_both_values) {
    const std::vector<Change> expected{{"Client.Server", "a.example", "b.example"},
                                       {"Client.Port", "0", "4000"}};
    EXPECT_EQ(changes(client("a.example"), client("b.example", 4000)), expected);
}

TEST(Changes, name_a_section_that_comes_or_goes_without_its_keys) {
    Configuration with_server = client("a.example");
    with_server.server.emplace();
    const std::vector<Change> comes{{"Server", "no", "yes"}};
    const std::vector<Change> goes{{"Server", "yes", "no"}};
    EXPECT_EQ(changes(client("a.example"), with_server), comes);
    EXPECT_EQ(changes(with_server, client("a.example")), goes);
}

TEST(ReloadReport, tells_what_was_applied_and_what_needs_a_restart) {
    const std::vector<Change> expected{{"Client.Server", "a.example", "b.example", true},
                                       {"Client.Port", "0", "4000", false}};
    EXPECT_EQ(report_reload(client("a.example"), client("b.example"), client("b.example", 4000)),
              expected);
}

}  // namespace
}  // namespace miredo::config
