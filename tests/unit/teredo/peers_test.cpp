// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peers.hpp"

#include <gtest/gtest.h>

#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "unit/teredo/packets.hpp"

namespace miredo::teredo {
namespace {

using ToUdp = sim::RecordingOutput::ToUdp;

constexpr Endpoint kMapping{Ipv4Address{13, 1, 2, 3}, 5000};

Ipv6Address address_number(std::uint64_t number) {
    return Ipv6Address{0x2600000000000000U, number};
}

class PeersTest : public testing::Test {
  protected:
    Peer& obtain(std::uint64_t number) { return *peers_.obtain(now_, address_number(number)); }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    Counters counters_;
    sim::RecordingOutput output_;
    Peers peers_{8, random_, counters_};
};

TEST_F(PeersTest, makes_a_peer_once) {
    Peer& peer = obtain(1);
    EXPECT_EQ(&obtain(1), &peer);
    EXPECT_EQ(peers_.find(address_number(1)), &peer);
    EXPECT_EQ(peers_.unproven(), 1U);
}

TEST_F(PeersTest, sends_what_waited_in_order_on_acceptance) {
    Peer& peer = obtain(1);
    for (std::size_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(peers_.enqueue(now_, peer, ByteVector(50 + i)));
    }
    peers_.schedule_attempt(now_, peer);
    peers_.accept(now_, peer, kMapping, output_);
    const auto sent = output_.take();
    ASSERT_EQ(sent.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(std::get<ToUdp>(sent[i]).to, kMapping);
        EXPECT_EQ(std::get<ToUdp>(sent[i]).bytes.size(), 50 + i);
    }
    EXPECT_FALSE(peer.is_attempting);
    EXPECT_TRUE(peer.is_reachable(now_));
    EXPECT_EQ(counters_.forwarded_to_udp, 3U);
    EXPECT_EQ(peers_.next_deadline(), now_ + kStrangerLifetime);
}

TEST_F(PeersTest, proves_a_peer_that_answers_and_not_one_that_only_speaks) {
    Peer& silent = obtain(1);
    peers_.accept(now_, silent, kMapping, output_);
    peers_.accept(now_, silent, kMapping, output_);
    EXPECT_EQ(peers_.proven(), 0U);
    peers_.forward(now_, silent, ByteVector(40), output_);
    peers_.accept(now_, silent, kMapping, output_);
    EXPECT_EQ(peers_.proven(), 1U);
}

TEST_F(PeersTest, repeats_attempts_in_the_order_they_are_due) {
    Peer& first = obtain(1);
    Peer& second = obtain(2);
    peers_.schedule_attempt(now_, first);
    peers_.schedule_attempt(now_ + seconds{1}, second);
    EXPECT_EQ(peers_.next_deadline(), now_ + seconds{2});
    EXPECT_EQ(peers_.due_attempt(now_ + seconds{2} - Duration{1}), nullptr);
    EXPECT_EQ(peers_.due_attempt(now_ + seconds{2}), &first);
    peers_.schedule_attempt(now_ + seconds{2}, first);
    EXPECT_EQ(first.attempts, 2U);
    EXPECT_EQ(peers_.due_attempt(now_ + seconds{2}), nullptr);
    EXPECT_EQ(peers_.due_attempt(now_ + seconds{3}), &second);
    peers_.end_attempt(second);
    peers_.end_attempt(second);
    EXPECT_EQ(peers_.due_attempt(now_ + seconds{4}), &first);
    peers_.end_attempt(first);
    EXPECT_EQ(peers_.next_deadline(), now_ + kStrangerLifetime);
}

TEST_F(PeersTest, counts_what_waited_for_an_evicted_peer) {
    for (std::uint64_t i = 1; i <= 4; ++i) {
        Peer& peer = obtain(i);
        ASSERT_TRUE(peers_.enqueue(now_, peer, ByteVector(40)));
        peers_.schedule_attempt(now_, peer);
    }
    obtain(5);
    EXPECT_EQ(peers_.find(address_number(1)), nullptr);
    EXPECT_EQ(counters_.drops(DropReason::kPeerEvicted), 1U);
    EXPECT_EQ(peers_.queued_packets(), 3U);
    peers_.forget_all(DropReason::kAddressChanged);
    EXPECT_EQ(counters_.drops(DropReason::kAddressChanged), 3U);
    EXPECT_EQ(peers_.queued_bytes(), 0U);
    EXPECT_FALSE(peers_.next_deadline().has_value());
}

TEST_F(PeersTest, forgets_strangers_that_fell_silent) {
    for (std::uint64_t i = 1; i <= 3; ++i) {
        peers_.accept(now_, obtain(i), kMapping, output_);
    }
    peers_.prove(obtain(1));
    ASSERT_EQ(peers_.next_deadline(), now_ + kStrangerLifetime);
    const auto nothing = [](const auto&) {};
    peers_.run_due(now_ + kStrangerLifetime - Duration{1}, nothing, nothing);
    EXPECT_EQ(peers_.unproven(), 2U);
    peers_.run_due(now_ + kStrangerLifetime, nothing, nothing);
    EXPECT_EQ(peers_.unproven(), 0U);
    EXPECT_NE(peers_.find(address_number(1)), nullptr);
    EXPECT_EQ(peers_.next_deadline(), now_ + kPeerLifetime);
}

TEST_F(PeersTest, lets_idle_peers_go_as_others_come) {
    for (std::uint64_t i = 1; i <= 3; ++i) {
        Peer& peer = obtain(i);
        peers_.prove(peer);
    }
    now_ += kPeerLifetime;
    for (std::uint64_t i = 4; i <= 6; ++i) {
        obtain(i);
    }
    EXPECT_EQ(peers_.proven(), 0U);
    EXPECT_EQ(peers_.unproven(), 3U);
}

TEST_F(PeersTest, tells_whose_packet_has_waited_too_long) {
    Peer& peer = obtain(1);
    ASSERT_TRUE(peers_.enqueue(now_, peer, ByteVector(40)));
    EXPECT_EQ(peers_.next_deadline(), now_ + kQueueLifetime);
    EXPECT_EQ(peers_.overdue(now_), nullptr);
    EXPECT_EQ(peers_.overdue(now_ + kQueueLifetime), &peer);
    ASSERT_TRUE(peers_.dequeue(peer).has_value());
    EXPECT_EQ(peers_.overdue(now_ + kQueueLifetime), nullptr);
}

TEST_F(PeersTest, lists_peers_in_steps_in_a_stable_order) {
    for (std::uint64_t number = 1; number <= 4; ++number) {
        obtain(number);
    }
    peers_.forget(obtain(2), DropReason::kPeerEvicted);
    std::vector<PeerStatus> listed;
    const std::uint32_t next = peers_.list(now_, 0, 3, listed);
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0].address, address_number(1));
    EXPECT_EQ(listed[1].address, address_number(3));
    EXPECT_EQ(peers_.list(now_, next, 100, listed), kNoIndex);
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(listed[2].address, address_number(4));
    EXPECT_EQ(peers_.list(now_, 100, 100, listed), kNoIndex);
    EXPECT_EQ(listed.size(), 3U);
}

