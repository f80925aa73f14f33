// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/packet_batch.hpp"

#include <array>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "io/datagram_batch.hpp"
#include "io/virtio_header.hpp"

namespace miredo::io {
namespace {

std::vector<std::byte> packet(std::size_t size, int value) {
    return std::vector<std::byte>(size, static_cast<std::byte>(value));
}

std::vector<std::byte> joined(const OutgoingDatagram& datagram) {
    std::vector<std::byte> bytes;
    for (const iovec& piece : datagram.pieces) {
        const Bytes view{static_cast<const std::byte*>(piece.iov_base), piece.iov_len};
        bytes.insert(bytes.end(), view.begin(), view.end());
    }
    EXPECT_EQ(bytes.size(), datagram.size);
    return bytes;
}

using VirtioHeader = std::array<std::byte, kVirtioHeaderSize>;

// Fields as struct virtio_net_hdr has them.
VirtioHeader virtio_header(int flags, int gso_type, const std::array<std::uint16_t, 4>& numbers) {
    VirtioHeader header{static_cast<std::byte>(flags), static_cast<std::byte>(gso_type)};
    std::memcpy(header.data() + 2, numbers.data(), sizeof numbers);
    return header;
}

TEST(VirtioHeader, SaysWhatStandsBesideAPacket) {
    using Kind = SegmentationKind;
    struct Case {
        VirtioHeader header;
        Segmentation about;
    };
    for (const Case& each :
         {Case{virtio_header(0, 0, {}), {}},
          Case{virtio_header(1, 0, {0, 0, 40, 16}), {Kind::kNone, true, 0, 0, 40, 16}},
          Case{virtio_header(1, 4, {60, 1220, 40, 16}), {Kind::kTcp, true, 1220, 60, 40, 16}},
          Case{virtio_header(1, 5, {48, 500, 40, 6}), {Kind::kUdp, true, 500, 48, 40, 6}}}) {
        EXPECT_EQ(parse_virtio_header(each.header, 58), each.about);
        VirtioHeader written{};
        written.fill(std::byte{0xFF});
        write_virtio_header(written, each.about);
        EXPECT_EQ(written, each.header);
    }
    // DATA_VALID says nothing that matters, ECN only what the TCP header says itself.
    EXPECT_EQ(parse_virtio_header(virtio_header(2, 0, {0, 0, 999, 0}), 40), Segmentation{});
    EXPECT_EQ(parse_virtio_header(virtio_header(1, 0x84, {60, 1220, 40, 16}), 9000),
              (Segmentation{Kind::kTcp, true, 1220, 60, 40, 16}));
}

TEST(VirtioHeader, RefusesWhatCannotBe) {
    struct Case {
        int flags;
        int gso_type;
        std::array<std::uint16_t, 4> numbers;
    };
    for (const Case& each : {Case{1, 0, {0, 0, 40, 17}},        // the checksum is beyond the end
                             Case{1, 4, {60, 1220, 58, 0}},     // likewise
                             Case{1, 0, {0, 0, 65535, 65535}},  // likewise
                             Case{1, 4, {60, 0, 40, 16}},       // segments of nothing
                             Case{0, 4, {60, 1220, 40, 16}},    // no checksum to be done
                             Case{1, 1, {60, 1220, 40, 16}},    // TCP over IPv4
                             Case{1, 3, {48, 500, 40, 6}},      // fragments of UDP
                             Case{1, 2, {48, 500, 40, 6}},      // what nobody has defined
                             Case{1, 0x85, {48, 500, 40, 6}},   // ECN of UDP
                             Case{0, 0x80, {0, 0, 0, 0}}}) {    // ECN of nothing
        EXPECT_FALSE(
            parse_virtio_header(virtio_header(each.flags, each.gso_type, each.numbers), 58))
            << each.gso_type << ' ' << each.numbers[2];
    }
}

TEST(DatagramSendBatch, BorrowsOrCopies) {
    DatagramSendBatch batch;
    auto borrowed = packet(40, 1);
    auto copied = packet(40, 2);
    const Endpoint to{Ipv4Address{192, 0, 2, 1}, 3544};
    ASSERT_TRUE(batch.append_borrowed(to, borrowed));
    ASSERT_TRUE(batch.append_copied(to, copied));
    borrowed[0] = std::byte{9};
    copied[0] = std::byte{9};
    ASSERT_EQ(batch.size(), 2U);
    EXPECT_EQ(batch[0].to, to);
    EXPECT_EQ(joined(batch[0]), borrowed);
    EXPECT_EQ(joined(batch[1]), packet(40, 2));
}

TEST(DatagramSendBatch, TakesDatagramsOfOneOrTwoPieces) {
    DatagramSendBatch batch;
    const auto one = packet(3, 1);
    const auto two = packet(2, 2);
    ASSERT_TRUE(batch.append_borrowed({}, one, two));
    ASSERT_TRUE(batch.append_borrowed({}, one, {}));
    ASSERT_TRUE(batch.append_borrowed({}, {}));
    ASSERT_TRUE(batch.append_borrowed({}, two, one));
    const auto bytes = [](const std::vector<int>& values) {
        std::vector<std::byte> result;
        result.reserve(values.size());
        for (const int value : values) {
            result.push_back(static_cast<std::byte>(value));
        }
        return result;
    };
    EXPECT_EQ(joined(batch[0]), bytes({1, 1, 1, 2, 2}));
    EXPECT_EQ(joined(batch[1]), one);
    EXPECT_EQ(joined(batch[2]), bytes({}));
    EXPECT_EQ(joined(batch[3]), bytes({2, 2, 1, 1, 1}));
    // In a row, so that several go as one.
    EXPECT_EQ(batch[0].pieces.data() + batch[0].pieces.size(), batch[1].pieces.data());
}

TEST(DatagramSendBatch, RefusesWhenItsSlotsAreUsed) {
    DatagramSendBatch batch;
    const auto bytes = packet(1, 0);
    for (std::size_t i = 0; i < DatagramSendBatch::kCapacity; ++i) {
        ASSERT_TRUE(i % 2 == 0 ? batch.append_copied({}, bytes)
                               : batch.append_borrowed({}, bytes, bytes));
    }
    EXPECT_FALSE(batch.append_copied({}, bytes));
    EXPECT_FALSE(batch.append_borrowed({}, bytes));
    EXPECT_FALSE(batch.append_borrowed({}, bytes, bytes));
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_TRUE(batch.append_copied({}, bytes));
}

TEST(PacketSendBatch, RefusesACopyWhenItsArenaIsUsedButStillBorrows) {
    PacketSendBatch batch;
    const auto bytes = packet(65535, 3);
    std::size_t copies = 0;
    while (batch.append_copied(bytes)) {
        ++copies;
    }
    EXPECT_EQ(copies, CopyArena::kSize / bytes.size());
    EXPECT_TRUE(batch.append_borrowed(bytes));
    EXPECT_EQ(batch.size(), copies + 1);
    batch.clear();
    EXPECT_TRUE(batch.append_copied(bytes));
    ASSERT_EQ(batch[0].pieces.size(), 1U);
    EXPECT_TRUE(equal(batch[0].pieces.front(), bytes));
    EXPECT_FALSE(batch[0].needs_header());
}

TEST(PacketSendBatch, TakesSuperPacketsInPieces) {
    PacketSendBatch batch;
    const auto one = packet(60, 1);
    const auto two = packet(1000, 2);
    const std::array<Bytes, 3> pieces{one, two, two};
    const Segmentation about{SegmentationKind::kTcp, true, 1000, 60, 40, 16};
    for (std::size_t i = 0; i < PacketSendBatch::kCapacity; ++i) {
        ASSERT_TRUE(batch.append_pieces(about, pieces));
    }
    EXPECT_FALSE(batch.append_pieces(about, pieces));
    EXPECT_FALSE(batch.append_borrowed(one));
    EXPECT_FALSE(batch.append_copied(one));
    EXPECT_EQ(batch[7].about, about);
    EXPECT_EQ(batch[7].pieces.data(), pieces.data());
    EXPECT_EQ(batch[7].size(), 2060U);
    EXPECT_TRUE(batch[7].needs_header());
}

}  // namespace
}  // namespace miredo::io
