// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/peer_scan.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

constexpr std::uint32_t kSlots = 3000;

// A table where every third place is free and every other peer is native.
std::uint32_t
list(std::uint32_t from, std::uint32_t slots, std::vector<teredo::PeerStatus>& found) {
    const std::uint32_t end = std::min(from + slots, kSlots);
    for (std::uint32_t i = from; i < end; ++i) {
        if (i % 3 != 0) {
            teredo::PeerStatus peer;
            peer.address = Ipv6Address{0x2600000000000000U, i};
            peer.kind = i % 2 == 0 ? teredo::PeerKind::kNative : teredo::PeerKind::kTeredo;
            peer.state = i < 10 ? teredo::PeerState::kProbing : teredo::PeerState::kIdle;
            found.push_back(peer);
        }
    }
    return end < kSlots ? end : teredo::kNoIndex;
}

struct Answer {
    PeerPage page;
    int steps = 0;
};

Answer ask(const PeerQuery& query) {
    Answer answer;
    PeerScan scan{query, [&](Expected<PeerPage> page) { answer.page = std::move(*page); }};
    while (!scan.is_complete()) {
        scan.step(list);
        ++answer.steps;
    }
    scan.finish();
    return answer;
}

PeerQuery page_of(std::uint64_t offset, std::uint32_t limit) {
    PeerQuery query;
    query.offset = offset;
    query.limit = limit;
    return query;
}

TEST(PeerScan, takes_a_large_table_in_steps_and_counts_all) {
    const Answer answer = ask(page_of(0, 10));
    EXPECT_GT(answer.steps, 1);
    EXPECT_EQ(answer.page.total, 2000U);
    ASSERT_EQ(answer.page.peers.size(), 10U);
    EXPECT_EQ(answer.page.peers[0].address.low(), 1U);
}

TEST(PeerScan, pages_follow_each_other_without_gap_or_repetition) {
    std::vector<std::uint64_t> seen;
    for (std::uint64_t offset = 0; offset < 2000; offset += 300) {
        for (const teredo::PeerStatus& peer : ask(page_of(offset, 300)).page.peers) {
            seen.push_back(peer.address.low());
        }
    }
    EXPECT_EQ(seen.size(), 2000U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST(PeerScan, beyond_the_end_is_an_empty_page_with_the_total) {
    const Answer answer = ask(page_of(5000, 10));
    EXPECT_TRUE(answer.page.peers.empty());
    EXPECT_EQ(answer.page.total, 2000U);
}

TEST(PeerScan, filters_by_all_that_is_asked_for) {
    PeerQuery query = page_of(0, 1000);
    query.state = teredo::PeerState::kProbing;
    EXPECT_EQ(ask(query).page.total, 6U);
    query.kind = teredo::PeerKind::kNative;
    EXPECT_EQ(ask(query).page.total, 3U);  // 2, 4, 8
    query.address = Ipv6Address{0x2600000000000000U, 4};
    const Answer answer = ask(query);
    EXPECT_EQ(answer.page.total, 1U);
    EXPECT_EQ(answer.page.peers.at(0).address.low(), 4U);
}

}  // namespace
}  // namespace miredo::daemon