TEST_F(PeersTest, tells_the_state_of_each_peer) {
    const auto state = [this] {
        std::vector<PeerStatus> listed;
        EXPECT_EQ(peers_.list(now_, 0, 100, listed), kNoIndex);
        return listed.at(0);
    };
    Peer& peer = obtain(1);
    EXPECT_EQ(state().state, PeerState::kIdle);
    EXPECT_EQ(state().kind, PeerKind::kNative);
    EXPECT_FALSE(state().endpoint.has_value());
    EXPECT_FALSE(state().last_received.has_value());

    ASSERT_TRUE(peers_.enqueue(now_, peer, ByteVector(50)));
    peers_.schedule_attempt(now_, peer);
    EXPECT_EQ(state().state, PeerState::kProbing);
    EXPECT_EQ(state().attempts, 1U);
    EXPECT_EQ(state().queued_packets, 1U);

    peer.last_tx = now_;
    peers_.end_attempt(peer);
    EXPECT_EQ(state().state, PeerState::kFailed);

    peers_.accept(now_, peer, kMapping, output_);
    now_ += std::chrono::seconds{2};
    EXPECT_EQ(state().state, PeerState::kRelay);
    EXPECT_EQ(state().endpoint, kMapping);
    EXPECT_EQ(state().last_received, std::chrono::seconds{2});

    now_ += kPeerValidity;
    EXPECT_EQ(state().state, PeerState::kIdle);
}

TEST_F(PeersTest, calls_a_reachable_teredo_peer_direct) {
    Peer& peer = *peers_.obtain(now_, Ipv6Address{0x2001000001020304U, 1});
    peers_.accept(now_, peer, kMapping, output_);
    std::vector<PeerStatus> listed;
    EXPECT_EQ(peers_.list(now_, 0, 1, listed), kNoIndex);
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].kind, PeerKind::kTeredo);
    EXPECT_EQ(listed[0].state, PeerState::kDirect);
}

}  // namespace
}  // namespace miredo::teredo
