// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/network.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "sim/native_host.hpp"
#include "sim/plain_host.hpp"
#include "sim/seeded_random.hpp"

namespace miredo::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Ipv4Address kInside{192, 168, 1, 2};
constexpr Endpoint kInternal{kInside, 40000};
constexpr Ipv4Address kExternal{95, 1, 1, 1};
constexpr Endpoint kPublic{Ipv4Address{93, 1, 0, 1}, 3544};
constexpr std::array kPayload{std::byte{0x60}, std::byte{0x00}};

// One host behind a port-restricted NAT, one with an address of its own.
struct NetworkTest : testing::Test {
    Network network;
    SeededRandom random{1};
    Nat nat{behaviour_of(NatKind::kPortRestricted).value(), kExternal, random};
    PlainHost inside{network};
    PlainHost outside{network};

    NetworkTest() {
        network.attach(inside, {kInside}, Link{milliseconds{3}}, &nat);
        network.attach(outside, {kPublic.address}, Link{milliseconds{4}});
    }
    [[nodiscard]] Fate last_fate() const { return network.transmissions().back().fate; }
};

TEST_F(NetworkTest, ADatagramTakesBothLinks) {
    const Instant start = network.now();
    inside.send(kInternal, kPublic, kPayload);
    network.run_for(milliseconds{6});
    EXPECT_TRUE(outside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kInTransit);
    network.run_for(milliseconds{1});
    ASSERT_EQ(outside.received().size(), 1U);
    EXPECT_EQ(outside.received()[0].at, start + milliseconds{7});
    EXPECT_EQ(outside.received()[0].datagram.bytes, to_packet(kPayload));
    EXPECT_EQ(outside.received()[0].datagram.to, kPublic);
    EXPECT_EQ(last_fate(), Fate::kDelivered);
}

TEST_F(NetworkTest, TheNatTranslatesBothWays) {
    inside.send(kInternal, kPublic, kPayload);
    network.run_for(seconds{1});
    const Endpoint external = outside.received().at(0).datagram.from;
    EXPECT_EQ(external.address, kExternal);
    EXPECT_EQ(network.transmissions()[0].source, kInternal);
    EXPECT_EQ(network.transmissions()[0].external, external);

    outside.send(kPublic, external, kPayload);
    network.run_for(seconds{1});
    ASSERT_EQ(inside.received().size(), 1U);
    EXPECT_EQ(inside.received()[0].datagram.from, kPublic);
    EXPECT_EQ(inside.received()[0].datagram.to, kInternal);
}

TEST_F(NetworkTest, TheNatFilters) {
    inside.send(kInternal, kPublic, kPayload);
    network.run_for(seconds{1});
    const Endpoint external = outside.received().at(0).datagram.from;
    outside.send({kPublic.address, 1}, external, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kFiltered);
}

TEST_F(NetworkTest, APrivateAddressIsNoDestination) {
    outside.send(kPublic, kInternal, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kNoRoute);
}

TEST_F(NetworkTest, TheNatDoesNotHairpin) {
    inside.send(kInternal, kPublic, kPayload);
    network.run_for(seconds{1});
    inside.send(kInternal, outside.received().at(0).datagram.from, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kHairpin);
}

