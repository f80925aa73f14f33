// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Cutting: the segments are the packets that a host without offloads would have sent, and what no
// device could mean is refused by name.
#include "offload/super_packet.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "packets.hpp"

namespace miredo::offload {
namespace {

using Error = SuperPacketError;

// Hop-by-hop options, then destination options, then the transport header.
Buffer extension_headers(std::uint8_t protocol) {
    Buffer headers(24);
    headers[0] = std::byte{60};
    headers[8] = std::byte{protocol};
    headers[9] = std::byte{1};
    for (const std::size_t padding : {2U, 10U}) {
        headers[padding] = std::byte{1};  // PadN over the rest of its header
        headers[padding + 1] = static_cast<std::byte>(padding == 2 ? 4 : 12);
    }
    return headers;
}

Buffer segment(const SuperPacket& super_packet, std::size_t index) {
    Buffer whole(super_packet.header_size());
    super_packet.write_header(index, whole);
    const Bytes payload = super_packet.payload(index);
    whole.insert(whole.end(), payload.begin(), payload.end());
    return whole;
}

// The packets of `size` payload bytes each that a host would send instead.
std::vector<Buffer> sent_one_by_one(const PacketPlan& plan, Bytes payload, std::size_t size) {
    std::vector<Buffer> packets;
    for (std::size_t at = 0; at < payload.size(); at += size) {
        PacketPlan one = plan;
        one.sequence += static_cast<std::uint32_t>(at);
        if (at != 0) {
            one.flags = static_cast<std::uint8_t>(one.flags & ~kCwrFlag);
        }
        if (at + size < payload.size()) {
            one.flags = static_cast<std::uint8_t>(one.flags & ~(kFinFlag | kPshFlag));
        }
        packets.push_back(
            packet_of(one, payload.subspan(at).first(std::min(size, payload.size() - at))));
    }
    return packets;
}

void expect_cut(const PacketPlan& plan, Bytes payload, std::uint16_t size) {
    const Buffer whole = super_packet_of(plan, payload);
    const auto super_packet = SuperPacket::parse(whole, segmentation_of(plan, size));
    ASSERT_TRUE(super_packet);
    const std::vector<Buffer> expected = sent_one_by_one(plan, payload, size);
    ASSERT_EQ(super_packet->count(), expected.size());
    EXPECT_EQ(super_packet->header_size(), plan.header_size());
    EXPECT_TRUE(equal(super_packet->header(), Bytes{whole}.first(plan.header_size())));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(segment(*super_packet, i), expected[i]) << "segment " << i;
        EXPECT_EQ(super_packet->size(i), expected[i].size());
        EXPECT_EQ(super_packet->payload(i).data(), whole.data() + plan.header_size() + i * size)
            << "in place";
    }
}

TEST(SuperPacket, CutsTcp) {
    const Buffer payload = some_bytes(65000);
    for (const std::uint8_t flags :
         std::array<std::uint8_t, 6>{0x10, 0x18, 0x19, 0x90, 0xF9, 0x58}) {
        for (const std::uint16_t size :
             std::array<std::uint16_t, 5>{1220, 1221, 21667, 65000, 65001}) {
            SCOPED_TRACE(std::to_string(flags) + " " + std::to_string(size));
            expect_cut({.flags = flags}, payload, size);
        }
    }
}

TEST(SuperPacket, CutsTcpWithOptionsAndASequenceNumberThatWraps) {
    const PacketPlan plan{.traffic_class = 0xA9,
                          .flow_label = 0xFFFFF,
                          .hop_limit = 1,
                          .sequence = 0xFFFFF000U,
                          .acknowledgement = 0xFFFFFFFFU,
                          .reserved = 1,
                          .flags = kAckFlag | kPshFlag,
                          .window = 0xFFFF,
                          .urgent_pointer = 0xFFFF,
                          .options = kTimestamps};
    const Buffer payload = some_bytes(20000);
    for (std::uint16_t size = 1200; size < 1230; ++size) {
        expect_cut(plan, payload, size);
    }
}

TEST(SuperPacket, CutsUdp) {
    const PacketPlan plan{.protocol = kUdpProtocol};
    expect_cut(plan, some_bytes(64000), 1000);
    expect_cut(plan, some_bytes(63999), 1000);
    expect_cut(plan, some_bytes(1), 1);
    expect_cut(plan, some_bytes(100), 1);
}

TEST(SuperPacket, CutsTheLargestPacket) {
    const PacketPlan plan;
    expect_cut(plan, some_bytes(65535 - 20), 1220);
    expect_cut(plan, some_bytes(65535 - 20), 1);
}

TEST(SuperPacket, EverySegmentHasTheExtensionHeaders) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        const Buffer headers = extension_headers(protocol);
        expect_cut({.protocol = protocol, .extension_type = 0, .extensions = headers},
                   some_bytes(5000),
                   1000);
    }
}

