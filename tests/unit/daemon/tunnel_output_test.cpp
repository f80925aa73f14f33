// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/tunnel_output.hpp"

#include <array>
#include <optional>
#include <vector>

#include <poll.h>

#include <gtest/gtest.h>

#include "unit/offload/packets.hpp"

namespace miredo::daemon {
namespace {

using offload::Buffer;
using offload::SuperPacket;

constexpr int kPatienceMs = 5000;
constexpr std::size_t kSegment = 1220;
constexpr Ipv4Address kLoopback{127, 0, 0, 1};

io::UdpSocket open_loopback() {
    auto socket = io::UdpSocket::open(kLoopback, 0);
    EXPECT_TRUE(socket);
    return std::move(*socket);
}

// A role's output with a primary socket only, and the peer that everything goes to.
class TunnelOutputTest : public testing::Test {
  protected:
    [[nodiscard]] Endpoint to() const { return peer_.local_endpoint(); }
    // The next `count` datagrams that the peer gets.
    std::vector<Buffer> received(std::size_t count) {
        std::vector<Buffer> result;
        pollfd waited{peer_.fd(), POLLIN, 0};
        while (result.size() < count && ::poll(&waited, 1, kPatienceMs) == 1) {
            peer_.receive(batch_);
            for (const io::ReceivedDatagram& datagram : batch_) {
                result.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
            }
        }
        return result;
    }
    // What `super` stands for, each cut off by itself.
    static std::vector<Buffer> packets_of(const SuperPacket& super) {
        std::vector<Buffer> result;
        for (std::size_t i = 0; i < super.count(); ++i) {
            Buffer packet(super.header_size());
            super.write_header(i, packet);
            const Bytes payload = super.payload(i);
            packet.insert(packet.end(), payload.begin(), payload.end());
            result.push_back(std::move(packet));
        }
        return result;
    }

