// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What links do to datagrams: as often as they are told to, in the direction they are told to, and
// the same each time.
#include "sim/link.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "sim/native_host.hpp"
#include "sim/network.hpp"
#include "sim/plain_host.hpp"

namespace miredo::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Endpoint kNear{Ipv4Address{93, 1, 0, 1}, 3544};
constexpr Endpoint kFar{Ipv4Address{94, 1, 0, 1}, 3544};
constexpr int kCount = 4000;

// Two hosts, and a link with faults at the first one.
struct LinkTest : testing::Test {
    Network network;
    PlainHost near{network};
    PlainHost far{network};

    LinkTest() {
        network.attach(near, {kNear.address}, Link{});
        network.attach(far, {kFar.address}, Link{});
    }
    // One datagram each millisecond, which tells its number.
    void send_many(PlainHost& host, Endpoint from, Endpoint to, int count = kCount) {
        for (int number = 0; number < count; ++number) {
            Packet bytes(100);
            store_be32(bytes, static_cast<std::uint32_t>(number));
            host.send(from, to, bytes);
            network.run_for(milliseconds{1});
        }
        network.run_for(seconds{10});
    }
    void send_out(int count = kCount) { send_many(near, kNear, kFar, count); }
    void send_in(int count = kCount) { send_many(far, kFar, kNear, count); }
    void set_outbound(const Impairment& impairment) {
        Link link;
        link.outbound = impairment;
        network.set_link(near, link);
    }
    [[nodiscard]] std::map<Fate, int> fates() const {
        std::map<Fate, int> fates;
        for (const Transmission& datagram : network.transmissions()) {
            ++fates[datagram.fate];
        }
        return fates;
    }
    static std::vector<std::uint32_t> numbers(const PlainHost& host) {
        std::vector<std::uint32_t> numbers;
        for (const PlainHost::Received& received : host.received()) {
            numbers.push_back(load_be32(received.datagram.bytes));
        }
        return numbers;
    }
};

TEST_F(LinkTest, WithoutFaultsAllArriveInOrder) {
    send_out(100);
    const auto received = numbers(far);
    EXPECT_EQ(received.size(), 100U);
    EXPECT_TRUE(std::is_sorted(received.begin(), received.end()));
}

// Six standard deviations to each side, as everywhere below.
TEST_F(LinkTest, LosesItsShare) {
    set_outbound({.loss = 0.3});
    send_out();
    EXPECT_NEAR(fates()[Fate::kLost], 1200, 174);
    EXPECT_EQ(far.received().size(), static_cast<std::size_t>(fates()[Fate::kDelivered]));
    send_in(1000);
    EXPECT_EQ(near.received().size(), 1000U) << "the other direction is as it was";
}

TEST_F(LinkTest, LosesInboundOnesToo) {
    Link link;
    link.inbound.loss = 0.3;
    network.set_link(near, link);
    send_in();
    EXPECT_NEAR(static_cast<double>(near.received().size()), 2800, 174);
    send_out(1000);
    EXPECT_EQ(far.received().size(), 1000U);
}

// Gilbert and Elliott: a fifth of the time, ten datagrams at a stretch.
TEST_F(LinkTest, LosesInBursts) {
    set_outbound({.bursts = {.enter = 0.025, .leave = 0.1, .loss = 1}});
    send_out();
    EXPECT_NEAR(fates()[Fate::kLost], 800, 590);
    int bursts = 0;
    bool was_lost = false;
    for (const Transmission& datagram : network.transmissions()) {
        const bool is_lost = datagram.fate == Fate::kLost;
        bursts += is_lost && !was_lost ? 1 : 0;
        was_lost = is_lost;
    }
    EXPECT_NEAR(static_cast<double>(fates()[Fate::kLost]) / bursts, 10, 5);
}

TEST_F(LinkTest, DuplicatesItsShare) {
    set_outbound({.duplication = 0.2});
    send_out();
    EXPECT_NEAR(static_cast<double>(far.received().size()), kCount + 800, 152);
    EXPECT_EQ(network.transmissions().size(), std::size_t{kCount}) << "one for each send()";
}