// RFC 8200 §8.1: the pseudo header has the final destination, which only the host's sum knows.
TEST(SuperPacket, ARoutingHeaderKeepsThePseudoHeaderOfTheHost) {
    Buffer routing(24);
    routing[0] = std::byte{kTcpProtocol};
    routing[1] = std::byte{2};
    routing[2] = std::byte{4};
    routing[3] = std::byte{1};
    const Ipv6Address last{0x20010db8ffff0000U, 9};
    std::ranges::copy(last.bytes(), routing.begin() + 8);
    PacketPlan plan{.extension_type = 43, .extensions = routing};
    const Buffer payload = some_bytes(2500);

    PacketPlan at_its_end = plan;
    at_its_end.destination = last;
    const Buffer summed = super_packet_of(at_its_end, payload);
    Buffer whole = super_packet_of(plan, payload);
    std::copy_n(summed.begin() + 80, 2, whole.begin() + 80);
    const auto super_packet = SuperPacket::parse(whole, segmentation_of(plan, 1000));
    ASSERT_TRUE(super_packet);
    for (std::size_t i = 0; i < 3; ++i) {
        Buffer one = segment(*super_packet, i);
        std::ranges::copy(last.bytes(), one.begin() + 24);
        EXPECT_EQ(load_be16(Bytes{one}.subspan(80)), plain_checksum(one, 64, kTcpProtocol)) << i;
    }
}

// Two bytes of payload that bring the checksum to 0.
Buffer payload_for_zero(const PacketPlan& plan) {
    Buffer payload(2);
    store_be16(payload,
               plain_checksum(packet_of(plan, payload), plan.transport_offset(), plan.protocol));
    return payload;
}

// UDP has no checksum 0, TCP has no 0xFFFF.
TEST(SuperPacket, AZeroChecksumIsWrittenAsTheProtocolWantsIt) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        const PacketPlan plan{.protocol = protocol};
        const Buffer whole = super_packet_of(plan, payload_for_zero(plan));
        const auto super_packet = SuperPacket::parse(whole, segmentation_of(plan, 2));
        ASSERT_TRUE(super_packet);
        EXPECT_EQ(load_be16(Bytes{segment(*super_packet, 0)}.subspan(plan.checksum_offset())),
                  protocol == kTcpProtocol ? 0 : 0xFFFF);
    }
}

TEST(SuperPacket, WithoutAPayloadThereIsOneSegment) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        const PacketPlan plan{.protocol = protocol, .flags = kAckFlag | kFinFlag};
        const Buffer whole = super_packet_of(plan, {});
        const auto super_packet = SuperPacket::parse(whole, segmentation_of(plan, 1000));
        ASSERT_TRUE(super_packet);
        EXPECT_EQ(super_packet->count(), 1U);
        EXPECT_TRUE(super_packet->payload(0).empty());
        EXPECT_EQ(segment(*super_packet, 0), packet_of(plan, {}));
    }
}

// What a host did before it handed the packet over does not count.
TEST(SuperPacket, AFinishedChecksumIsMadeAnew) {
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        const PacketPlan plan{.protocol = protocol};
        const Buffer payload = some_bytes(3000);
        const Buffer whole = packet_of(plan, payload);
        const Segmentation about{.kind = segmentation_of(plan, 1).kind, .segment_size = 1000};
        const auto super_packet = SuperPacket::parse(whole, about);
        ASSERT_TRUE(super_packet);
        const std::vector<Buffer> expected = sent_one_by_one(plan, payload, 1000);
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(segment(*super_packet, i), expected[i]);
        }
    }
}

TEST(SuperPacket, TheHeaderSizeOfTheDeviceIsNotBelieved) {
    const PacketPlan plan;
    const Buffer whole = super_packet_of(plan, some_bytes(3000));
    for (const std::uint16_t size : std::array<std::uint16_t, 5>{0, 1, 40, 61, 65535}) {
        Segmentation about = segmentation_of(plan, 1000);
        about.header_size = size;
        const auto super_packet = SuperPacket::parse(whole, about);
        ASSERT_TRUE(super_packet);
        EXPECT_EQ(super_packet->header_size(), 60U);
    }
}

struct Refusal {
    const char* name;
    Error error;
    void (*spoil)(Buffer& packet, Segmentation& about);
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.name;
}