    offload::PacketPlan plan_;
    ShardEdges edges_{open_loopback(), std::nullopt, std::nullopt, std::nullopt};
    TunnelOutput output_{edges_};
    io::UdpSocket peer_ = open_loopback();
    io::DatagramReceiveBatch batch_;
};

TEST_F(TunnelOutputTest, sends_the_rest_of_a_super_packet_where_its_first_packet_goes) {
    const Buffer bytes = super_packet_of(plan_, offload::some_bytes(5 * kSegment + 7));
    const auto super = SuperPacket::parse(bytes, segmentation_of(plan_, kSegment));
    ASSERT_TRUE(super);
    output_.forward_to_udp(to(), output_.begin_packet(*super, 0));
    EXPECT_EQ(output_.end_packet(), 6U);
    EXPECT_EQ(output_.unseen_packets(), 5U);
    output_.flush();
    EXPECT_EQ(received(6), packets_of(*super));
    EXPECT_EQ(output_.udp_counts().sent, 6U);
}

TEST_F(TunnelOutputTest, asks_about_the_next_packet_where_the_last_one_did_not_leave_as_it_was) {
    const Buffer bytes = super_packet_of(plan_, offload::some_bytes(3 * kSegment));
    const auto super = SuperPacket::parse(bytes, segmentation_of(plan_, kSegment));
    ASSERT_TRUE(super);
    const std::vector<Buffer> packets = packets_of(*super);
    // One is dropped, one is kept and sent as a copy: neither says anything about the others.
    const Bytes first = output_.begin_packet(*super, 0);
    EXPECT_EQ(Buffer(first.begin(), first.end()), packets[0]);
    EXPECT_EQ(output_.end_packet(), 1U);
    output_.send(teredo::ServiceSocket::kPrimary, to(), output_.begin_packet(*super, 1));
    EXPECT_EQ(output_.end_packet(), 1U);
    output_.forward_to_udp(to(), output_.begin_packet(*super, 2));
    EXPECT_EQ(output_.end_packet(), 1U);
    EXPECT_EQ(output_.unseen_packets(), 0U);
    output_.flush();
    EXPECT_EQ(received(2), (std::vector<Buffer>{packets[1], packets[2]}));
}

// Nothing is in a batch then whose end would give the room back.
TEST_F(TunnelOutputTest, has_room_where_nothing_of_many_super_packets_leaves) {
    const Buffer bytes = super_packet_of(plan_, offload::some_bytes(40 * kSegment));
    const auto super = SuperPacket::parse(bytes, segmentation_of(plan_, kSegment));
    ASSERT_TRUE(super);
    const std::vector<Buffer> packets = packets_of(*super);
    for (int round = 0; round < 4; ++round) {
        for (std::size_t i = 0; i < super->count(); i += output_.end_packet()) {
            const Bytes packet = output_.begin_packet(*super, i);
            ASSERT_EQ(packet.size(), packets[i].size());
            ASSERT_EQ(Buffer(packet.begin(), packet.end()), packets[i]);
        }
    }
}

TEST_F(TunnelOutputTest, has_room_for_super_packets_of_tiny_segments) {
    const Buffer bytes = super_packet_of(plan_, offload::some_bytes(8000));
    const auto super = SuperPacket::parse(bytes, segmentation_of(plan_, 2));
    ASSERT_TRUE(super);
    std::vector<Buffer> got;
    std::size_t index = 0;
    while (index < super->count()) {
        output_.forward_to_udp(to(), output_.begin_packet(*super, index));
        index += output_.end_packet();
    }
    EXPECT_EQ(output_.unseen_packets(), 3999U);
    output_.flush();
    // The receive buffer need not hold them all: the kernel has taken every one.
    EXPECT_EQ(output_.udp_counts().sent, 4000U);
    EXPECT_EQ(output_.udp_counts().not_sent(), 0U);
    EXPECT_EQ(received(1).front(), packets_of(*super).front());
}

TEST_F(TunnelOutputTest, sends_what_follows_a_packet_where_that_one_went) {
    const Buffer first = packet_of(plan_, offload::some_bytes(100));
    const Buffer second = packet_of(plan_, offload::some_bytes(50));
    EXPECT_FALSE(output_.follow_packet(first));
    output_.forward_to_udp(to(), first);
    EXPECT_TRUE(output_.follow_packet(second));
    EXPECT_TRUE(output_.follow_packet(first));
    EXPECT_EQ(output_.unseen_packets(), 2U);
    output_.flush();
    EXPECT_EQ(received(3), (std::vector<Buffer>{first, second, first}));
}

TEST_F(TunnelOutputTest, asks_again_behind_what_the_role_has_kept_and_in_every_batch) {
    const Buffer packet = packet_of(plan_, offload::some_bytes(100));
    EXPECT_FALSE(output_.follow_packet(packet));  // dropped
    EXPECT_FALSE(output_.follow_packet(packet));
    output_.send(teredo::ServiceSocket::kPrimary, to(), packet);  // as a copy, from a queue
    EXPECT_FALSE(output_.follow_packet(packet));
    output_.forward_to_udp(to(), packet);
    plan_.destination = plan_.source;
    const Buffer other = packet_of(plan_, offload::some_bytes(100));
    EXPECT_FALSE(output_.follow_packet(other));
    EXPECT_FALSE(output_.follow_packet(packet));
    output_.forward_to_udp(to(), packet);
    output_.flush();
    EXPECT_FALSE(output_.follow_packet(packet));
    EXPECT_EQ(output_.unseen_packets(), 0U);
}

TEST_F(TunnelOutputTest, forgets_the_packet_before_a_super_packet) {
    const Buffer packet = packet_of(plan_, offload::some_bytes(kSegment));
    const Buffer bytes = super_packet_of(plan_, offload::some_bytes(2 * kSegment));
    const auto super = SuperPacket::parse(bytes, segmentation_of(plan_, kSegment));
    ASSERT_TRUE(super);
    EXPECT_FALSE(output_.follow_packet(packet));
    output_.forward_to_udp(to(), packet);
    output_.forward_to_udp(to(), output_.begin_packet(*super, 0));
    EXPECT_EQ(output_.end_packet(), 2U);
    EXPECT_FALSE(output_.follow_packet(packet));
}

TEST_F(TunnelOutputTest, takes_what_follows_a_datagram_for_the_same) {
    const Endpoint other{kLoopback, 9};
    const Buffer packet = packet_of(plan_, offload::some_bytes(100));
    EXPECT_FALSE(output_.follow_datagram(to(), packet));
    output_.forward_to_ipv6(packet);
    EXPECT_TRUE(output_.follow_datagram(to(), packet));
    EXPECT_EQ(output_.unseen_datagrams(), 1U);
    // Somebody else may say the same, and is asked for a proof.
    EXPECT_FALSE(output_.follow_datagram(other, packet));
    EXPECT_FALSE(output_.follow_datagram(other, packet));
    EXPECT_FALSE(output_.follow_datagram(to(), packet));
    output_.forward_to_ipv6(packet);
    output_.flush();
    EXPECT_FALSE(output_.follow_datagram(to(), packet));
    EXPECT_EQ(output_.unseen_datagrams(), 1U);
}

}  // namespace
}  // namespace miredo::daemon