// What the checksum sees does not arrive; of the rest one to three bits are others.
TEST_F(LinkTest, CorruptsItsShare) {
    set_outbound({.corruption = 0.5, .undetected = 0.1});
    send_out();
    EXPECT_NEAR(fates()[Fate::kCorrupted], 1800, 190);
    int changed = 0;
    for (const Transmission& sent : network.transmissions()) {
        changed += sent.integrity == Integrity::kChecksumRight ? 1 : 0;
        EXPECT_EQ(sent.fate == Fate::kCorrupted, sent.integrity == Integrity::kChecksumWrong);
    }
    EXPECT_NEAR(changed, 200, 83);
    const Packet clean(100);
    int different = 0;
    for (const PlainHost::Received& received : far.received()) {
        const Packet& bytes = received.datagram.bytes;
        different += std::equal(bytes.begin() + 4, bytes.end(), clean.begin() + 4) ? 0 : 1;
    }
    // Some change the number alone, or one bit twice.
    EXPECT_NEAR(different, changed, 30);
    EXPECT_LE(different, changed);
}

TEST_F(LinkTest, JitterDelaysAndReorders) {
    set_outbound({.jitter = milliseconds{20}});
    send_out();
    ASSERT_EQ(far.received().size(), std::size_t{kCount});
    const auto received = numbers(far);
    EXPECT_FALSE(std::is_sorted(received.begin(), received.end()));
    Duration shortest = seconds{1};
    Duration longest{};
    for (const PlainHost::Received& arrival : far.received()) {
        const std::uint32_t number = load_be32(arrival.datagram.bytes);
        const Duration taken = arrival.at - network.transmissions()[number].sent;
        shortest = std::min(shortest, taken);
        longest = std::max(longest, taken);
    }
    EXPECT_GE(shortest, milliseconds{10});
    EXPECT_LT(shortest, milliseconds{11});
    EXPECT_LE(longest, milliseconds{30});
    EXPECT_GT(longest, milliseconds{29});
}

TEST_F(LinkTest, ReorderingHoldsBackItsShare) {
    set_outbound({.reordering = 0.1, .reordering_delay = milliseconds{3}});
    send_out();
    const auto received = numbers(far);
    ASSERT_EQ(received.size(), std::size_t{kCount});
    int overtaken = 0;
    for (std::size_t i = 1; i < received.size(); ++i) {
        overtaken += received[i] < received[i - 1] ? 1 : 0;
    }
    EXPECT_NEAR(overtaken, 360, 110);
}

TEST_F(LinkTest, ACutLinkIsOneWay) {
    set_outbound({.is_cut = true});
    send_out(100);
    send_in(100);
    EXPECT_TRUE(far.received().empty());
    EXPECT_EQ(near.received().size(), 100U);
    network.set_link(near, Link{});
    send_out(100);
    EXPECT_EQ(far.received().size(), 100U) << "healed";
}

// What was sent before a change has been dealt with by the link as it was then.
TEST_F(LinkTest, AChangeIsOfWhatComesAfter) {
    near.send(kNear, kFar, Packet(10));
    set_outbound({.is_cut = true});
    near.send(kNear, kFar, Packet(10));
    network.run_for(seconds{1});
    EXPECT_EQ(far.received().size(), 1U);
    EXPECT_EQ(network.transmissions()[1].fate, Fate::kLost);
}

// IPv4 and UDP headers take 28 bytes.
TEST_F(LinkTest, TheMtuIsOfTheWholePacket) {
    for (const bool is_receivers : {false, true}) {
        Link link;
        link.mtu = 1280;
        link.too_big = TooBig::kDrop;
        network.set_link(is_receivers ? far : near, link);
        network.set_link(is_receivers ? near : far, Link{});
        near.send(kNear, kFar, Packet(1252));
        near.send(kNear, kFar, Packet(1253));
        network.run_for(seconds{1});
        const auto& sent = network.transmissions();
        EXPECT_EQ(sent[sent.size() - 2].fate, Fate::kDelivered);
        EXPECT_EQ(sent[sent.size() - 1].fate, Fate::kTooBig);
    }
}

