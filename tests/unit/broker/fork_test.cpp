// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/fork.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include "fixture.hpp"

namespace miredo::broker {
namespace {

// A line of /proc/<pid>/status, without its key and white space.
std::string status_of(pid_t pid, const std::string& key) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
    std::string line;
    while (std::getline(file, line)) {
        if (line.rfind(key + ":", 0) == 0) {
            const std::size_t start = line.find_first_not_of(" \t", key.size() + 1);
            return start == std::string::npos ? "" : line.substr(start);
        }
    }
    return "missing";
}

class ForkTest : public ::testing::Test {
  protected:
    void SetUp() override {
        MIREDO_NEEDS_PRIVATE_NETWORK();
        if (!test::make_tun("probe", IFF_TUN | IFF_NO_PI)) {
            GTEST_SKIP() << "no tun device: " << std::strerror(errno);
        }
    }

    static ForkedBroker start(const Privileges& privileges) {
        auto broker = fork_broker({::getuid(), ::getgid(), privileges});
        EXPECT_TRUE(broker) << broker.error().to_string();
        return std::move(*broker);
    }

    static void expect_clean_end(ForkedBroker broker) {
        const auto status = reap_broker(std::move(broker), std::chrono::seconds{20});
        ASSERT_TRUE(status);
        EXPECT_TRUE(WIFEXITED(*status));
        EXPECT_EQ(WEXITSTATUS(*status), 0);
    }
};

TEST_F(ForkTest, HoldsOneCapabilityAndNoMore) {
    ForkedBroker broker = start({});
    const std::string admin = "0000000000001000";  // 1 << CAP_NET_ADMIN
    EXPECT_EQ(status_of(broker.pid, "CapPrm"), admin);
    EXPECT_EQ(status_of(broker.pid, "CapEff"), admin);
    EXPECT_EQ(status_of(broker.pid, "CapBnd"), admin);
    EXPECT_EQ(status_of(broker.pid, "CapInh"), "0000000000000000");
    EXPECT_EQ(status_of(broker.pid, "CapAmb"), "0000000000000000");
    EXPECT_EQ(status_of(broker.pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_of(broker.pid, "Seccomp"), "2");
    EXPECT_EQ(status_of(broker.pid, "Name"), "miredo-broker");
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, HoldsTwoForAServer) {
    ForkedBroker broker = start({true, false});
    EXPECT_EQ(status_of(broker.pid, "CapEff"), "0000000000003000");
    EXPECT_TRUE(broker.client.open_raw_ipv6_socket());
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, WithoutTheSecondItOpensNoRawSocket) {
    ForkedBroker broker = start({});
    const auto opened = broker.client.open_raw_ipv6_socket();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().error_number, EPERM);
    EXPECT_NE(opened.error().remedy.find("CAP_NET_RAW"), std::string::npos);
    EXPECT_FALSE(broker.client.broken());
    expect_clean_end(std::move(broker));
}

// bpf(2) is closed to it as well: the filter's EPERM is the same as the kernel's.
TEST_F(ForkTest, WithoutTheThirdItSteersNothing) {
    ForkedBroker broker = start({true, false});
    const auto made = broker.client.make_device("mt0", TunQueues::kMany);
    ASSERT_TRUE(made) << made.error().to_string();
    const auto steered = broker.client.steer_queues(made->descriptor.get());
    ASSERT_FALSE(steered);
    EXPECT_EQ(steered.error().error_number, EPERM);
    EXPECT_EQ(steered.error().where, "mt0");
    EXPECT_NE(steered.error().remedy.find("CAP_BPF"), std::string::npos);
    EXPECT_TRUE(broker.client.attach_queue(made->descriptor.get()));
    EXPECT_FALSE(broker.client.broken());
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, HoldsTwoForShards) {
    ForkedBroker broker = start({false, true});
    // 1 << CAP_BPF; in a user namespace there is none to be held.
    EXPECT_EQ(status_of(broker.pid, "CapEff"), "0000008000001000");
    const auto made = broker.client.make_device("mt0", TunQueues::kMany);
    ASSERT_TRUE(made) << made.error().to_string();
    const auto steered = broker.client.steer_queues(made->descriptor.get());
    if (test::can_become_another_user()) {
        EXPECT_TRUE(steered) << steered.error().to_string();
    }
    expect_clean_end(std::move(broker));
}

// Everything that the daemon asks for in its life, through the filter.
TEST_F(ForkTest, DoesEveryRequestWhileConfined) {
    ForkedBroker broker = start({true, true});
    auto made = broker.client.make_device("mt0");
    ASSERT_TRUE(made) << made.error().to_string();
    const int tun = made->descriptor.get();
    const Ipv6Prefix address = prefix("2001:0:c000:201::1", 32);
    const Route route{prefix("2001::", 32), 254, 1024, address.address};
    const Rule rule{{address.address, 128}, 3544, kTableRulePriority, false};
    EXPECT_TRUE(made->accept_ra_off);
    EXPECT_TRUE(broker.client.set_mtu(tun, 1280));
    EXPECT_TRUE(broker.client.set_queue_length(tun, 4096));
    EXPECT_TRUE(broker.client.bring_up(tun));
    EXPECT_TRUE(broker.client.replace_link_local_address(tun, prefix("fe80::ffff:ffff:ffff", 64)));
    EXPECT_TRUE(broker.client.replace_global_address(tun, {}, address));
    EXPECT_TRUE(broker.client.add_route(tun, route));
    EXPECT_TRUE(broker.client.add_rule(tun, rule));
    EXPECT_TRUE(broker.client.remove_rule(tun, rule));
    EXPECT_TRUE(broker.client.remove_route(tun, route));
    EXPECT_TRUE(broker.client.flush(tun));
    const io::UniqueFd udp{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    EXPECT_TRUE(broker.client.set_receive_buffer(udp.get(), 4U << 20U));
    EXPECT_TRUE(broker.client.open_raw_ipv6_socket());
    EXPECT_TRUE(broker.client.is_mentioned_by_firewall(tun));
    EXPECT_TRUE(broker.client.bring_down(tun));
    const auto taken = broker.client.make_device("mt0");
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().error_number, EBUSY);
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, SeesTheFirewallRulesOfEachMoment) {
    const auto nft = [](const char* command) {
        return std::system((std::string{"PATH=$PATH:/usr/sbin nft "} + command).c_str());
    };
    ForkedBroker broker = start({});
    auto made = broker.client.make_device("mt0");
    ASSERT_TRUE(made) << made.error().to_string();
    const int tun = made->descriptor.get();
    const auto mentioned = [&] {
        const auto answer = broker.client.is_mentioned_by_firewall(tun);
        EXPECT_TRUE(answer) << answer.error().to_string();
        return answer && *answer;
    };
    if (nft("add table inet t") != 0 || nft("add chain inet t c") != 0) {
        expect_clean_end(std::move(broker));
        GTEST_SKIP() << "no nft(8), or it does not work here";
    }
    EXPECT_FALSE(mentioned());
    EXPECT_EQ(nft("add rule inet t c iifname mt1 drop"), 0);
    EXPECT_FALSE(mentioned());
    // The group that make_device() has set.
    EXPECT_EQ(nft("add rule inet t c iifgroup 3544 drop"), 0);
    EXPECT_TRUE(mentioned());
    EXPECT_EQ(nft("flush chain inet t c"), 0);
    EXPECT_EQ(nft("add rule inet t c oifname mt0 drop"), 0);
    EXPECT_TRUE(mentioned());
    EXPECT_EQ(nft("delete table inet t"), 0);
    EXPECT_FALSE(mentioned());
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, KeepsNothingOpenButItsSocketAndStandardError) {
    const io::UniqueFd secret{::open("/dev/null", O_RDONLY)};
    ForkedBroker broker = start({});
    for (int fd = 4; fd < 64; ++fd) {
        const std::string path =
            "/proc/" + std::to_string(broker.pid) + "/fd/" + std::to_string(fd);
        EXPECT_NE(::access(path.c_str(), F_OK), 0) << fd;
    }
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, IgnoresTheTerminalsSignals) {
    ForkedBroker broker = start({});
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGRTMIN + 1}) {
        ASSERT_EQ(::kill(broker.pid, number), 0);
    }
    EXPECT_TRUE(broker.client.make_device("mt0"));
    expect_clean_end(std::move(broker));
}

