// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The checksum against a slow reference and the example of RFC 1071 §3.
#include "wire/checksum.hpp"

#include <random>

#include <gtest/gtest.h>

#include "packets.hpp"

namespace miredo::wire {
namespace {

TEST(Checksum, ExampleOfRfc1071) {
    EXPECT_EQ(ones_complement_sum(from_hex("0001f203f4f5f6f7")), 0xDDF2);
}

TEST(Checksum, SmallSums) {
    EXPECT_EQ(ones_complement_sum({}), 0);
    EXPECT_EQ(ones_complement_sum(from_hex("12")), 0x1200) << "padded with a zero byte";
    EXPECT_EQ(ones_complement_sum(from_hex("123456")), 0x1234 + 0x5600);
    EXPECT_EQ(ones_complement_sum(from_hex("ffff0001")), 0x0001) << "end-around carry";
    EXPECT_EQ(ones_complement_sum(from_hex("ffffffff")), 0xFFFF);
}

TEST(Checksum, GoesOnFromAnInitialSum) {
    EXPECT_EQ(ones_complement_sum(from_hex("0001"), 0xFFFF), 0x0001);
    EXPECT_EQ(ones_complement_sum({}, 0xFFFFFFFFU), 0xFFFF);
    const Buffer data = from_hex("0102030405060708090a");
    const Bytes all{data};
    EXPECT_EQ(ones_complement_sum(all.subspan(4), ones_complement_sum(all.first(4))),
              ones_complement_sum(all));
}

TEST(Checksum, TheLargestDatagramDoesNotOverflow) {
    const Buffer ones(65535, std::byte{0xFF});
    EXPECT_EQ(ones_complement_sum(ones), slow_ones_complement_sum(ones));
    EXPECT_EQ(ones_complement_sum(ones, 0xFFFFFFFFU), slow_ones_complement_sum(ones));
}

// Whole strides, single words and the odd rest, wherever they begin in memory.
TEST(Checksum, AgreesWithTheSlowReferenceAtEveryAlignment) {
    std::mt19937 random{6936};
    Buffer data = zeros(65536 + 8);
    for (std::byte& each : data) {
        each = static_cast<std::byte>(random() & 0xFFU);
    }
    for (std::size_t offset = 0; offset < 8; ++offset) {
        const Bytes from = Bytes{data}.subspan(offset);
        for (std::size_t size = 0; size <= 200; ++size) {
            ASSERT_EQ(ones_complement_sum(from.first(size)),
                      slow_ones_complement_sum(from.first(size)))
                << size << " bytes at " << offset;
        }
        for (const std::size_t size : {65535U, 65536U}) {
            ASSERT_EQ(
                ones_complement_sum(from.first(size), 0xFFFEFFFFU),
                slow_ones_complement_sum(concatenate({from_hex("fffeffff"), from.first(size)})))
                << size << " bytes at " << offset;
        }
    }
}

// A carry out of the largest words of each lane, and out of their sum.
TEST(Checksum, LosesNoCarry) {
    for (std::size_t size = 0; size <= 200; ++size) {
        for (std::size_t zero = 0; zero < size; ++zero) {
            Buffer data(size, std::byte{0xFF});
            data[zero] = std::byte{0};
            ASSERT_EQ(ones_complement_sum(data), slow_ones_complement_sum(data))
                << size << " bytes, zero at " << zero;
        }
    }
}

TEST(Checksum, AgreesWithTheSlowReference) {
    std::mt19937 random{1071};
    for (std::size_t size = 0; size < 600; ++size) {
        Buffer data = zeros(size);
        for (std::byte& each : data) {
            each = static_cast<std::byte>(random() & 0xFFU);
        }
        ASSERT_EQ(ones_complement_sum(data), slow_ones_complement_sum(data)) << size;
    }
}

TEST(Checksum, CoversThePseudoHeader) {
    std::mt19937 random{2460};
    for (std::size_t size = 4; size < 300; ++size) {
        Buffer message = zeros(size);
        for (std::byte& each : message) {
            each = static_cast<std::byte>(random() & 0xFFU);
        }
        const PacketShape shape{.next_header = kIcmpv6};
        const Buffer raw = make_packet(shape, message);
        ASSERT_EQ(pseudo_header_checksum(shape.source, shape.destination, kIcmpv6, message),
                  0xFFFFU ^ slow_pseudo_header_sum(raw, message))
            << size;
        const Buffer right = make_icmpv6_packet(shape, message);
        ASSERT_EQ(pseudo_header_checksum(
                      shape.source, shape.destination, kIcmpv6, packet_in(right).payload()),
                  0)
            << size;
    }
}

TEST(Checksum, EveryInputCounts) {
    const Ipv6Address one = ipv6("2001:db8::1");
    const Ipv6Address two = ipv6("2001:db8::2");
    const Buffer message = from_hex("80000000");
    const std::uint16_t checksum = pseudo_header_checksum(one, two, kIcmpv6, message);
    EXPECT_NE(pseudo_header_checksum(two, two, kIcmpv6, message), checksum);
    EXPECT_NE(pseudo_header_checksum(one, one, kIcmpv6, message), checksum);
    EXPECT_NE(pseudo_header_checksum(one, two, 17, message), checksum);
    EXPECT_NE(pseudo_header_checksum(one, two, kIcmpv6, from_hex("8000000000")), checksum);
}

}  // namespace
}  // namespace miredo::wire
