// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Joining: what becomes one piece, what must not, and that what stays alone stays as it is.
#include "offload/coalescer.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "batch.hpp"
#include "offload/super_packet.hpp"
#include "packets.hpp"

namespace miredo::offload {
namespace {

// The super-packet is the one that the sender's own host would have handed to its device.
TEST(Coalescer, JoinsTcp) {
    const Buffer payload = some_bytes(3 * kSegment - 1);
    const PacketPlan plan{.traffic_class = 2,
                          .flow_label = 0x12345,
                          .sequence = 0xFFFFFF80U,
                          .urgent_pointer = 9,
                          .options = kTimestamps};
    Batch batch;
    for (std::size_t at = 0; at < payload.size(); at += kSegment) {
        PacketPlan one = plan;
        one.sequence += static_cast<std::uint32_t>(at);
        one.flags = at == 2 * kSegment ? kAckFlag | kPshFlag : kAckFlag;
        batch.add(packet_of(
            one, Bytes{payload}.subspan(at).first(std::min(kSegment, payload.size() - at))));
    }
    const auto groups = batch.finish();
    ASSERT_EQ(groups.size(), 1U);
    PacketPlan all = plan;
    all.flags = kAckFlag | kPshFlag;
    EXPECT_EQ(groups[0].segmentation, segmentation_of(plan, kSegment));
    EXPECT_EQ(whole(groups[0]), super_packet_of(all, payload));
    ASSERT_EQ(groups[0].pieces.size(), 4U);
    ASSERT_EQ(groups[0].packets.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(groups[0].pieces[i + 1].data(), groups[0].packets[i].data() + plan.header_size())
            << "in place";
    }
}

TEST(Coalescer, JoinsUdp) {
    const PacketPlan plan{.protocol = kUdpProtocol};
    const Buffer payload = some_bytes(3 * kSegment - 1);
    Batch batch;
    for (std::size_t at = 0; at < payload.size(); at += kSegment) {
        batch.add(packet_of(
            plan, Bytes{payload}.subspan(at).first(std::min(kSegment, payload.size() - at))));
    }
    const auto groups = batch.finish();
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].segmentation, segmentation_of(plan, kSegment));
    EXPECT_EQ(whole(groups[0]), super_packet_of(plan, payload));
}

TEST(Coalescer, ThePacketsThemselvesStayAsTheyWere) {
    Batch batch;
    PacketPlan plan;
    batch.add_next(plan);
    batch.add_next(plan);
    const auto groups = batch.finish();
    ASSERT_EQ(groups.size(), 1U);
    const PacketPlan first;
    EXPECT_TRUE(equal(groups[0].packets[0], packet_of(first, some_bytes(kSegment))));
    EXPECT_NE(groups[0].pieces[0].data(), groups[0].packets[0].data());
}

TEST(Coalescer, APacketAloneIsWrittenAsItIs) {
    PacketPlan plan{.flags = kAckFlag | kPshFlag};
    Batch batch;
    batch.add_next(plan);
    const auto groups = batch.finish();
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].segmentation, Segmentation{});
    ASSERT_EQ(groups[0].pieces.size(), 1U);
    ASSERT_EQ(groups[0].packets.size(), 1U);
    EXPECT_EQ(groups[0].pieces[0].data(), groups[0].packets[0].data());
    EXPECT_EQ(groups[0].pieces[0].size(), groups[0].packets[0].size());
}

TEST(Coalescer, NothingInNothingOut) {
    Batch batch;
    EXPECT_TRUE(batch.finish().empty());
}

TEST(Coalescer, InterleavedFlowsAreJoinedEach) {
    Batch batch;
    std::vector<PacketPlan> flows;
    for (std::uint16_t i = 0; i < 32; ++i) {
        flows.push_back({.protocol = i % 2 == 0 ? kTcpProtocol : kUdpProtocol,
                         .source_port = static_cast<std::uint16_t>(i / 2)});
    }
    for (std::size_t round = 0; round < 10; ++round) {
        for (PacketPlan& flow : flows) {
            batch.add_next(flow);
        }
    }
    EXPECT_EQ(batch.sizes(), Sizes(32, 10));
}

