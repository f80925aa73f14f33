// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/datagram_ring.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

constexpr Endpoint kSomebody{Ipv4Address{0xC0000201}, 4096};

// `size` ≥ 4 octets that begin with `number`, and end with its lowest octet.
std::vector<std::byte> datagram(std::uint32_t number, std::size_t size) {
    std::vector<std::byte> bytes(size, static_cast<std::byte>(number));
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

std::uint32_t number_in(Bytes bytes) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return number;
}

TEST(DatagramRing, gives_back_what_was_put_in) {
    const auto made = std::make_unique<DatagramRing>();
    DatagramRing& ring = *made;
    EXPECT_FALSE(ring.next());
    const auto first = datagram(7, 1280);
    ASSERT_TRUE(ring.try_push(kSomebody, first));
    ASSERT_TRUE(ring.try_push({Ipv4Address{1}, 0xFFFF}, {}));
    auto item = ring.next();
    ASSERT_TRUE(item);
    EXPECT_EQ(item->from, kSomebody);
    EXPECT_TRUE(std::equal(first.begin(), first.end(), item->bytes.begin(), item->bytes.end()));
    item = ring.next();
    ASSERT_TRUE(item);
    EXPECT_EQ(item->from, (Endpoint{Ipv4Address{1}, 0xFFFF}));
    EXPECT_TRUE(item->bytes.empty());
    EXPECT_FALSE(ring.next());
}

TEST(DatagramRing, refuses_what_it_has_no_room_for) {
    const auto made = std::make_unique<DatagramRing>();
    DatagramRing& ring = *made;
    std::uint32_t pushed = 0;
    while (ring.try_push(kSomebody, datagram(pushed, 1280))) {
        ++pushed;
        ASSERT_LE(pushed, DatagramRing::kCapacity / 1280);
    }
    EXPECT_GE(pushed, 200U);
    // What is read is in the way until it is released.
    ASSERT_TRUE(ring.next());
    EXPECT_FALSE(ring.try_push(kSomebody, datagram(pushed, 1280)));
    ring.release();
    EXPECT_TRUE(ring.try_push(kSomebody, datagram(pushed, 1280)));
    EXPECT_FALSE(ring.try_push(kSomebody, datagram(pushed, 1280)));
    for (std::uint32_t i = 1; i <= pushed; ++i) {
        const auto item = ring.next();
        ASSERT_TRUE(item);
        EXPECT_EQ(number_in(item->bytes), i);
    }
    EXPECT_FALSE(ring.next());
}

TEST(DatagramRing, takes_the_largest_wherever_it_is) {
    const auto made = std::make_unique<DatagramRing>();
    DatagramRing& ring = *made;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::size_t size = 65507 - i % 97;
        ASSERT_TRUE(ring.try_push(kSomebody, datagram(i, size)));
        const auto item = ring.next();
        ASSERT_TRUE(item);
        EXPECT_EQ(number_in(item->bytes), i);
        EXPECT_EQ(item->bytes.size(), size);
        EXPECT_EQ(item->bytes.back(), static_cast<std::byte>(i));
        ring.release();
    }
}

// The reader checks every octet that the other thread has written.
TEST(DatagramRing, keeps_the_order_between_threads) {
    constexpr std::uint32_t kDatagrams = 100'000;
    const auto made = std::make_unique<DatagramRing>();
    DatagramRing& ring = *made;
    std::thread writer{[&ring] {
        std::mt19937 random{4};
        for (std::uint32_t i = 0; i < kDatagrams; ++i) {
            const auto bytes = datagram(i, 4 + random() % 2000);
            while (!ring.try_push(kSomebody, bytes)) {
                std::this_thread::yield();
            }
        }
    }};
    std::uint32_t expected = 0;
    std::uint32_t broken = 0;
    while (expected < kDatagrams) {
        const auto item = ring.next();
        if (!item) {
            ring.release();
            std::this_thread::yield();
            continue;
        }
        const auto is_right = [expected](std::byte each) {
            return each == static_cast<std::byte>(expected);
        };
        if (number_in(item->bytes) != expected ||
            !std::all_of(item->bytes.begin() + 4, item->bytes.end(), is_right)) {
            ++broken;
        }
        if (++expected % 16 == 0) {
            ring.release();
        }
    }
    writer.join();
    EXPECT_EQ(broken, 0U);
    EXPECT_FALSE(ring.next());
}

}  // namespace
}  // namespace miredo::io
