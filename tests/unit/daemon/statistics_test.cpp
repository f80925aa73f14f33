// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/statistics.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

TEST(Statistics, have_every_drop_reason_by_its_name) {
    teredo::Counters counters;
    counters.datagrams_received = 12;
    counters.drop(teredo::DropReason::kMappingMismatch, 3);
    const Statistics statistics = to_statistics(counters, {7, 8, 9, 10}, {});
    EXPECT_EQ(statistics.at("DatagramsReceived"), 12U);
    EXPECT_EQ(statistics.at("Dropped.mapping-mismatch"), 3U);
    EXPECT_EQ(statistics.at("Dropped.receive-buffer"), 7U);
    EXPECT_EQ(statistics.at("Dropped.malformed-offload"), 8U);
    EXPECT_EQ(statistics.at("Dropped.congestion"), 9U);
    EXPECT_EQ(statistics.at("Dropped.handover"), 10U);
    for (std::size_t i = 0; i < teredo::kDropReasonCount; ++i) {
        const auto reason = static_cast<teredo::DropReason>(i);
        EXPECT_EQ(statistics.count("Dropped." + std::string{teredo::to_string(reason)}), 1U);
    }
}

TEST(Statistics, count_what_the_kernel_has_refused) {
    EdgeOffloads offloads;
    offloads.udp.segmentation_fallbacks = 4;
    const Statistics of_server = to_statistics({}, {}, offloads);
    EXPECT_EQ(of_server.at("SegmentationFallbacks"), 4U);
    EXPECT_EQ(of_server.at("SuperPacketsRefused"), 0U);
    offloads.tun.emplace().refused_super_packets = 5;
    EXPECT_EQ(to_statistics({}, {}, offloads).at("SuperPacketsRefused"), 5U);
}

TEST(Offloads, of_shards_are_on_where_all_have_them) {
    EdgeOffloads sum;
    sum.udp.segments_sent = {true, 0};
    sum.udp.segmentation_fallbacks = 1;
    sum.tun.emplace().malformed = 2;
    EdgeOffloads one = sum;
    one.udp.segments_sent = {false, EIO};
    add(sum, one);
    EXPECT_EQ(sum.udp.segments_sent, one.udp.segments_sent);
    EXPECT_EQ(sum.udp.segmentation_fallbacks, 2U);
    EXPECT_EQ(sum.tun->malformed, 4U);
}

TEST(Offloads, are_on_or_refused_or_not_wanted) {
    EdgeOffloads offloads;
    offloads.udp.segments_sent = {false, EIO};
    offloads.udp.received_coalesced = {true, 0};
    EXPECT_EQ(offload_statuses(offloads),
              (std::vector<OffloadStatus>{{"udp-send", false, "Input/output error"},
                                          {"udp-receive", true, {}}}));
    offloads.tun.emplace().tcp = {true, 0};
    const std::vector<OffloadStatus> statuses = offload_statuses(offloads);
    ASSERT_EQ(statuses.size(), 4U);
    EXPECT_EQ(statuses[0], (OffloadStatus{"tun-tcp", true, {}}));
    EXPECT_EQ(statuses[1], (OffloadStatus{"tun-udp", false, {}}));
}

TEST(PeerCounts, are_of_all_peers) {
    teredo::RelayStatus status;
    status.proven_peers = 2;
    status.unproven_peers = 3;
    status.peer_limit = 8;
    EXPECT_EQ(peer_counts(status), (PeerCounts{5, 2, 8}));
}

TEST(InstanceState, words_are_those_of_the_api) {
    EXPECT_EQ(to_string(InstanceState::kStarting), "starting");
    EXPECT_EQ(to_string(InstanceState::kResolving), "resolving");
    EXPECT_EQ(to_string(InstanceState::kProbing), "probing");
    EXPECT_EQ(to_string(InstanceState::kQualified), "qualified");
    EXPECT_EQ(to_string(InstanceState::kDegraded), "degraded");
    EXPECT_EQ(to_string(InstanceState::kFailed), "failed");
    EXPECT_EQ(to_string(InstanceState::kRunning), "running");
}

}  // namespace
}  // namespace miredo::daemon