TEST_F(ForkTest, ADeadBrokerIsSeenAndBreaksTheClient) {
    ForkedBroker broker = start({});
    ASSERT_EQ(::kill(broker.pid, SIGKILL), 0);
    pollfd waiting{broker.pidfd.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 20'000), 1);
    EXPECT_FALSE(broker.client.make_device("mt0"));
    EXPECT_TRUE(broker.client.broken());
    const auto status = reap_broker(std::move(broker));
    ASSERT_TRUE(status);
    EXPECT_TRUE(WIFSIGNALED(*status));
}

TEST_F(ForkTest, ABrokerThatDoesNotEndIsNotWaitedForForEver) {
    ForkedBroker broker = start({});
    const pid_t pid = broker.pid;
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    EXPECT_FALSE(reap_broker(std::move(broker), std::chrono::milliseconds{20}));
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
}

// What somebody without privilege gets: a broker that says what is missing.
TEST_F(ForkTest, WithoutPrivilegeEveryRequestNamesIt) {
    if (!test::can_become_another_user()) {
        GTEST_SKIP() << "only one user exists in the namespace";
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) {
            ::_exit(2);
        }
        auto broker = fork_broker({65534, 65534});
        if (!broker) {
            ::_exit(3);
        }
        const auto made = broker->client.make_device("mt0");
        const bool named =
            !made && (made.error().error_number == EPERM || made.error().error_number == EACCES) &&
            !made.error().remedy.empty() && !broker->client.broken();
        const auto status = reap_broker(std::move(*broker), std::chrono::seconds{20});
        ::_exit(named && status == 0 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace miredo::broker