// More than it can remember at once: the order stays.
TEST(Coalescer, ManyFlowsAreNotReordered) {
    Batch batch;
    std::vector<PacketPlan> flows;
    for (std::uint16_t i = 0; i < 170; ++i) {
        flows.push_back({.source_port = i});
    }
    for (std::size_t round = 0; round < 3; ++round) {
        for (PacketPlan& flow : flows) {
            batch.add_next(flow);
        }
    }
    std::vector<std::uint32_t> next(170, PacketPlan{}.sequence);
    std::size_t several = 0;
    for (const Coalescer::Group& group : batch.finish()) {
        several += group.packets.size() > 1 ? 1 : 0;
        for (const Bytes packet : group.packets) {
            std::uint32_t& expected = next.at(load_be16(packet.subspan(40)));
            EXPECT_EQ(load_be32(packet.subspan(44)), expected);
            expected += kSegment;
        }
    }
    EXPECT_EQ(next, std::vector<std::uint32_t>(170, PacketPlan{}.sequence + 3 * kSegment));
    EXPECT_GT(several, 50U);
}

TEST(Coalescer, APushedSegmentIsTheLast) {
    Batch batch;
    PacketPlan plan;
    batch.add_next(plan);
    plan.flags = kAckFlag | kPshFlag;
    batch.add_next(plan);
    plan.flags = kAckFlag;
    batch.add_next(plan);
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), (Sizes{2, 2}));
    EXPECT_EQ(batch.finish()[0].pieces[0][53], std::byte{0x18});
    EXPECT_EQ(batch.finish()[1].pieces[0][53], std::byte{0x10});
}

TEST(Coalescer, APushedSegmentAtFirstIsTheLastToo) {
    Batch batch;
    PacketPlan plan{.flags = kAckFlag | kPshFlag};
    batch.add_next(plan);
    plan.flags = kAckFlag;
    batch.add_next(plan);
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), (Sizes{1, 2}));
}

// All the same in each, and in sequence.
TEST(Coalescer, SomeSegmentsAreNeverJoined) {
    for (const std::uint8_t flag :
         {kSynFlag, kFinFlag, kRstFlag, kUrgFlag, kEceFlag, kCwrFlag, kAckFlag}) {
        Batch batch;
        PacketPlan plan;
        plan.flags = static_cast<std::uint8_t>(plan.flags ^ flag);
        batch.add_next(plan);
        batch.add_next(plan);
        EXPECT_EQ(batch.sizes(), (Sizes{1, 1})) << "flag " << int{flag};
    }
    for (unsigned reserved = 1; reserved < 16; ++reserved) {
        Batch batch;
        PacketPlan plan{.reserved = static_cast<std::uint8_t>(reserved)};
        batch.add_next(plan);
        batch.add_next(plan);
        EXPECT_EQ(batch.sizes(), (Sizes{1, 1})) << "reserved bits " << reserved;
    }
    for (unsigned words = 0; words < 5; ++words) {
        Batch batch;
        PacketPlan plan;
        for (int i = 0; i < 2; ++i) {
            Buffer packet = packet_of(plan, some_bytes(kSegment));
            packet[52] = static_cast<std::byte>(words << 4U);
            store_be16(MutableBytes{packet}.subspan(56), plain_checksum(packet, 40, kTcpProtocol));
            batch.add(packet);
            plan.sequence += std::uint32_t{kSegment} + 20 - words * 4;
        }
        EXPECT_EQ(batch.sizes(), (Sizes{1, 1})) << "data offset " << words;
    }
}

TEST(Coalescer, AShorterSegmentIsTheLast) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        Batch batch;
        PacketPlan plan{.protocol = protocol};
        for (const std::size_t size : {100U, 100U, 99U, 99U, 99U, 100U, 100U}) {
            batch.add_next(plan, size);
        }
        EXPECT_EQ(batch.sizes(), (Sizes{3, 2, 2}));
    }
}

TEST(Coalescer, ALargerLastSegmentBeginsAnew) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        Batch batch;
        PacketPlan plan{.protocol = protocol};
        for (const std::size_t size : {100U, 100U, 101U, 101U}) {
            batch.add_next(plan, size);
        }
        EXPECT_EQ(batch.sizes(), (Sizes{2, 2}));
    }
}

// The zeros that a segment would get are right.
TEST(Coalescer, JoinsPacketsWhoseChecksumIsZero) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        Batch batch;
        PacketPlan plan{.protocol = protocol};
        batch.add_next(plan);
        batch.add(with_zero(plan, protocol == kTcpProtocol ? 0 : 0xFFFF));
        EXPECT_EQ(batch.sizes(), Sizes{2});
    }
}

TEST(Coalescer, AWrongChecksumOfTheFirstIsNotMadeRight) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        Batch batch;
        PacketPlan plan{.protocol = protocol};
        Buffer wrong = fitting(plan);
        wrong.back() ^= std::byte{0x80};
        batch.add(wrong);
        plan.sequence += kSegment;
        batch.add_next(plan);
        batch.add_next(plan);
        EXPECT_EQ(batch.sizes(), (Sizes{1, 2}));
        EXPECT_EQ(whole(batch.finish()[0]), wrong);
    }
}

