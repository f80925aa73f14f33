// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Two shards, seen as one.
#include "daemon/role_host.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include <poll.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_broker.hpp"
#include "log_capture.hpp"
#include "steering/hash.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::daemon {
namespace {

constexpr Ipv4Address kThisHost{127, 0, 0, 1};
constexpr std::uint32_t kShards = 2;
constexpr std::uint32_t kPeersOfEach = 1500;

// Sends every datagram back, and has that many peers.
class MirrorRole {
  public:
    MirrorRole(int settings, RandomSource& /*random*/, Instant /*now*/) { set(settings); }

    void
    handle_datagram(Instant /*now*/, const teredo::Datagram& datagram, teredo::Output& output) {
        ++counters_.datagrams_received;
        output.forward_to_udp(datagram.from, datagram.bytes);
    }
    void handle_packet(Instant /*now*/, Bytes /*packet*/, teredo::Output& /*output*/) {}
    void handle_timeout(Instant /*now*/, teredo::Output& /*output*/) {}
    [[nodiscard]] std::optional<Instant> next_deadline() const { return std::nullopt; }
    [[nodiscard]] const teredo::Counters& counters() const { return counters_; }
    [[nodiscard]] teredo::RelayStatus status() const { return {1, kPeersOfEach - 1, 2000, 0}; }
    void apply(Instant /*now*/, int settings, teredo::Output& /*output*/) { set(settings); }
    [[nodiscard]] std::uint32_t list_peers(Instant /*now*/,
                                           std::uint32_t from,
                                           std::uint32_t slots,
                                           std::vector<teredo::PeerStatus>& peers) const {
        const std::uint32_t end = std::min(from + slots, kPeersOfEach);
        for (std::uint32_t i = from; i < end; ++i) {
            peers.emplace_back().address = Ipv6Address{0, i};
        }
        return end < kPeersOfEach ? end : teredo::kNoIndex;
    }

  private:
    void set(int settings) { counters_.consumed = static_cast<std::uint64_t>(settings); }

    teredo::Counters counters_;
};

wire::Bubble bubble_from(Endpoint mapped) {
    const wire::TeredoAddress address{Ipv4Address{192, 0, 2, 1}, 0, mapped};
    return wire::build_bubble(address.to_ipv6(), Ipv6Address{0x20010db800000000U, 1});
}

io::UdpSocket open_peer() {
    auto socket = io::UdpSocket::open(kThisHost, 0);
    EXPECT_TRUE(socket);
    return std::move(*socket);
}

class RoleHostTest : public testing::Test {
  protected:
    RoleHostTest() {
        context_.fail = [](const Error& error, ExitCode) { FAIL() << error.to_string(); };
    }

    void launch() {
        auto sockets = open_shared_sockets(context_, "relay", open_peer(), kShards, {});
        ASSERT_TRUE(sockets) << sockets.error().to_string();
        to_ = sockets->front().local_endpoint();
        std::vector<ShardEdges> edges;
        for (io::UdpSocket& socket : *sockets) {
            edges.push_back({std::move(socket), std::nullopt, std::nullopt, std::nullopt});
        }
        host_.launch(
            std::move(edges), 5, [](const teredo::Event&) {}, true);
        ASSERT_TRUE(host_.is_running());
    }

    // What comes back for `bytes`.
    static std::vector<std::byte> exchange(io::UdpSocket& peer, Endpoint to, Bytes bytes) {
        io::DatagramSendBatch sending;
        EXPECT_TRUE(sending.append_borrowed(to, bytes));
        EXPECT_EQ(peer.send(sending).sent, 1U);
        pollfd waited{peer.fd(), POLLIN, 0};
        if (::poll(&waited, 1, 5000) != 1) {
            return {};
        }
        io::DatagramReceiveBatch received;
        peer.receive(received);
        EXPECT_EQ(received.front().from, to);
        return {received.front().bytes.begin(), received.front().bytes.end()};
    }

    // True once a snapshot says so.
    bool wait_for(const std::string& name, std::uint64_t count) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
        for (;;) {
            const Statistics statistics = host_.statistics();
            const auto found = statistics.find(name);
            if (found != statistics.end() && found->second == count) {
                return true;
            }
            if (std::chrono::steady_clock::now() > until) {
                return false;
            }
            std::this_thread::yield();
        }
    }