// Three fragments of at most 552 bytes: 0.9^3.
TEST_F(LinkTest, AFragmentedDatagramNeedsAllItsFragments) {
    Link link;
    link.mtu = 576;
    link.outbound.loss = 0.1;
    network.set_link(near, link);
    for (int i = 0; i < kCount; ++i) {
        near.send(kNear, kFar, Packet(1320));
    }
    network.run_for(seconds{1});
    EXPECT_NEAR(static_cast<double>(far.received().size()), 2916, 169);
    near.send(kNear, kFar, Packet(65508));  // more than IPv4 can carry
    EXPECT_EQ(network.transmissions().back().fate, Fate::kTooBig);
}

TEST_F(LinkTest, NativePacketsTakeTheSameLink) {
    const Ipv6Address first{0x2a00000100000000U, 1};
    const Ipv6Address second{0x2a00000100000000U, 2};
    NativeHost one{network, first};
    NativeHost two{network, second};
    Link link;
    link.outbound = {.loss = 0.2, .duplication = 0.1, .corruption = 0.1, .undetected = 0.5};
    network.attach(one, {}, link);
    network.attach(two, {}, Link{});
    network.route({second, 128}, two);
    for (int i = 0; i < kCount; ++i) {
        one.ping(second, 1);
    }
    network.run_for(seconds{1});
    std::map<Fate, int> fates;
    int changed = 0;
    for (const NativeTransmission& packet : network.native_transmissions()) {
        if (packet.sender == &one) {
            ++fates[packet.fate];
            changed += packet.integrity == Integrity::kIntact ? 0 : 1;
        }
    }
    EXPECT_NEAR(fates[Fate::kLost], 800, 152);
    EXPECT_NEAR(fates[Fate::kCorrupted], 160, 75);
    EXPECT_NEAR(changed, 160, 75);
    EXPECT_EQ(fates[Fate::kDelivered], kCount - fates[Fate::kLost] - fates[Fate::kCorrupted]);
    // Duplicates of what the checksum caught are not made.
    EXPECT_NEAR(
        static_cast<double>(two.stack().inbox().size()), 1.1 * fates[Fate::kDelivered], 100);
}

TEST_F(LinkTest, NativePacketsThatAreTooBigAreDropped) {
    const Ipv6Address address{0x2a00000100000000U, 1};
    Link link;
    link.mtu = 60;
    NativeHost one{network, address};
    network.attach(one, {}, Link{});
    network.route({address, 128}, one);
    one.ping(address, 1);
    network.set_link(one, link);
    one.ping(address, 1);
    network.run_for(seconds{1});
    EXPECT_EQ(network.native_transmissions()[1].fate, Fate::kTooBig);
}

// Each direction of each link has a sequence of its own: a fault elsewhere shifts nothing.
TEST(LinkSeeds, OneSeedOneSequence) {
    const auto run = [](std::uint64_t seed, double loss_elsewhere) {
        Network network{seed};
        PlainHost near{network};
        PlainHost far{network};
        Link link;
        link.outbound.loss = 0.5;
        link.inbound.loss = loss_elsewhere;
        network.attach(near, {kNear.address}, link);
        link = {};
        link.outbound.loss = loss_elsewhere;
        network.attach(far, {kFar.address}, link);
        std::vector<bool> lost;
        for (int i = 0; i < 200; ++i) {
            near.send(kNear, kFar, Packet(10));
            lost.push_back(network.transmissions().back().fate == Fate::kLost);
            far.send(kFar, kNear, Packet(10));
            network.run_for(seconds{1});
        }
        return lost;
    };
    EXPECT_EQ(run(1, 0), run(1, 0));
    EXPECT_EQ(run(1, 0), run(1, 0.5));
    EXPECT_NE(run(1, 0), run(2, 0));
}

}  // namespace
}  // namespace miredo::sim