TEST(Coalescer, WhatHasNoFlowIsOvertakenByNobodyAndHoldsNobodyUp) {
    Batch batch;
    PacketPlan plan;
    PacketPlan elsewhere{.source = Ipv6Address{0x20010db800000000U, 3}};
    batch.add_next(plan);
    batch.add_next(elsewhere);
    batch.add(behind_extension(plan, 44));
    batch.add_next(elsewhere);
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), (Sizes{1, 2, 1, 1}));

    batch.clear();
    for (const std::uint8_t protocol : {std::uint8_t{58}, std::uint8_t{59}}) {
        batch.add_next(plan);
        Buffer packet = fitting(plan);
        packet[6] = std::byte{protocol};
        batch.add(packet);
    }
    batch.add({});
    batch.add(some_bytes(39));
    Buffer ipv4 = fitting(plan);
    ipv4[0] = std::byte{0x45};
    batch.add(ipv4);
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), (Sizes{3, 1, 1, 1, 1, 1}));
}

TEST(Coalescer, OtherPortsAddressesAndProtocolsAreOtherFlows) {
    Batch batch;
    const PacketPlan plan;
    PacketPlan others[] = {plan, plan, plan, plan, plan, plan};
    others[1].source_port ^= 1;
    others[2].destination_port ^= 0x8000;
    others[3].source = Ipv6Address{0x20010db800000000U, 2};
    others[4].destination = Ipv6Address{0x20010db800000000U, 2};
    others[5].protocol = kUdpProtocol;
    for (PacketPlan& other : others) {
        other.sequence = plan.sequence;
        batch.add_next(other);
    }
    for (PacketPlan& other : others) {
        batch.add_next(other);
    }
    EXPECT_EQ(batch.sizes(), Sizes(6, 2));
}

TEST(Coalescer, StopsBelow64KiB) {
    Batch batch;
    PacketPlan plan;
    for (std::size_t i = 0; i < 110; ++i) {
        batch.add_next(plan, 1220);
    }
    const std::size_t most = (Coalescer::kMaximumSize - 60) / 1220;
    EXPECT_EQ(batch.sizes(), (Sizes{most, most, 110 - 2 * most}));
    EXPECT_EQ(whole(batch.finish()[0]).size(), 60 + most * 1220);

    batch.clear();
    batch.add_next(plan, 65535 - 20);
    batch.add_next(plan, 1);
    EXPECT_EQ(batch.sizes(), (Sizes{1, 1}));
}

TEST(Coalescer, StopsAtAsManyDatagramsAsKernelsTake) {
    Batch batch;
    PacketPlan plan{.protocol = kUdpProtocol};
    for (std::size_t i = 0; i < 150; ++i) {
        batch.add_next(plan, 64);
    }
    EXPECT_EQ(batch.sizes(), (Sizes{64, 64, 22}));
}

TEST(Coalescer, JoinsOnlyWhatTheDeviceTakes) {
    for (const bool tcp : {false, true}) {
        Batch batch;
        batch.coalescer().set_options({.tcp = tcp, .udp = !tcp});
        PacketPlan stream;
        PacketPlan datagrams{.protocol = kUdpProtocol};
        for (std::size_t i = 0; i < 3; ++i) {
            batch.add_next(stream);
            batch.add_next(datagrams);
        }
        EXPECT_EQ(batch.sizes(), tcp ? (Sizes{3, 1, 1, 1}) : (Sizes{1, 3, 1, 1}));
    }
}

TEST(Coalescer, TakesNoMoreThanItsCapacity) {
    Batch batch;
    PacketPlan plan;
    const Buffer packet = packet_of({}, some_bytes(1));
    for (std::size_t round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < Coalescer::kCapacity; ++i) {
            batch.add_next(plan, 1);
        }
        EXPECT_FALSE(batch.coalescer().add(packet));
        EXPECT_EQ(batch.sizes(), Sizes{Coalescer::kCapacity});
        batch.clear();
    }
}

TEST(Coalescer, TakesNothingBetweenFinishAndClear) {
    Batch batch;
    PacketPlan plan;
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), Sizes{1});
    EXPECT_EQ(batch.sizes(), Sizes{1}) << "the same again";
    const Buffer packet = fitting(plan);
    EXPECT_FALSE(batch.coalescer().add(packet));
    batch.clear();
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), Sizes{1}) << "nothing of the batch before";
}

}  // namespace
}  // namespace miredo::offload