class RefusedSuperPacket : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedSuperPacket, SaysWhy) {
    const PacketPlan plan;
    Buffer packet = super_packet_of(plan, some_bytes(3000));
    Segmentation about = segmentation_of(plan, 1000);
    ASSERT_TRUE(SuperPacket::parse(packet, about));
    GetParam().spoil(packet, about);
    const auto super_packet = SuperPacket::parse(packet, about);
    ASSERT_FALSE(super_packet);
    EXPECT_EQ(super_packet.error(), GetParam().error);
}

void resize(Buffer& packet, std::size_t size) {
    packet.resize(size);
    store_be16(MutableBytes{packet}.subspan(4), static_cast<std::uint16_t>(size - 40));
}

// Puts one header of `units` times 8 bytes in front of the transport header.
void put_extension(Buffer& packet, Segmentation& about, std::uint8_t type, std::size_t units) {
    Buffer header(units * 8);
    header[0] = packet[6];
    header[1] = static_cast<std::byte>(units - 1);
    packet[6] = std::byte{type};
    packet.insert(packet.begin() + 40, header.begin(), header.end());
    resize(packet, packet.size());
    about.checksum_start = static_cast<std::uint16_t>(about.checksum_start + header.size());
}

constexpr Refusal kRefusals[] = {
    {"OnePacket",
     Error::kNotSeveral,
     [](Buffer&, Segmentation& about) { about.kind = SegmentationKind::kNone; }},
    {"Nothing", Error::kNotIpv6, [](Buffer& packet, Segmentation&) { packet.clear(); }},
    {"LessThanAnIpv6Header",
     Error::kNotIpv6,
     [](Buffer& packet, Segmentation&) { packet.resize(39); }},
    {"Ipv4", Error::kNotIpv6, [](Buffer& packet, Segmentation&) { packet[0] = std::byte{0x45}; }},
    {"MoreThanThePayloadLength",
     Error::kLengthMismatch,
     [](Buffer& packet, Segmentation&) { packet.push_back({}); }},
    {"LessThanThePayloadLength",
     Error::kLengthMismatch,
     [](Buffer& packet, Segmentation&) { packet.pop_back(); }},
    {"Jumbogram",
     Error::kLengthMismatch,
     [](Buffer& packet, Segmentation&) { store_be16(MutableBytes{packet}.subspan(4), 0); }},
    {"SegmentsOfNothing",
     Error::kZeroSegmentSize,
     [](Buffer&, Segmentation& about) { about.segment_size = 0; }},
    {"Fragment",
     Error::kFragment,
     [](Buffer& packet, Segmentation& about) { put_extension(packet, about, 44, 1); }},
    {"FragmentBehindDestinationOptions",
     Error::kFragment,
     [](Buffer& packet, Segmentation& about) {
         put_extension(packet, about, 44, 1);
         put_extension(packet, about, 60, 2);
     }},
    {"ExtensionHeaderCutOff",
     Error::kBadExtensionHeaders,
     [](Buffer& packet, Segmentation& about) {
         put_extension(packet, about, 60, 2);
         resize(packet, 47);
     }},
    {"ExtensionHeaderBeyondThePacket",
     Error::kBadExtensionHeaders,
     [](Buffer& packet, Segmentation& about) {
         put_extension(packet, about, 0, 2);
         resize(packet, 55);
     }},
    {"ExtensionHeadersThatAreTooLong",
     Error::kBadExtensionHeaders,
     [](Buffer& packet, Segmentation& about) {
         put_extension(packet, about, 60, 32);
         put_extension(packet, about, 0, 1);
     }},
    {"UdpUnderAKindOfTcp",
     Error::kWrongProtocol,
     [](Buffer& packet, Segmentation&) { packet[6] = std::byte{kUdpProtocol}; }},
    {"TcpUnderAKindOfUdp",
     Error::kWrongProtocol,
     [](Buffer&, Segmentation& about) { about.kind = SegmentationKind::kUdp; }},
    {"Authenticated",
     Error::kWrongProtocol,
     [](Buffer& packet, Segmentation& about) { put_extension(packet, about, 51, 3); }},
    {"ChecksumStartBeyondThePacket",
     Error::kChecksumStartMismatch,
     [](Buffer& packet, Segmentation& about) {
         about.checksum_start = static_cast<std::uint16_t>(packet.size() + 1);
     }},
    {"ChecksumStartInTheIpv6Header",
     Error::kChecksumStartMismatch,
     [](Buffer&, Segmentation& about) { about.checksum_start = 0; }},
    {"ChecksumStartBehindTheTransportHeader",
     Error::kChecksumStartMismatch,
     [](Buffer&, Segmentation& about) { about.checksum_start = 60; }},
    {"ChecksumStartBeforeTheExtensionHeaders",
     Error::kChecksumStartMismatch,
     [](Buffer& packet, Segmentation& about) {
         put_extension(packet, about, 0, 1);
         about.checksum_start = 40;
     }},
    {"ChecksumOfUdpInTcp",
     Error::kChecksumOffsetMismatch,
     [](Buffer&, Segmentation& about) { about.checksum_offset = 6; }},
    {"TcpHeaderCutOff",
     Error::kTruncatedHeader,
     [](Buffer& packet, Segmentation&) { resize(packet, 59); }},
    {"NoTransportHeader",
     Error::kTruncatedHeader,
     [](Buffer& packet, Segmentation&) { resize(packet, 40); }},
    {"DataOffsetTooSmall",
     Error::kTruncatedHeader,
     [](Buffer& packet, Segmentation&) { packet[52] = std::byte{0x40}; }},
    {"OptionsBeyondThePacket",
     Error::kTruncatedHeader,
     [](Buffer& packet, Segmentation&) {
         packet[52] = std::byte{0xF0};
         resize(packet, 99);
     }},
    {"UdpHeaderCutOff",
     Error::kTruncatedHeader,
     [](Buffer& packet, Segmentation& about) {
         packet[6] = std::byte{kUdpProtocol};
         about.kind = SegmentationKind::kUdp;
         about.checksum_offset = 6;
         resize(packet, 47);
     }},
};

