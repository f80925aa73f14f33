// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/pending_queue.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "sim/seeded_random.hpp"
#include "unit/teredo/packets.hpp"

namespace miredo::teredo {
namespace {

ByteVector numbered(std::size_t size, std::uint8_t number) {
    ByteVector packet(size);
    for (std::size_t i = 0; i < size; ++i) {
        packet[i] = static_cast<std::byte>(number + i);
    }
    return packet;
}

ByteVector copy(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

class PendingQueueTest : public testing::Test {
  protected:
    PendingQueueTest() {
        for (std::uint32_t i = 0; i < peers_.size(); ++i) {
            peers_[i].index = i;
        }
    }

    Instant now_{std::chrono::hours{1}};
    PendingQueue queue_;
    std::array<Peer, 64> peers_{};
};

TEST_F(PendingQueueTest, keeps_order_and_content) {
    for (std::uint8_t i = 0; i < 8; ++i) {
        ASSERT_TRUE(queue_.push(now_, peers_[0], numbered(250U + i, i)));
        ASSERT_TRUE(queue_.push(now_, peers_[1], numbered(40, i)));
    }
    for (std::uint8_t i = 0; i < 8; ++i) {
        EXPECT_EQ(copy(queue_.pop(peers_[0]).value()), numbered(250U + i, i));
    }
    EXPECT_FALSE(queue_.pop(peers_[0]).has_value());
    for (std::uint8_t i = 0; i < 8; ++i) {
        EXPECT_EQ(copy(queue_.pop(peers_[1]).value()), numbered(40, i));
    }
    EXPECT_EQ(queue_.packets(), 0U);
    EXPECT_EQ(queue_.bytes(), 0U);
}

TEST_F(PendingQueueTest, holds_eight_packets_for_a_peer_and_drops_the_tail) {
    conformance::shows("C40", "T-A11");
    for (std::uint8_t i = 0; i < 8; ++i) {
        ASSERT_TRUE(queue_.push(now_, peers_[0], numbered(40, i)));
    }
    EXPECT_FALSE(queue_.push(now_, peers_[0], numbered(40, 8)));
    EXPECT_TRUE(queue_.push(now_, peers_[1], numbered(40, 8)));
    EXPECT_EQ(copy(queue_.pop(peers_[0]).value()), numbered(40, 0));
}

TEST_F(PendingQueueTest, holds_8_kib_for_a_peer) {
    conformance::shows("C40", "T-A11");
    ASSERT_TRUE(queue_.push(now_, peers_[0], numbered(8000, 0)));
    EXPECT_FALSE(queue_.push(now_, peers_[0], numbered(193, 0)));
    EXPECT_TRUE(queue_.push(now_, peers_[0], numbered(192, 0)));
    EXPECT_FALSE(queue_.push(now_, peers_[1], numbered(8193, 0)));
}

TEST_F(PendingQueueTest, holds_256_kib_in_all) {
    conformance::shows("C40", "T-A11");
    for (std::size_t i = 0; i < 32; ++i) {
        ASSERT_TRUE(queue_.push(now_, peers_[i], numbered(8192, 0)));
    }
    EXPECT_EQ(queue_.bytes(), 256U * 1024);
    EXPECT_FALSE(queue_.push(now_, peers_[33], numbered(1, 0)));
    ASSERT_TRUE(queue_.pop(peers_[5]).has_value());
    EXPECT_TRUE(queue_.push(now_, peers_[33], numbered(8192, 3)));
    EXPECT_EQ(copy(queue_.pop(peers_[33]).value()), numbered(8192, 3));
}

TEST_F(PendingQueueTest, lets_packets_wait_for_8_seconds) {
    conformance::shows("T-A11");
    EXPECT_FALSE(queue_.next_deadline().has_value());
    ASSERT_TRUE(queue_.push(now_, peers_[0], numbered(40, 0)));
    ASSERT_TRUE(queue_.push(now_ + seconds{1}, peers_[1], numbered(40, 0)));
    EXPECT_EQ(queue_.next_deadline(), now_ + seconds{8});
    EXPECT_EQ(queue_.overdue(now_ + seconds{8} - Duration{1}), kNoIndex);
    EXPECT_EQ(queue_.overdue(now_ + seconds{8}), 0U);
    ASSERT_TRUE(queue_.pop(peers_[0]).has_value());
    EXPECT_EQ(queue_.overdue(now_ + seconds{8}), kNoIndex);
    EXPECT_EQ(queue_.next_deadline(), now_ + seconds{9});
}

TEST_F(PendingQueueTest, agrees_with_a_simple_model) {
    sim::SeededRandom random{7};
    std::array<std::vector<ByteVector>, 16> model;
    std::size_t bytes = 0;
    for (int step = 0; step < 20'000; ++step) {
        const std::uint32_t dice = random.uint32();
        const std::size_t which = dice % model.size();
        if ((dice >> 8U) % 3 != 0) {
            const ByteVector packet =
                numbered(1 + (dice >> 10U) % 2000, static_cast<std::uint8_t>(step));
            if (queue_.push(now_, peers_[which], packet)) {
                bytes += packet.size();
                model[which].push_back(packet);
            }
        } else if (const auto packet = queue_.pop(peers_[which])) {
            ASSERT_FALSE(model[which].empty());
            ASSERT_EQ(copy(*packet), model[which].front());
            bytes -= packet->size();
            model[which].erase(model[which].begin());
        } else {
            ASSERT_TRUE(model[which].empty());
        }
        ASSERT_EQ(queue_.bytes(), bytes);
    }
}

TEST(PacketStore, refuses_the_empty_and_the_too_large) {
    PacketStore store{1024, 600};
    EXPECT_FALSE(store.store({}).has_value());
    EXPECT_FALSE(store.store(ByteVector(601)).has_value());
    const auto first = store.store(numbered(600, 1));
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(store.store(numbered(300, 2)).has_value());
    EXPECT_TRUE(store.store(numbered(256, 3)).has_value());
    EXPECT_EQ(copy(store.take(*first)), numbered(600, 1));
    EXPECT_TRUE(store.store(numbered(600, 4)).has_value());
}

}  // namespace
}  // namespace miredo::teredo
