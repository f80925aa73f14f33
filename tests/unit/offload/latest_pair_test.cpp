// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "offload/latest_pair.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "unit/offload/packets.hpp"

namespace miredo::offload {
namespace {

const Buffer some_payload = some_bytes(64);

struct Change {
    const char* what;
    std::function<void(Buffer&)> make;
};

PacketPlan udp_plan() {
    PacketPlan plan;
    plan.protocol = kUdpProtocol;
    return plan;
}

TEST(LatestPair, nothing_follows_before_something_is_remembered_or_after_it_is_forgotten) {
    const Buffer packet = packet_of(udp_plan(), some_payload);
    LatestPair latest;
    EXPECT_FALSE(latest.is_followed_by(packet));
    latest.remember(packet);
    EXPECT_TRUE(latest.is_followed_by(packet));
    latest.forget();
    EXPECT_FALSE(latest.is_followed_by(packet));
}

TEST(LatestPair, is_followed_by_whatever_nobody_who_decides_looks_at) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        PacketPlan plan;
        plan.protocol = protocol;
        const Buffer first = packet_of(plan, some_payload);
        LatestPair latest;
        latest.remember(first);
        plan.traffic_class = 0xB9;
        plan.flow_label = 0x12345;
        plan.hop_limit = 3;
        plan.source_port = 6;
        plan.destination_port = 7;
        plan.flags = kFinFlag | kSynFlag;
        EXPECT_TRUE(latest.is_followed_by(packet_of(plan, some_bytes(1000))));
        EXPECT_TRUE(latest.is_followed_by(packet_of(plan, {})));
    }
}

TEST(LatestPair, is_not_followed_by_what_may_be_decided_otherwise) {
    const Buffer first = packet_of(udp_plan(), some_payload);
    LatestPair latest;
    latest.remember(first);
    const Change changes[] = {
        {"another version", [](Buffer& packet) { packet[0] = std::byte{0x40}; }},
        {"an authentication header", [](Buffer& packet) { packet[0] = std::byte{0x00}; }},
        {"another source", [](Buffer& packet) { packet[8] ^= std::byte{1}; }},
        {"the end of another source", [](Buffer& packet) { packet[23] ^= std::byte{1}; }},
        {"another destination", [](Buffer& packet) { packet[24] ^= std::byte{1}; }},
        {"the end of another destination", [](Buffer& packet) { packet[39] ^= std::byte{1}; }},
        {"TCP instead of UDP", [](Buffer& packet) { packet[6] = std::byte{kTcpProtocol}; }},
        {"ICMPv6", [](Buffer& packet) { packet[6] = std::byte{58}; }},
        {"an extension header", [](Buffer& packet) { packet[6] = std::byte{0}; }},
        {"a fragment", [](Buffer& packet) { packet[6] = std::byte{44}; }},
        {"a trailer", [](Buffer& packet) { packet.resize(packet.size() + 8); }},
        {"a cut end", [](Buffer& packet) { packet.pop_back(); }},
        {"a cut header", [](Buffer& packet) { packet.resize(39); }},
        {"no payload", [](Buffer& packet) { packet.resize(40); }},
        {"nothing", [](Buffer& packet) { packet.clear(); }},
    };
    for (const Change& change : changes) {
        Buffer packet = first;
        change.make(packet);
        EXPECT_FALSE(latest.is_followed_by(packet)) << change.what;
    }
    EXPECT_TRUE(latest.is_followed_by(first));
}

TEST(LatestPair, remembers_nothing_that_others_cannot_follow) {
    const Change changes[] = {
        {"ICMPv6", [](Buffer& packet) { packet[6] = std::byte{58}; }},
        {"an extension header", [](Buffer& packet) { packet[6] = std::byte{0}; }},
        {"no next header", [](Buffer& packet) { packet[6] = std::byte{59}; }},
        {"a trailer", [](Buffer& packet) { packet.resize(packet.size() + 8); }},
    };
    for (const Change& change : changes) {
        Buffer packet = packet_of(udp_plan(), some_payload);
        LatestPair latest;
        latest.remember(packet);
        change.make(packet);
        latest.remember(packet);
        EXPECT_FALSE(latest.is_followed_by(packet)) << change.what;
    }
}

}  // namespace
}  // namespace miredo::offload
