// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peer_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "sim/seeded_random.hpp"

namespace miredo::teredo {
namespace {

Ipv6Address address_number(std::uint64_t number) {
    return Ipv6Address{0x2600000000000000U, number};
}

class PeerTableTest : public testing::Test {
  protected:
    Peer& insert(std::uint64_t number) {
        if (!table_.has_room()) {
            table_.erase(*table_.victim(now_));
        }
        return table_.insert(now_, address_number(number));
    }
    Peer* find(std::uint64_t number) { return table_.find(address_number(number)); }
    Peer& insert_proven(std::uint64_t number) {
        Peer& peer = insert(number);
        peer.last_rx = now_;
        table_.prove(peer);
        return peer;
    }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    PeerTable table_{8, random_};
};

TEST_F(PeerTableTest, finds_what_was_inserted_and_nothing_else) {
    insert(1);
    insert(2);
    ASSERT_NE(find(1), nullptr);
    EXPECT_EQ(find(1)->address, address_number(1));
    EXPECT_EQ(find(3), nullptr);
    table_.erase(*find(1));
    EXPECT_EQ(find(1), nullptr);
    EXPECT_NE(find(2), nullptr);
}

TEST_F(PeerTableTest, gives_a_place_anew_without_the_past) {
    Peer& old = insert(1);
    old.is_trusted = true;
    old.nonce_sent = 7;
    table_.erase(old);
    const Peer& fresh = insert(2);
    EXPECT_EQ(&fresh, &old);
    EXPECT_FALSE(fresh.is_trusted);
    EXPECT_EQ(fresh.nonce_sent, 0U);
}

TEST_F(PeerTableTest, gives_half_of_its_places_to_the_unproven) {
    for (std::uint64_t i = 1; i <= 4; ++i) {
        ASSERT_TRUE(table_.has_room());
        insert(i);
    }
    EXPECT_FALSE(table_.has_room());
    EXPECT_EQ(table_.victim(now_), find(1));
}

TEST_F(PeerTableTest, lets_the_unproven_peer_unused_longest_go_first) {
    for (std::uint64_t i = 1; i <= 4; ++i) {
        insert(i);
    }
    table_.touch(now_, *find(1));
    EXPECT_EQ(table_.victim(now_), find(2));
    table_.touch(now_, *find(2));
    EXPECT_EQ(table_.victim(now_), find(3));
}

TEST_F(PeerTableTest, never_lets_a_valid_proven_peer_go) {
    conformance::shows("C39");
    for (std::uint64_t i = 1; i <= 8; ++i) {
        insert_proven(i);
    }
    EXPECT_FALSE(table_.has_room());
    EXPECT_EQ(table_.victim(now_), nullptr);
    EXPECT_EQ(table_.victim(now_ + kPeerValidity - Duration{1}), nullptr);
    EXPECT_EQ(table_.victim(now_ + kPeerValidity), find(1));
}

TEST_F(PeerTableTest, lets_strangers_go_before_friends) {
    conformance::shows("C39");
    for (std::uint64_t i = 1; i <= 7; ++i) {
        insert_proven(i);
    }
    insert(100);
    now_ += std::chrono::hours{1};
    EXPECT_EQ(table_.victim(now_), find(100));
}

TEST_F(PeerTableTest, tells_who_has_been_idle) {
    insert_proven(1);
    EXPECT_EQ(table_.idle(now_ + kPeerLifetime - Duration{1}), nullptr);
    EXPECT_EQ(table_.idle(now_ + kPeerLifetime), find(1));
    now_ += kPeerLifetime;
    table_.touch(now_, *find(1));
    EXPECT_EQ(table_.idle(now_), nullptr);
}

// Whose turn it is may be as wrong as that among proven peers; all else is exact.
TEST_F(PeerTableTest, notes_the_use_of_a_proven_peer_now_and_then) {
    Peer& busy = insert_proven(1);
    insert_proven(2);
    const Instant start = now_;
    now_ += kUseResolution - Duration{1};
    table_.touch(now_, busy);
    EXPECT_EQ(table_.idle(start + kPeerLifetime), &busy);
    now_ += Duration{1};
    table_.touch(now_, busy);
    EXPECT_EQ(table_.idle(start + kPeerLifetime), find(2));
    table_.erase(*find(2));
    EXPECT_EQ(table_.next_idle(), now_ + kPeerLifetime);
}

TEST_F(PeerTableTest, may_be_told_to_expect_anybody) {
    PeerTable table{16384, random_};
    std::vector<Ipv6Address> addresses;
    for (std::uint64_t i = 0; i < 2 * PeerTable::kExpectedAtOnce; ++i) {
        addresses.push_back(address_number(100 * i));
    }
    table.expect(addresses);
    EXPECT_FALSE(table.has_many());
    for (std::uint64_t i = 0; i < 8192; ++i) {
        table.insert(now_, address_number(i));
    }
    EXPECT_TRUE(table.has_many());
    table.expect(addresses);
    table.expect({});
    EXPECT_NE(table.find(address_number(100)), nullptr);
    EXPECT_EQ(table.find(address_number(9000)), nullptr);
}

TEST_F(PeerTableTest, keeps_what_every_packet_needs_together) {
    const Peer& peer = insert(1);
    EXPECT_LE(reinterpret_cast<const std::byte*>(&peer.budget) -
                  reinterpret_cast<const std::byte*>(&peer),
              64);
}

TEST_F(PeerTableTest, forgets_strangers_early) {
    insert(1);
    EXPECT_EQ(table_.next_idle(), now_ + kStrangerLifetime);
    EXPECT_EQ(table_.idle(now_ + kStrangerLifetime - Duration{1}), nullptr);
    EXPECT_EQ(table_.idle(now_ + kStrangerLifetime), find(1));
    table_.erase(*find(1));
    EXPECT_EQ(table_.next_idle(), std::nullopt);
}

// What was sent to it counts against the budget of RFC 4380 §5.2.6 for longer.
TEST_F(PeerTableTest, remembers_whom_something_was_sent_to) {
    conformance::shows("C39");
    Peer& tried = insert(1);
    tried.last_tx = now_;
    insert(2).nonce_sent_at = now_;
    insert(3);
    const Instant start = now_;
    now_ += kStrangerLifetime;
    EXPECT_EQ(table_.idle(now_), find(3));
    table_.erase(*find(3));
    EXPECT_EQ(table_.idle(now_), nullptr);
    EXPECT_EQ(table_.next_idle(), start + kPeerLifetime);
    EXPECT_EQ(table_.unproven(), 2U);
    EXPECT_EQ(table_.victim(now_), &tried);
    table_.touch(now_, tried);
    EXPECT_EQ(table_.victim(now_), find(2));
    EXPECT_EQ(table_.idle(start + kPeerLifetime), find(2));
    table_.prove(*find(2));
    table_.prove(tried);
    EXPECT_EQ(table_.proven(), 2U);
    EXPECT_EQ(table_.unproven(), 0U);
}

TEST_F(PeerTableTest, counts_each_peer_on_one_list) {
    insert(1);
    Peer& peer = insert(2);
    table_.prove(peer);
    table_.prove(peer);
    EXPECT_EQ(table_.unproven(), 1U);
    EXPECT_EQ(table_.proven(), 1U);
    table_.erase(peer);
    EXPECT_EQ(table_.proven(), 0U);
    EXPECT_EQ(table_.any(), find(1));
}

TEST_F(PeerTableTest, works_with_room_for_one) {
    PeerTable table{1, random_};
    ASSERT_TRUE(table.has_room());
    Peer& peer = table.insert(now_, address_number(1));
    EXPECT_FALSE(table.has_room());
    EXPECT_EQ(table.victim(now_), &peer);
}

TEST(PeerTableFlood, keeps_its_bound_and_its_friends_through_a_million_strangers) {
    conformance::shows("C38", "C39");
    sim::SeededRandom random{2};
    PeerTable table{4096, random};
    const Instant now{std::chrono::hours{1}};
    for (std::uint64_t i = 0; i < 100; ++i) {
        Peer& peer = table.insert(now, address_number(i));
        peer.last_rx = now;
        table.prove(peer);
    }
    for (std::uint64_t i = 1000; i < 1'001'000; ++i) {
        if (!table.has_room()) {
            table.erase(*table.victim(now));
        }
        table.insert(now, address_number(i));
        ASSERT_LE(table.unproven(), 2048U);
    }
    EXPECT_EQ(table.proven(), 100U);
    for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_NE(table.find(address_number(i)), nullptr);
    }
}

TEST(PeerTableHash, depends_on_a_key_of_its_own) {
    // The same addresses in two tables: chains differ, so that no list of addresses collides in
    // both except by chance. What can be seen of it is the order of neither, but that both find
    // all.
    sim::SeededRandom random{3};
    PeerTable first{256, random};
    PeerTable second{256, random};
    const Instant now{std::chrono::hours{1}};
    for (std::uint64_t i = 0; i < 128; ++i) {
        first.insert(now, address_number(i << 40U));
        second.insert(now, address_number(i << 40U));
    }
    for (std::uint64_t i = 0; i < 128; ++i) {
        EXPECT_NE(first.find(address_number(i << 40U)), nullptr);
        EXPECT_NE(second.find(address_number(i << 40U)), nullptr);
    }
}

TEST(AttemptBudget, is_a_sliding_window_of_four) {
    AttemptBudget budget;
    const Instant start{std::chrono::hours{1}};
    for (int i = 0; i < 4; ++i) {
        const Instant now = start + i * seconds{100};
        ASSERT_TRUE(budget.may_spend(now, seconds{500}));
        budget.spend(now);
    }
    EXPECT_FALSE(budget.may_spend(start + seconds{499}, seconds{500}));
    EXPECT_TRUE(budget.may_spend(start + seconds{500}, seconds{500}));
    budget.spend(start + seconds{500});
    EXPECT_FALSE(budget.may_spend(start + seconds{599}, seconds{500}));
    EXPECT_TRUE(budget.may_spend(start + seconds{600}, seconds{500}));
    budget.spend(start + seconds{600});
    budget.reset();
    EXPECT_TRUE(budget.may_spend(start + seconds{600}, seconds{500}));
}

// How many peers one search may have to look at.
std::size_t longest_chain(const PeerSlab& slab) {
    std::size_t longest = 0;
    for (std::uint32_t start = 0; start < slab.end(); ++start) {
        std::size_t length = 0;
        if (slab.find(start) == nullptr) {
            continue;
        }
        for (std::uint32_t at = start; at != kNoIndex; at = slab[at].next_in_bucket) {
            ++length;
        }
        longest = std::max(longest, length);
    }
    return longest;
}

TEST_F(PeerTableTest, keeps_its_chains_short_whatever_addresses_are_chosen) {
    conformance::shows("T-A12");
    constexpr std::uint32_t kAddresses = 100'000;
    constexpr std::uint64_t kHigh = 0x2001000041000001U;
    // For hashes that add, or fold, or take some bits: all of one kind would share a chain.
    const std::array<Ipv6Address (*)(std::uint64_t), 4> crafted{
        [](std::uint64_t i) {
            return Ipv6Address{kHigh, i << 40U};
        },
        [](std::uint64_t i) {
            return Ipv6Address{kHigh + i, 0 - i};
        },
        [](std::uint64_t i) {
            return Ipv6Address{kHigh ^ i, i};
        },
        [](std::uint64_t i) {
            return Ipv6Address{kHigh, i * 0x100000001U};
        },
    };
    for (const auto& make : crafted) {
        PeerTable table{2 * kAddresses, random_};
        for (std::uint64_t i = 0; i < kAddresses; ++i) {
            table.insert(now_, make(i));
        }
        // Thrown at random into 2^18 places, 10^5 make a chain of 8 once in some hundred runs.
        EXPECT_LE(longest_chain(table.slab()), 12U);
    }
}

}  // namespace
}  // namespace miredo::teredo