    std::shared_ptr<CapturingTarget> target_ = std::make_shared<CapturingTarget>();
    Log log_{target_};
    std::unique_ptr<ControlLoop> loop_ = *ControlLoop::create();
    FakeBroker broker_;
    Names names_{*loop_};
    netlink::NetlinkSocket netlink_ = *netlink::NetlinkSocket::open();
    Context context_{log_, *loop_, broker_.client(), names_, netlink_, {}, {}, {}};
    RoleHost<MirrorRole, int> host_{context_, "relay"};
    Endpoint to_;
};

TEST_F(RoleHostTest, keeps_each_peer_on_its_shard) {
    ASSERT_NO_FATAL_FAILURE(launch());
    std::array<std::uint64_t, kShards> expected{};
    for (int i = 0; i < 32; ++i) {
        io::UdpSocket peer = open_peer();
        const wire::Bubble bubble = bubble_from(peer.local_endpoint());
        EXPECT_EQ(exchange(peer, to_, bubble.bytes()).size(), 40U);
        ++expected.at(steering::shard_of(peer.local_endpoint(), kShards));
    }
    EXPECT_TRUE(wait_for("Shard.0.DatagramsReceived", expected[0]));
    EXPECT_TRUE(wait_for("Shard.1.DatagramsReceived", expected[1]));
    EXPECT_TRUE(wait_for("DatagramsReceived", 32));
    EXPECT_TRUE(wait_for("Shard.0.HandedOver", 0));
    EXPECT_TRUE(wait_for("Shard.1.HandedOver", 0));
}

// As a client behind a symmetric NAT: it comes from elsewhere than its address says.
TEST_F(RoleHostTest, hands_over_what_came_to_another_shard) {
    ASSERT_NO_FATAL_FAILURE(launch());
    io::UdpSocket peer = open_peer();
    const std::uint32_t got_by = steering::shard_of(peer.local_endpoint(), kShards);
    Endpoint mapped = peer.local_endpoint();
    while (steering::shard_of(mapped, kShards) == got_by) {
        ++mapped.port;
    }
    const wire::Bubble bubble = bubble_from(mapped);
    std::vector<std::byte> datagram{bubble.bytes().begin(), bubble.bytes().end()};
    datagram.push_back({});
    for (int i = 0; i < 100; ++i) {
        datagram.back() = static_cast<std::byte>(i);
        ASSERT_EQ(exchange(peer, to_, datagram), datagram) << i;
    }
    const std::string got = "Shard." + std::to_string(got_by);
    const std::string knows = "Shard." + std::to_string(1 - got_by);
    EXPECT_TRUE(wait_for(got + ".HandedOver", 100));
    EXPECT_TRUE(wait_for(got + ".DatagramsReceived", 0));
    EXPECT_TRUE(wait_for(knows + ".HandedOver", 0));
    EXPECT_TRUE(wait_for(knows + ".DatagramsReceived", 100));
    EXPECT_TRUE(wait_for("Dropped.handover", 0));
}

TEST_F(RoleHostTest, adds_up_and_applies_to_all) {
    ASSERT_NO_FATAL_FAILURE(launch());
    EXPECT_TRUE(wait_for("Consumed", 10));
    host_.apply(7);
    EXPECT_TRUE(wait_for("Consumed", 14));
    const auto snapshot = host_.snapshot();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(peer_counts(snapshot->status),
              (PeerCounts{std::uint64_t{2} * kPeersOfEach, 2, 4000}));
    EXPECT_EQ(host_.shards(), kShards);
    host_.stop();
    EXPECT_THAT(target_->records().back().text, testing::HasSubstr("received 0"));
    EXPECT_EQ(target_->records().size(), 1U);
}

TEST_F(RoleHostTest, lists_the_peers_of_all) {
    ASSERT_NO_FATAL_FAILURE(launch());
    PeerQuery query;
    query.offset = kPeersOfEach - 2;
    query.limit = 5;
    std::optional<PeerPage> page;
    host_.list_peers(query, [&](const Expected<PeerPage>& answer) {
        page = *answer;
        loop_->exit(0);
    });
    EXPECT_EQ(loop_->run(), 0);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->total, 2 * kPeersOfEach);
    ASSERT_EQ(page->peers.size(), 5U);
    EXPECT_EQ(page->peers[1].address.low(), kPeersOfEach - 1U);
    EXPECT_EQ(page->peers[2].address.low(), 0U);
}

}  // namespace
}  // namespace miredo::daemon
