// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/expected_peers.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

constexpr Ipv6Address kFarHost{0x2a00123400000000U, 2};
constexpr std::size_t kMostExpected = 3;

using Addresses = std::vector<Ipv6Address>;

struct Packet {
    std::vector<std::byte> bytes;
};

Ipv6Address peer(std::uint64_t number) {
    return Ipv6Address{0x2001000000000000U, number};
}

Packet packet_from(std::uint64_t number) {
    Packet packet{std::vector<std::byte>(wire::kIpv6HeaderSize)};
    wire::write_ipv6_header(packet.bytes, {.source = peer(number), .destination = kFarHost});
    return packet;
}

Addresses expected(const std::vector<Packet>& batch, std::size_t offset = wire::kIpv6SourceOffset) {
    const ExpectedPeers<kMostExpected> peers{batch, offset};
    return {peers.peers().begin(), peers.peers().end()};
}

TEST(ExpectedPeers, counts_those_in_a_row_once) {
    EXPECT_EQ(expected({packet_from(1), packet_from(1), packet_from(2), packet_from(1)}),
              (Addresses{peer(1), peer(2), peer(1)}));
}

TEST(ExpectedPeers, looks_at_the_end_it_is_told) {
    EXPECT_EQ(expected({packet_from(1), packet_from(2)}, wire::kIpv6DestinationOffset),
              Addresses{kFarHost});
}

TEST(ExpectedPeers, are_no_more_than_the_most) {
    EXPECT_EQ(expected({packet_from(1), packet_from(2), packet_from(3), packet_from(4)}),
              (Addresses{peer(1), peer(2), peer(3)}));
}

TEST(ExpectedPeers, leaves_out_what_is_too_short) {
    Packet too_short = packet_from(1);
    too_short.bytes.pop_back();
    EXPECT_EQ(expected({too_short, packet_from(2), Packet{}}), Addresses{peer(2)});
    EXPECT_EQ(expected({}), Addresses{});
}

}  // namespace
}  // namespace miredo::daemon
