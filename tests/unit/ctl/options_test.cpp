// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/options.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

Outcome<Options> parse(const std::vector<const char*>& words) {
    return parse_options(words);
}

Options parsed(const std::vector<const char*>& words) {
    const Outcome<Options> options = parse(words);
    EXPECT_TRUE(options) << (options ? "" : options.error().message);
    return options ? *options : Options{};
}

std::string complaint(const std::vector<const char*>& words) {
    const Outcome<Options> options = parse(words);
    if (options) {
        return "none";
    }
    EXPECT_EQ(options.error().status, ExitStatus::kUsage);
    return options.error().message;
}

TEST(Options, StatusIsTheDefault) {
    const Options options = parsed({});
    EXPECT_EQ(options.verb, Verb::kStatus);
    EXPECT_EQ(options.json, JsonMode::kOff);
    EXPECT_TRUE(options.legend);
    EXPECT_TRUE(options.pager);
    EXPECT_FALSE(options.journal_lines.has_value());
}

TEST(Options, KnowsEveryVerb) {
    for (const auto& [word, verb] : {std::pair{"status", Verb::kStatus},
                                     std::pair{"list", Verb::kList},
                                     std::pair{"peers", Verb::kPeers},
                                     std::pair{"stats", Verb::kStats},
                                     std::pair{"requalify", Verb::kRequalify},
                                     std::pair{"reload", Verb::kReload},
                                     std::pair{"monitor", Verb::kMonitor},
                                     std::pair{"wait", Verb::kWait},
                                     std::pair{"version", Verb::kVersion},
                                     std::pair{"help", Verb::kHelp}}) {
        EXPECT_EQ(parsed({word}).verb, verb) << word;
    }
    EXPECT_EQ(parsed({"config", "check"}).verb, Verb::kConfigCheck);
    EXPECT_EQ(parsed({"config", "show", "a.conf"}).file, "a.conf");
    EXPECT_EQ(parsed({"help", "peers"}).verb, Verb::kHelp);
}

TEST(Options, HelpAndVersionWinOverEverything) {
    EXPECT_EQ(parsed({"-h"}).verb, Verb::kHelp);
    EXPECT_EQ(parsed({"peers", "--limit=x", "--help"}).verb, Verb::kHelp);
    EXPECT_EQ(parsed({"--version"}).verb, Verb::kVersion);
    EXPECT_EQ(parsed({"encode", "--version"}).verb, Verb::kVersion);
}

TEST(Options, GeneralOnesMayStandAnywhere) {
    for (const auto& words :
         {std::vector{"-l", "--no-pager", "--no-legend", "--color=never", "list"},
          std::vector{"list", "-l", "--no-pager", "--no-legend", "--color", "never"}}) {
        const Options options = parsed(words);
        EXPECT_EQ(options.verb, Verb::kList);
        EXPECT_TRUE(options.full);
        EXPECT_FALSE(options.pager);
        EXPECT_FALSE(options.legend);
        EXPECT_EQ(options.color, ColorMode::kNever);
    }
}

TEST(Options, JsonHasThreeForms) {
    EXPECT_EQ(parsed({"-j"}).json, JsonMode::kAuto);
    EXPECT_EQ(parsed({"monitor", "--json"}).json, JsonMode::kAuto);
    EXPECT_EQ(parsed({"--json=short"}).json, JsonMode::kShort);
    EXPECT_EQ(parsed({"--json", "pretty", "list"}).json, JsonMode::kPretty);
    EXPECT_EQ(parsed({"--json=off"}).json, JsonMode::kOff);
    // The word behind is no mode: an operand then.
    EXPECT_EQ(parsed({"peers", "--json", "client"}).instance, "client");
    EXPECT_EQ(complaint({"--json=shrot"}),
              "--json takes one of short, pretty, off, not 'shrot', did you mean 'short'?");
}

