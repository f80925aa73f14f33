// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What ends a super-packet: everything that differs from what came before in more than it may.
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "batch.hpp"
#include "offload/coalescer.hpp"
#include "packets.hpp"

namespace miredo::offload {
namespace {

// Between two pairs that belong together comes a packet of the same flow that fits neither: three
// groups, in this order. `make` gets the plan of the packet that would fit.
struct Interruption {
    const char* name;
    std::uint8_t protocol;
    Buffer (*make)(PacketPlan plan);
};

std::ostream& operator<<(std::ostream& out, const Interruption& interruption) {
    return out << interruption.name;
}

Buffer flagged(PacketPlan plan, std::uint8_t flag) {
    plan.flags = static_cast<std::uint8_t>(plan.flags | flag);
    return fitting(plan);
}

class InterruptedFlow : public ::testing::TestWithParam<Interruption> {};

TEST_P(InterruptedFlow, IsNeitherJoinedNorReordered) {
    Batch batch;
    PacketPlan plan{.protocol = GetParam().protocol, .options = kTimestamps};
    batch.add_next(plan);
    batch.add_next(plan);
    const Buffer odd = GetParam().make(plan);
    batch.add(odd);
    // They would fit to the first two, had the odd one not been there.
    batch.add_next(plan);
    batch.add_next(plan);
    EXPECT_EQ(batch.sizes(), (Sizes{2, 1, 2}));
    EXPECT_EQ(whole(batch.finish()[1]), odd) << "untouched";
    EXPECT_EQ(batch.finish()[1].segmentation, Segmentation{});
}

constexpr Interruption kInterruptions[] = {
    {"Syn", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kSynFlag); }},
    {"Fin", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kFinFlag); }},
    {"Rst", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kRstFlag); }},
    {"Urg", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kUrgFlag); }},
    {"Ece", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kEceFlag); }},
    {"Cwr", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kCwrFlag); }},
    {"PshAndCwr", kTcpProtocol, [](PacketPlan plan) { return flagged(plan, kPshFlag | kCwrFlag); }},
    {"NoAck",
     kTcpProtocol,
     [](PacketPlan plan) {
         plan.flags = 0;
         return fitting(plan);
     }},
    {"ReservedBits",
     kTcpProtocol,
     [](PacketPlan plan) {
         plan.reserved = 1;
         return fitting(plan);
     }},
    {"NoPayload", kTcpProtocol, [](PacketPlan plan) { return packet_of(plan, {}); }},
    {"OtherAcknowledgement",
     kTcpProtocol,
     [](PacketPlan plan) {
         ++plan.acknowledgement;
         return fitting(plan);
     }},
    {"OtherWindow",
     kTcpProtocol,
     [](PacketPlan plan) {
         ++plan.window;
         return fitting(plan);
     }},
    {"OtherUrgentPointer",
     kTcpProtocol,
     [](PacketPlan plan) {
         ++plan.urgent_pointer;
         return fitting(plan);
     }},
    {"OtherOptions",
     kTcpProtocol,
     [](PacketPlan plan) {
         std::array<std::byte, 12> options = kTimestamps;
         options[11] = std::byte{0xFF};
         plan.options = options;
         return fitting(plan);
     }},
    {"NoOptions",
     kTcpProtocol,
     [](PacketPlan plan) {
         plan.options = {};
         return fitting(plan);
     }},
    {"DataOffsetTooSmall",
     kTcpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet[52] = std::byte{0x40};
         return packet;
     }},
    {"DataOffsetBeyondThePacket",
     kTcpProtocol,
     [](PacketPlan plan) {
         Buffer packet = packet_of(plan, some_bytes(4));
         packet[52] = std::byte{0xF0};
         return packet;
     }},
    {"TransportHeaderCutOff",
     kTcpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet.resize(59);
         store_be16(MutableBytes{packet}.subspan(4), 19);
         return packet;
     }},
    {"SequenceGap",
     kTcpProtocol,
     [](PacketPlan plan) {
         plan.sequence += 1;
         return fitting(plan);
     }},
    {"SentAgain",
     kTcpProtocol,
     [](PacketPlan plan) {
         plan.sequence -= std::uint32_t{2 * kSegment};
         return fitting(plan);
     }},
    {"OtherTrafficClass",
     kTcpProtocol,
     [](PacketPlan plan) {
         plan.traffic_class = 3;
         return fitting(plan);
     }},
    {"OtherFlowLabel",
     kUdpProtocol,
     [](PacketPlan plan) {
         plan.flow_label = 1;
         return fitting(plan);
     }},
    {"OtherHopLimit",
     kUdpProtocol,
     [](PacketPlan plan) {
         --plan.hop_limit;
         return fitting(plan);
     }},
    {"OtherTrafficClassOfUdp",
     kUdpProtocol,
     [](PacketPlan plan) {
         plan.traffic_class = 3;
         return fitting(plan);
     }},
    {"WrongTcpChecksum",
     kTcpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet.back() ^= std::byte{1};
         return packet;
     }},
    {"WrongUdpChecksum",
     kUdpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet[46] ^= std::byte{1};
         return packet;
     }},
    {"NoUdpChecksum",
     kUdpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         store_be16(MutableBytes{packet}.subspan(46), 0);
         return packet;
     }},
    // Right, but a segment would get the other zero.
    {"TheOtherZeroOfTcp", kTcpProtocol, [](PacketPlan plan) { return with_zero(plan, 0xFFFF); }},
    {"TheOtherZeroOfUdp", kUdpProtocol, [](PacketPlan plan) { return with_zero(plan, 0); }},
    {"UdpLengthTooSmall",
     kUdpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet[45] ^= std::byte{1};
         return packet;
     }},
    {"EmptyDatagram", kUdpProtocol, [](PacketPlan plan) { return packet_of(plan, {}); }},
    {"MoreThanThePayloadLength",
     kUdpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet.push_back({});
         return packet;
     }},
    {"LessThanThePayloadLength",
     kTcpProtocol,
     [](PacketPlan plan) {
         Buffer packet = fitting(plan);
         packet.pop_back();
         return packet;
     }},
    {"HopByHopOptions", kTcpProtocol, [](PacketPlan plan) { return behind_extension(plan, 0); }},
    {"DestinationOptions",
     kTcpProtocol,
     [](PacketPlan plan) { return behind_extension(plan, 60); }},
    {"RoutingHeader", kUdpProtocol, [](PacketPlan plan) { return behind_extension(plan, 43); }},
    {"FirstFragment", kTcpProtocol, [](PacketPlan plan) { return behind_extension(plan, 44); }},
    {"FragmentOfUdp", kUdpProtocol, [](PacketPlan plan) { return behind_extension(plan, 44); }},
    {"Encrypted", kUdpProtocol, [](PacketPlan plan) { return behind_extension(plan, 50); }},
};

INSTANTIATE_TEST_SUITE_P(Coalescer,
                         InterruptedFlow,
                         ::testing::ValuesIn(kInterruptions),
                         [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace miredo::offload