INSTANTIATE_TEST_SUITE_P(SuperPacket,
                         RefusedSuperPacket,
                         ::testing::ValuesIn(kRefusals),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(SuperPacket, TheLongestHeaderFits) {
    Buffer extensions(256);
    extensions[0] = std::byte{kTcpProtocol};
    extensions[1] = std::byte{31};
    const Buffer options(40);
    const PacketPlan plan{.extension_type = 60, .extensions = extensions, .options = options};
    ASSERT_EQ(plan.header_size(), SuperPacket::kMaximumHeaderSize);
    expect_cut(plan, some_bytes(5000), 900);
}

TEST(CompleteChecksum, MakesWhatTheHostWouldHaveMade) {
    const Buffer headers = extension_headers(kTcpProtocol);
    for (const std::uint8_t protocol : {kTcpProtocol, kUdpProtocol}) {
        for (std::size_t size = 0; size < 70; ++size) {
            PacketPlan plan{.protocol = protocol};
            if (protocol == kTcpProtocol && size % 2 == 1) {
                plan.extensions = headers;
            }
            const Buffer payload = some_bytes(size);
            Buffer packet = super_packet_of(plan, payload);
            Segmentation about = segmentation_of(plan, 0);
            about.kind = SegmentationKind::kNone;
            ASSERT_TRUE(complete_checksum(packet, about));
            EXPECT_EQ(packet, packet_of(plan, payload));
        }
    }
}

TEST(CompleteChecksum, ASumOfZeroIsWrittenAsAllOnes) {
    const PacketPlan plan{.protocol = kUdpProtocol};
    Buffer packet = super_packet_of(plan, payload_for_zero(plan));
    Segmentation about = segmentation_of(plan, 0);
    about.kind = SegmentationKind::kNone;
    ASSERT_TRUE(complete_checksum(packet, about));
    EXPECT_EQ(load_be16(Bytes{packet}.subspan(46)), 0xFFFF);
}

TEST(CompleteChecksum, LeavesAloneWhatIsDone) {
    Buffer packet = packet_of({}, some_bytes(10));
    const Buffer before = packet;
    EXPECT_TRUE(complete_checksum(packet, {.checksum_start = 40, .checksum_offset = 16}));
    EXPECT_EQ(packet, before);
}

TEST(CompleteChecksum, RefusesWhatIsOutsideOfThePacket) {
    Buffer packet = super_packet_of({}, {});
    const Buffer before = packet;
    const auto size = static_cast<std::uint16_t>(packet.size());
    const auto complete = [&packet](std::uint16_t start, std::uint16_t offset) {
        return complete_checksum(
            packet, {.needs_checksum = true, .checksum_start = start, .checksum_offset = offset});
    };
    EXPECT_FALSE(complete(40, static_cast<std::uint16_t>(size - 41)));
    EXPECT_FALSE(complete(size, 0));
    EXPECT_FALSE(complete(static_cast<std::uint16_t>(size + 1), 16));
    EXPECT_FALSE(complete(0xFFFF, 0xFFFF));
    EXPECT_EQ(packet, before);
    EXPECT_TRUE(complete(40, static_cast<std::uint16_t>(size - 42)));
    Buffer nothing;
    EXPECT_FALSE(complete_checksum(nothing, {.needs_checksum = true}));
}

}  // namespace
}  // namespace miredo::offload
