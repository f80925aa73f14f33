// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/packet_batch.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

std::vector<std::byte> packet(std::size_t size, int value) {
    return std::vector<std::byte>(size, static_cast<std::byte>(value));
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
    EXPECT_EQ(batch[0].bytes[0], std::byte{9});
    EXPECT_EQ(batch[1].bytes[0], std::byte{2});
    EXPECT_EQ(batch[1].bytes.size(), 40U);
}

TEST(DatagramSendBatch, RefusesWhenItsSlotsAreUsed) {
    DatagramSendBatch batch;
    const auto bytes = packet(1, 0);
    for (std::size_t i = 0; i < DatagramSendBatch::kCapacity; ++i) {
        ASSERT_TRUE(batch.append_copied({}, bytes));
    }
    EXPECT_FALSE(batch.append_copied({}, bytes));
    EXPECT_FALSE(batch.append_borrowed({}, bytes));
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
