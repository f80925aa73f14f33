// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peer_slab.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace miredo::teredo {
namespace {

constexpr std::uint32_t kChunk = PeerSlab::kChunkSize;

TEST(PeerSlab, HoldsNothingForNobody) {
    const PeerSlab slab{1'000'000};
    EXPECT_EQ(slab.memory(), 0U);
    EXPECT_EQ(slab.end(), 0U);
}

TEST(PeerSlab, GivesTheLowestFreeIndex) {
    PeerSlab slab{2 * kChunk};
    for (std::uint32_t i = 0; i < 2 * kChunk; ++i) {
        EXPECT_EQ(slab.take().index, i);
    }
    slab.give_back(slab[kChunk + 7]);
    slab.give_back(slab[70]);
    EXPECT_EQ(slab.find(70), nullptr);
    EXPECT_EQ(slab.take().index, 70U);
    EXPECT_EQ(slab.take().index, kChunk + 7);
}

TEST(PeerSlab, GivesAPlaceWithoutThePast) {
    PeerSlab slab{1};
    Peer& peer = slab.take();
    peer.is_trusted = true;
    peer.mapping = {Ipv4Address{9, 9, 9, 9}, 9};
    slab.give_back(peer);
    EXPECT_FALSE(slab.take().is_trusted);
    EXPECT_EQ(slab[0].mapping, Endpoint{});
}

TEST(PeerSlab, GivesMemoryBackButForOneChunk) {
    PeerSlab slab{8 * kChunk};
    (void)slab.take();
    const std::size_t one = slab.memory();
    for (std::uint32_t i = 1; i < 8 * kChunk; ++i) {
        (void)slab.take();
    }
    EXPECT_EQ(slab.memory(), 8 * one);
    EXPECT_EQ(slab.end(), 8 * kChunk);
    for (std::uint32_t i = 0; i < 8 * kChunk; ++i) {
        slab.give_back(slab[i]);
    }
    EXPECT_EQ(slab.memory(), one);
    EXPECT_EQ(slab.end(), 0U);
    EXPECT_EQ(slab.take().index, 0U);
    EXPECT_EQ(slab.memory(), one);
}

// Who comes and goes at the edge of a chunk does not make memory come and go.
TEST(PeerSlab, KeepsOneEmptyChunk) {
    PeerSlab slab{4 * kChunk};
    for (std::uint32_t i = 0; i < kChunk; ++i) {
        (void)slab.take();
    }
    Peer* const first = &slab.take();
    const std::size_t two = slab.memory();
    for (int i = 0; i < 3; ++i) {
        slab.give_back(*slab.find(kChunk));
        EXPECT_EQ(slab.memory(), two);
        EXPECT_EQ(&slab.take(), first);
    }
}

TEST(PeerSlab, FindsExactlyThoseThatAreThere) {
    constexpr std::uint32_t kCapacity = 5 * kChunk;
    std::mt19937 random{5};
    PeerSlab slab{kCapacity};
    std::set<std::uint32_t> there;
    for (int i = 0; i < 100'000; ++i) {
        const bool grows = (i / 10'000) % 2 == 0;
        const bool takes =
            there.empty() || (there.size() < kCapacity && random() % 8 < (grows ? 6U : 2U));
        if (takes) {
            ASSERT_TRUE(there.insert(slab.take().index).second);
        } else {
            const auto chosen = there.lower_bound(static_cast<std::uint32_t>(random() % kCapacity));
            const auto victim = chosen == there.end() ? there.begin() : chosen;
            slab.give_back(*slab.find(*victim));
            there.erase(victim);
        }
        ASSERT_TRUE(there.empty() || *there.rbegin() < slab.end());
    }
    for (std::uint32_t index = 0; index < slab.end(); ++index) {
        EXPECT_EQ(slab.find(index) != nullptr, there.contains(index)) << index;
    }
}

}  // namespace
}  // namespace miredo::teredo