TEST_F(NetworkTest, ADisconnectedHostNeitherSendsNorReceives) {
    network.set_connected(outside, false);
    inside.send(kInternal, kPublic, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(last_fate(), Fate::kDisconnected);
    outside.send(kPublic, kPublic, kPayload);
    EXPECT_EQ(last_fate(), Fate::kDisconnected);

    network.set_connected(outside, true);
    inside.send(kInternal, kPublic, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(outside.received().size(), 1U);
}

TEST_F(NetworkTest, HostsAreCalledAtTheirDeadlines) {
    const Instant start = network.now();
    inside.ring_at(start + seconds{2});
    outside.ring_at(start + seconds{1});
    network.run_for(seconds{3});
    EXPECT_EQ(inside.rings(), std::vector{start + seconds{2}});
    EXPECT_EQ(outside.rings(), std::vector{start + seconds{1}});
    EXPECT_EQ(network.now(), start + seconds{3});
}

TEST_F(NetworkTest, ADeadlineThatIsOverIsDueNow) {
    network.run_for(seconds{5});
    inside.ring_at(network.now() - seconds{1});
    network.run_for(Duration::zero());
    EXPECT_EQ(inside.rings(), std::vector{network.now()});
}

TEST_F(NetworkTest, RunUntilStopsWhenThePredicateHolds) {
    const Instant start = network.now();
    inside.send(kInternal, kPublic, kPayload);
    EXPECT_TRUE(network.run_until([&] { return !outside.received().empty(); }, seconds{10}));
    EXPECT_EQ(network.now(), start + milliseconds{7});
}

TEST_F(NetworkTest, RunUntilGivesUpAtItsLimit) {
    const Instant start = network.now();
    EXPECT_FALSE(network.run_until([&] { return !outside.received().empty(); }, seconds{10}));
    EXPECT_EQ(network.now(), start + seconds{10});
}

// A host that never lets go of the processor is an error of its own, not an endless test.
TEST_F(NetworkTest, AStuckDeadlineIsReported) {
    struct StuckHost final : Host {
        void handle_datagram(Instant /*now*/, const UdpDatagram& /*datagram*/) override {}
        void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}
        void handle_timeout(Instant /*now*/) override {}
        [[nodiscard]] std::optional<Instant> next_deadline() const override {
            return Instant::min();
        }
    };
    StuckHost stuck;
    network.attach(stuck, {}, Link{});
    EXPECT_THROW(network.run_for(seconds{1}), std::logic_error);
}

// Native IPv6: the longest prefix wins, and the native host answers an echo request.
TEST_F(NetworkTest, NativeIpv6IsRoutedByTheLongestPrefix) {
    const Ipv6Address first{0x2a00000100000000U, 1};
    const Ipv6Address second{0x2a00000100000000U, 2};
    NativeHost one{network, first};
    NativeHost two{network, second};
    network.attach(one, {}, Link{milliseconds{3}});
    network.attach(two, {}, Link{milliseconds{4}});
    network.route({first, 32}, outside);
    network.route({first, 128}, one);
    network.route({second, 128}, two);

    const Instant start = network.now();
    one.ping(second, 7);
    network.run_for(seconds{1});
    EXPECT_EQ(one.stack().reply_from(second, 7), start + milliseconds{14});
    EXPECT_EQ(one.stack().reply_from(second, 8), std::nullopt);
    EXPECT_TRUE(outside.ipv6_packets().empty());

    one.ping({0x2a00000100000000U, 3}, 8);
    one.ping({0x2a01000000000000U, 3}, 9);
    network.run_for(seconds{1});
    EXPECT_EQ(outside.ipv6_packets().size(), 1U);
    EXPECT_EQ(network.native_transmissions().size(), 4U);
}

// The same inputs, the same run, to the bit.
TEST(Determinism, TwoRunsAreEqual) {
    const auto run = [] {
        Network network;
        SeededRandom random{7};
        PlainHost outside{network};
        network.attach(outside, {kPublic.address}, Link{milliseconds{4}});
        Nat nat{behaviour_of(NatKind::kSymmetric).value(), kExternal, random};
        PlainHost inside{network};
        network.attach(inside, {kInside}, Link{milliseconds{3}}, &nat);
        for (std::uint16_t port = 1; port < 100; ++port) {
            inside.send(kInternal, {kPublic.address, port}, kPayload);
            network.run_for(milliseconds{1});
        }
        std::vector<Endpoint> seen;
        for (const PlainHost::Received& received : outside.received()) {
            seen.push_back(received.datagram.from);
        }
        return seen;
    };
    const auto first = run();
    EXPECT_EQ(first.size(), 93U);
    EXPECT_EQ(first, run());
}

}  // namespace
}  // namespace miredo::sim
