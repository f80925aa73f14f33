// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/nftables.hpp"

#include <cstdio>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.hpp"

namespace miredo::netlink {
namespace {

constexpr std::uint32_t kGroup = 3544;

// Exit status of nft(8) that read `ruleset`.
int load(const std::string& ruleset) {
    std::FILE* nft = ::popen("PATH=$PATH:/usr/sbin nft -f -", "w");
    if (nft == nullptr) {
        return 127;
    }
    (void)std::fputs(ruleset.c_str(), nft);
    const int status = ::pclose(nft);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

// A table of one chain with `rules`; what else the table is to hold before.
std::string
table(const std::string& family, const std::string& rules, const std::string& sets = "") {
    return "flush ruleset\ntable " + family + " t {\n" + sets + "\nchain c {\n" + rules +
           "\n}\n}\n";
}

class NftablesTest : public NetlinkTest {
  protected:
    void SetUp() override {
        NetlinkTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        const int status = load("flush ruleset\ntable inet t { }\n");
        if (status != 0) {
            GTEST_SKIP() << (status == 127 ? "no nft(8)" : "nft(8) does not work here");
        }
        LinkChange change;
        change.group = kGroup;
        ASSERT_TRUE(change_link(socket(), ours_, change));
    }
    void TearDown() override {
        if (!IsSkipped()) {
            EXPECT_EQ(load("flush ruleset\n"), 0);
        }
        NetlinkTest::TearDown();
    }

    bool mentioned(std::uint32_t index) {
        const auto link = socket().find_link(index);
        const auto answer = mentions_interface(link->value());
        EXPECT_TRUE(answer) << answer.error().to_string();
        return answer && *answer;
    }
    void expect(bool wanted, const std::string& ruleset) {
        ASSERT_EQ(load(ruleset), 0) << ruleset;
        EXPECT_EQ(mentioned(ours_), wanted) << ruleset;
    }
};

TEST_F(NftablesTest, SaysNoWithoutRules) {
    EXPECT_FALSE(mentioned(ours_));
    expect(false, "flush ruleset\n");
}

TEST_F(NftablesTest, FindsTheNameWhereverItStands) {
    for (const char* rule : {"iifname \"ours\" drop",
                             "oifname \"ours\" drop",
                             "iifname != \"ours\" drop",
                             "iifname \"our*\" drop",
                             "tcp dport 80 ct state new iifname \"ours\" drop",
                             "ip6 saddr 2001:db8::1 limit rate 1/second oifname \"o*\" drop",
                             "iifname { \"eth0\", \"ours\" } drop",
                             "iifname != { \"eth0\", \"ours\" } drop",
                             "iifname { \"eth0\", \"ou*\" } drop",
                             "iifname vmap { \"eth0\" : drop, \"ours\" : accept }",
                             "iifname . tcp dport { \"ours\" . 80 } drop",
                             "iifname . tcp dport { \"ours\" . 80-90 } drop",
                             "tcp dport . oifname { 80 . \"ours\" } drop",
                             "ip6 saddr . iifname . tcp dport { 2001:db8::1 . \"ours\" . 80 } drop",
                             "meta mark set iifname map { \"ours\" : 7 }"}) {
        expect(true, table("inet", rule));
        expect(true, table("ip6", rule));
    }
}

TEST_F(NftablesTest, FindsIndexAndGroup) {
    const std::string index = std::to_string(ours_);
    const std::vector<std::string> rules{"iif \"ours\" drop",
                                         "oif " + index + " drop",
                                         "iif { \"lo\", \"ours\" } drop",
                                         "iif 1-" + index + " drop",
                                         "iif { 1-" + index + " } drop",
                                         "iifgroup 3544 drop",
                                         "oifgroup 3544 drop",
                                         "oifgroup != 3544 drop",
                                         "iifgroup 3500-3600 drop",
                                         "iifgroup != 3500-3600 drop",
                                         "iifgroup { 5, 3500-3544, 5000 } drop",
                                         "iifgroup { 5, 3544-3600 } drop",
                                         "iifgroup & 0xff00 == 0x0d00 drop"};
    for (const std::string& rule : rules) {
        expect(true, table("inet", rule));
    }
}

TEST_F(NftablesTest, FindsNamedSetsElements) {
    const std::string names = "set s { type ifname; elements = { \"eth0\", \"ours\" } }";
    const std::string wild =
        "set s { type ifname; flags interval; elements = { \"eth0\", \"our*\", \"p*\" } }";
    const std::string groups =
        "set s { type devgroup; flags interval; elements = { 1-9, 3000-4000, 7000-7005 } }";
    const std::string pairs =
        "set s { type ifname . inet_service; elements = { \"ours\" . 80, \"eth0\" . 80 } }";
    expect(true, table("inet", "oifname @s drop", names));
    expect(true, table("inet", "iifname @s drop", wild));
    expect(true, table("inet", "iifgroup @s drop", groups));
    expect(true, table("inet", "iifname . tcp dport @s drop", pairs));
    // A set that no rule looks an interface up in says nothing.
    expect(false, table("inet", "tcp dport 80 drop", names));
}

TEST_F(NftablesTest, LargeSetsComeInSeveralMessages) {
    std::string elements = "\"ours\"";
    for (int i = 0; i < 3000; ++i) {
        elements += ", \"eth" + std::to_string(i) + '"';
    }
    const std::string sets = "set s { type ifname; elements = { " + elements + " } }";
    expect(true, table("inet", "iifname @s drop", sets));
    EXPECT_FALSE(mentioned(other_));
}

TEST_F(NftablesTest, OtherRulesSayNothing) {
    const std::string other_index = std::to_string(other_);
    const std::vector<std::string> rules{
        "iifname \"lo\" accept",
        "iifname != \"lo\" drop",
        "iifname \"our\" drop",
        "iifname \"ours0\" drop",
        "iifname \"ter*\" drop",
        "iifname { \"a\", \"z*\" } drop",
        "iifname { \"a*\", \"ot*\" } drop",
        "iif \"lo\" drop",
        "oif " + other_index + " drop",
        "iifgroup 3543 drop",
        "iifgroup > 3000 drop",
        "iifgroup 3545-4000 drop",
        "iifgroup { 1-3543, 3545-4000 } drop",
        "iifname . tcp dport { \"other\" . 80 } drop",
        "tcp dport 3544 drop",
        "meta mark 3544 drop",
        // The very bytes of the device's index, in a register that held it.
        "iif \"lo\" tcp dport " + std::to_string(ours_ << 8U) + " drop",
        "oif \"lo\" meta mark " + std::to_string(ours_) + " drop",
        "ct state established accept",
        "counter"};
    for (const std::string& rule : rules) {
        expect(false, table("inet", rule));
    }
}

TEST_F(NftablesTest, OnlyTablesForIpv6Count) {
    expect(false, table("ip", "iifname \"ours\" drop"));
    expect(false, table("bridge", "iifname \"ours\" drop"));
    expect(true, table("ip6", "iifname \"ours\" drop"));
}

TEST_F(NftablesTest, FindsOneRuleBehindThousands) {
    std::string rules;
    for (int i = 0; i < 5000; ++i) {
        rules += "iifname \"eth" + std::to_string(i) + "\" drop\n";
    }
    expect(false, table("inet", rules));
    expect(true, table("inet", rules + "iifname \"ours\" drop"));
}

TEST_F(NftablesTest, KnowsTheShippedExample) {
    const std::string example = MIREDO_SOURCE_DIR "/conf/nftables-miredo.conf";
    const std::string include = "include \"" + example + "\"\n";
    const auto link = [this](const char* name, std::uint32_t group) {
        Link changed = socket().find_link(ours_)->value();
        changed.name = name;
        changed.group = group;
        return changed;
    };
    ASSERT_EQ(load("flush ruleset\n" + include), 0);
    EXPECT_TRUE(mentions_interface(link("teredo", kGroup)).value());
    EXPECT_TRUE(mentions_interface(link("another", kGroup)).value());
    EXPECT_FALSE(mentions_interface(link("another", 0)).value());
    // Once more: nothing is there twice, and what is not its own stays.
    ASSERT_EQ(load("table inet mine {\nchain c {\niifname \"eth7\" drop\n}\n}\n" + include), 0);
    ASSERT_EQ(load(include), 0);
    EXPECT_TRUE(mentions_interface(link("eth7", 0)).value());
    ASSERT_EQ(load("delete table inet miredo\n"), 0);
    EXPECT_FALSE(mentions_interface(link("teredo", kGroup)).value());
}

TEST_F(NftablesTest, NeedsPrivilege) {
    const Link link = socket().find_link(ours_)->value();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        // A new user namespace has no power over the network namespace of the old one.
        if (::unshare(CLONE_NEWUSER) != 0) {
            ::_exit(255);
        }
        const auto answer = mentions_interface(link);
        ::_exit(answer ? 0 : answer.error().error_number);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 255) {
        GTEST_SKIP() << "no user namespaces";
    }
    EXPECT_EQ(WEXITSTATUS(status), EPERM);
}

}  // namespace
}  // namespace miredo::netlink
