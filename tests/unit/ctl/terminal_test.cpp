// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl on a terminal, and what it leaves out where there is none.
#include <algorithm>
#include <sstream>

#include "ctl/output.hpp"
#include "ctl/time_text.hpp"
#include "golden.hpp"
#include "miredoctl.hpp"

namespace miredo::ctl {
namespace {

constexpr const char* kAddress = "2001:0:53aa:64c:2c31:f226:3fff:fdf1";
constexpr TerminalSize kLarge{50, 200};

std::string decoded(std::vector<std::string> arguments, const Surroundings& surroundings) {
    arguments.insert(arguments.begin(), {"decode", kAddress});
    Program program{arguments, surroundings};
    EXPECT_EQ(program.wait().exit_status, 0) << program.errors;
    return program.output;
}

bool has_colors(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
    return decoded(arguments, surroundings).find('\033') != std::string::npos;
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        widest = std::max(widest, display_width(line));
    }
    return widest;
}

TEST(Terminal, HasColors) {
    EXPECT_TRUE(has_colors({}, {{}, kLarge}));
    EXPECT_FALSE(has_colors({"--color=never"}, {{}, kLarge}));
    EXPECT_FALSE(has_colors({}, {{"NO_COLOR=1"}, kLarge}));
    EXPECT_FALSE(has_colors({}, {{"SYSTEMD_COLORS=0"}, kLarge}));
    EXPECT_FALSE(has_colors({}, {{"SYSTEMD_COLORS=false"}, kLarge}));
    EXPECT_FALSE(has_colors({}, {{"TERM=dumb"}, kLarge}));
    // no-color.org: only what is not empty counts.
    EXPECT_TRUE(has_colors({}, {{"NO_COLOR="}, kLarge}));
    EXPECT_TRUE(has_colors({}, {{"SYSTEMD_COLORS=256"}, kLarge}));
    EXPECT_TRUE(has_colors({"--color=always"}, {{"NO_COLOR=1"}, kLarge}));
}

TEST(Terminal, WithoutOneThereAreNoColors) {
    EXPECT_FALSE(has_colors({}, {}));
    EXPECT_FALSE(has_colors({}, {{"SYSTEMD_COLORS=1"}, {}}));
    EXPECT_TRUE(has_colors({"--color=always"}, {}));
}

TEST(Terminal, JsonIsPrettyForPeople) {
    const std::string pretty = decoded({"-j"}, {{}, kLarge});
    EXPECT_EQ(pretty, decoded({"--json=pretty"}, {}));
    EXPECT_EQ(decoded({"-j"}, {}), decoded({"--json=short"}, {{}, kLarge}));
    EXPECT_EQ(pretty.rfind("{\n  \"schema\"", 0), 0U) << pretty;
}

TEST(Terminal, LongOutputGoesThroughThePager) {
    const Surroundings small{{"SYSTEMD_PAGER=sed s/^/|/", "PAGER=false"}, TerminalSize{3, 200}};
    const std::string plain = decoded({"--color=never"}, {});
    const std::string paged = decoded({"--color=never"}, small);
    EXPECT_EQ(std::count(paged.begin(), paged.end(), '|'), 4) << paged;
    EXPECT_EQ(paged.rfind("|2001:", 0), 0U) << paged;
    EXPECT_EQ(decoded({"--color=never", "--no-pager"}, small), plain);
    EXPECT_EQ(decoded({"--color=never"}, {small.environment, kLarge}), plain);
    EXPECT_EQ(decoded({"--color=never"}, {small.environment, {}}), plain);
    // LINES instead of what the terminal says.
    EXPECT_EQ(decoded({"--color=never"}, {{"PAGER=sed s/^/|/", "LINES=4"}, kLarge}), paged);
}

TEST(Terminal, WithoutAPagerThereIsOutputToo) {
    const std::string plain = decoded({"--color=never"}, {});
    for (const char* pager : {"PAGER=cat", "PAGER=", "PAGER=/nonexistent/pager"}) {
        EXPECT_EQ(decoded({"--color=never"}, {{pager}, TerminalSize{3, 200}}), plain) << pager;
    }
}

class TerminalWidth : public Miredoctl {
  protected:
    void SetUp() override {
        Miredoctl::SetUp();
        const std::uint64_t later = realtime_usec() - kNow;
        daemon::InstanceStatus client = bus::client_status();
        client.since.realtime += later;
        std::get<daemon::ClientDetails>(client.details).address_since.realtime += later;
        daemon::InstanceStatus server = bus::server_status();
        server.since.realtime += later;
        serve_only({server, client});
    }

    std::string status_on(const Surroundings& surroundings,
                          const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{"status", "--lines=0", "--color=never", "--no-pager"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return output_of(arguments, surroundings);
    }
};

TEST_F(TerminalWidth, IsThatOfTheTerminal) {
    expect_golden(status_on({{}, TerminalSize{50, 40}}), "status-40.txt");
    EXPECT_EQ(widest_line(output_of({"list", "--color=never"}, {{}, TerminalSize{50, 60}})), 60U);
}

TEST_F(TerminalWidth, ColumnsComeFirst) {
    expect_golden(status_on({{"COLUMNS=40"}, kLarge}), "status-40.txt");
    expect_golden(status_on({{"COLUMNS=wide"}, TerminalSize{50, 40}}), "status-40.txt");
}

TEST_F(TerminalWidth, NothingIsCutWhereThereIsNoneOrFullIsAskedFor) {
    expect_golden(status_on({{"COLUMNS=40"}, {}}), "status-several.txt");
    expect_golden(status_on({{}, TerminalSize{50, 40}}, {"--full"}), "status-several.txt");
}

TEST_F(TerminalWidth, OtherLocalesGetAscii) {
    for (const auto& terminal : {std::optional<TerminalSize>{}, std::optional{kLarge}}) {
        const std::string text = status_on({{"LC_ALL=C"}, terminal});
        EXPECT_EQ(text.rfind("* server", 0), 0U) << text;
        EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; })) << text;
    }
}

}  // namespace
}  // namespace miredo::ctl
