// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/handover.hpp"

#include <array>
#include <vector>

#include <poll.h>

#include <gtest/gtest.h>

#include "steering/hash.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::daemon {
namespace {

constexpr Endpoint kServer{Ipv4Address{192, 0, 2, 1}, 3544};
constexpr Ipv6Address kHost{0x20010db800000000U, 1};

wire::Bubble bubble_of(Endpoint mapped) {
    return wire::build_bubble(wire::TeredoAddress{kServer.address, 0, mapped}.to_ipv6(), kHost);
}

// The first mapping behind one address that is the shard's.
Endpoint peer_of(std::uint32_t shard, std::uint32_t shards) {
    Endpoint mapped{Ipv4Address{198, 51, 100, 7}, 1024};
    while (steering::shard_of(mapped, shards) != shard) {
        ++mapped.port;
    }
    return mapped;
}

bool is_readable(int descriptor) {
    pollfd waited{descriptor, POLLIN, 0};
    return ::poll(&waited, 1, 0) == 1;
}

TEST(MappingOfSource, is_what_the_address_says) {
    const Endpoint mapped{Ipv4Address{198, 51, 100, 7}, 40001};
    const wire::Bubble bubble = bubble_of(mapped);
    EXPECT_EQ(mapping_of_source(bubble.bytes()), mapped);
    EXPECT_FALSE(mapping_of_source(bubble.bytes().first(39)));
    EXPECT_FALSE(mapping_of_source({}));
}

TEST(MappingOfSource, is_found_behind_what_a_server_puts_in_front) {
    const Endpoint mapped{Ipv4Address{198, 51, 100, 7}, 40001};
    const wire::Bubble bubble = bubble_of(mapped);
    std::vector<std::byte> datagram(wire::kOriginSize);
    wire::write_origin(datagram, kServer);
    datagram.insert(datagram.end(), bubble.bytes().begin(), bubble.bytes().end());
    EXPECT_EQ(mapping_of_source(datagram), mapped);
    datagram[1] = std::byte{7};  // neither origin nor authentication
    EXPECT_FALSE(mapping_of_source(datagram));
}

struct Taken {
    std::vector<Endpoint> from;
    std::vector<std::size_t> sizes;
    int flushes = 0;
};

Taken take_all(HandoverEnd& end) {
    Taken taken;
    end.take(
        [&](Endpoint from, Bytes datagram) {
            taken.from.push_back(from);
            taken.sizes.push_back(datagram.size());
        },
        [&] { ++taken.flushes; });
    return taken;
}

TEST(Handover, brings_datagrams_to_the_shard_of_their_peer) {
    constexpr std::uint32_t kShards = 3;
    const auto handover = Handover::create(kShards);
    ASSERT_TRUE(handover);
    HandoverEnd first{*handover, 0};
    HandoverEnd second{*handover, 1};
    HandoverEnd third{*handover, 2};
    const auto own = bubble_of(peer_of(0, kShards));
    const auto others = bubble_of(peer_of(2, kShards));
    EXPECT_FALSE(first.pass_on(kServer, own.bytes()));
    EXPECT_FALSE(first.pass_on(kServer, {}));  // the role says what is wrong with it
    first.wake_others();
    EXPECT_FALSE(is_readable(third.fd()));
    EXPECT_TRUE(first.pass_on(kServer, others.bytes()));
    EXPECT_TRUE(second.pass_on({Ipv4Address{1}, 2}, others.bytes()));
    first.wake_others();
    second.wake_others();
    EXPECT_TRUE(is_readable(third.fd()));
    EXPECT_FALSE(is_readable(second.fd()));
    const Taken taken = take_all(third);
    EXPECT_EQ(taken.from, (std::vector<Endpoint>{kServer, {Ipv4Address{1}, 2}}));
    EXPECT_EQ(taken.sizes, (std::vector<std::size_t>{40, 40}));
    EXPECT_EQ(taken.flushes, 1);
    EXPECT_FALSE(is_readable(third.fd()));
    EXPECT_EQ(first.passed_on(), 1U);
    EXPECT_EQ(first.dropped(), 0U);
}

TEST(Handover, drops_and_counts_what_is_too_much) {
    const auto handover = Handover::create(2);
    ASSERT_TRUE(handover);
    HandoverEnd first{*handover, 0};
    HandoverEnd second{*handover, 1};
    const auto others = bubble_of(peer_of(1, 2));
    constexpr std::uint64_t kMany = 10'000;
    for (std::uint64_t i = 0; i < kMany; ++i) {
        EXPECT_TRUE(first.pass_on(kServer, others.bytes()));
    }
    EXPECT_GT(first.dropped(), 0U);
    EXPECT_EQ(first.passed_on() + first.dropped(), kMany);
    first.wake_others();
    // In turns, each of which says that there is more.
    std::uint64_t taken = 0;
    int turns = 0;
    while (is_readable(second.fd())) {
        taken += take_all(second).from.size();
        ++turns;
    }
    EXPECT_EQ(taken, first.passed_on());
    EXPECT_GT(turns, 2);
    EXPECT_TRUE(first.pass_on(kServer, others.bytes()));
    EXPECT_EQ(first.passed_on(), taken + 1);
}

}  // namespace
}  // namespace miredo::daemon