TEST(Options, ReadsValues) {
    const Options peers = parsed({"peers",
                                  "relay",
                                  "--sort",
                                  "last",
                                  "--state=direct",
                                  "--kind",
                                  "teredo",
                                  "--limit",
                                  "20",
                                  "--all"});
    EXPECT_EQ(peers.instance, "relay");
    EXPECT_EQ(peers.order, PeerOrder::kLast);
    EXPECT_EQ(peers.state, "direct");
    EXPECT_EQ(peers.kind, "teredo");
    EXPECT_EQ(peers.limit, 20U);
    EXPECT_TRUE(peers.all);
    EXPECT_EQ(parsed({"status", "-n5"}).journal_lines, 5U);
    EXPECT_EQ(parsed({"status", "--lines=0"}).journal_lines, 0U);
    EXPECT_EQ(parsed({"encode", "1.2.3.4", "5.6.7.8:9", "--flags=0x8000"}).flags, 0x8000U);
    EXPECT_EQ(parsed({"encode", "1.2.3.4", "5.6.7.8:9"}).words.size(), 2U);
    EXPECT_EQ(parsed({"decode", "a", "b", "c"}).words.size(), 3U);
    EXPECT_EQ(parsed({"peers", "--limit=1", "--limit=2"}).limit, 2U);  // as getopt: the last one
}

TEST(Options, ReadsTimes) {
    EXPECT_EQ(parsed({"wait"}).timeout, Duration{30s});
    EXPECT_EQ(parsed({"wait", "--timeout=1min 30s"}).timeout, Duration{90s});
    EXPECT_EQ(parsed({"wait", "--timeout", "200ms"}).timeout, Duration{200ms});
    EXPECT_EQ(parsed({"wait", "--timeout=infinity"}).timeout, std::nullopt);
    EXPECT_NE(complaint({"wait", "--timeout=soon"}), "none");
}

TEST(Options, NamesTheNearestVerb) {
    EXPECT_EQ(complaint({"statsu"}), "unknown verb 'statsu', did you mean 'status'?");
    EXPECT_EQ(complaint({"pears"}), "unknown verb 'pears', did you mean 'peers'?");
    EXPECT_EQ(complaint({"xyzzy"}), "unknown verb 'xyzzy'");
    EXPECT_EQ(complaint({"config", "chek"}), "unknown verb 'config chek', did you mean 'check'?");
    EXPECT_EQ(complaint({"config"}), "config needs a verb of its own: check or show");
    EXPECT_EQ(complaint({"a\033b"}), "unknown verb 'a?b'");
}

TEST(Options, NamesTheNearestOption) {
    EXPECT_EQ(complaint({"--colour=auto"}), "unknown option '--colour', did you mean '--color'?");
    EXPECT_EQ(complaint({"peers", "--stat=x"}), "unknown option '--stat', did you mean '--state'?");
    EXPECT_EQ(complaint({"list", "-x"}), "unknown option '-x'");
    EXPECT_EQ(complaint({"--limit=3", "peers"}), "option '--limit' belongs behind its verb: peers");
    EXPECT_EQ(complaint({"-n5"}), "option '-n' belongs behind its verb: status");
    EXPECT_EQ(complaint({"list", "--check"}), "option '--check' belongs behind its verb: status");
}

TEST(Options, RefusesWrongValuesAndOperands) {
    EXPECT_EQ(complaint({"peers", "--limit"}), "option '--limit' needs a value");
    EXPECT_EQ(complaint({"status", "-n", "-1"}),
              "--lines takes a number from 0 to 4294967295, not '-1'");
    EXPECT_EQ(complaint({"encode", "a", "b", "--flags=0x10000"}),
              "--flags takes a number from 0 to 65535, not '0x10000'");
    EXPECT_EQ(complaint({"peers", "--state=qualified"}),
              "--state takes one of direct, relay, probing, idle, failed, not 'qualified'");
    EXPECT_EQ(
        complaint({"wait", "--state=qualifed"}),
        "--state takes one of qualified, running, degraded, probing, resolving, dormant, failed, "
        "starting, not 'qualifed', did you mean 'qualified'?");
    EXPECT_EQ(complaint({"list", "x"}), "list takes no argument 'x'");
    EXPECT_EQ(complaint({"peers", "client", "relay"}), "peers takes no argument 'relay'");
    EXPECT_EQ(complaint({"config", "check", "a", "b"}), "config check takes no argument 'b'");
    EXPECT_EQ(complaint({"decode"}), "decode needs an IPv6 address");
    EXPECT_NE(complaint({"encode", "1.2.3.4"}), "none");
    EXPECT_NE(complaint({"encode", "1.2.3.4", "5.6.7.8", "9"}), "none");
}

}  // namespace
}  // namespace miredo::ctl
