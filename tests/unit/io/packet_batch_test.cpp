// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/packet_batch.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "io/datagram_batch.hpp"

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

TEST(PacketSlots, DoNotOverlapAndKeepTheirHeadroom) {
    const PacketSlots<4, 100, 16> slots;
    for (std::size_t i = 0; i + 1 < 4; ++i) {
        const std::byte* const end = slots.slot(i).data() + slots.slot(i).size();
        EXPECT_LE(end, slots.slot(i + 1).data() - 16);
    }
    // Writable to the last byte of the last one, and in front of the first: the sanitizer looks on.
    slots.slot(3).back() = std::byte{1};
    *(slots.slot(0).data() - 16) = std::byte{1};
}

TEST(PacketReceiveBatch, HasRoomForAVirtioNetHeader) {
    EXPECT_GE(PacketReceiveBatch::kHeadroom, 12U);
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
    const auto bytes = [](std::vector<int> values) {
        std::vector<std::byte> result;
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
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), batch[0].begin(), batch[0].end()));
}

}  // namespace
}  // namespace miredo::io
