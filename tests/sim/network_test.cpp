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
constexpr Endpoint kInsideEndpoint{kInside, 40000};
constexpr Ipv4Address kOutside{95, 1, 1, 1};
constexpr Endpoint kPublic{Ipv4Address{93, 1, 0, 1}, 3544};
constexpr std::array kPayload{std::byte{0x60}, std::byte{0x00}};

// One host behind a port-restricted NAT, one with an address of its own.
struct NetworkTest : testing::Test {
    Network network;
    SeededRandom random{1};
    Nat nat{behaviour_of(NatKind::kPortRestricted).value(), kOutside, random};
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
    inside.send(kInsideEndpoint, kPublic, kPayload);
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
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    const Endpoint external = outside.received().at(0).datagram.from;
    EXPECT_EQ(external.address, kOutside);
    EXPECT_EQ(network.transmissions()[0].source, kInsideEndpoint);
    EXPECT_EQ(network.transmissions()[0].external, external);

    outside.send(kPublic, external, kPayload);
    network.run_for(seconds{1});
    ASSERT_EQ(inside.received().size(), 1U);
    EXPECT_EQ(inside.received()[0].datagram.from, kPublic);
    EXPECT_EQ(inside.received()[0].datagram.to, kInsideEndpoint);
}

TEST_F(NetworkTest, MulticastReachesWhoIsBehindTheSameNat) {
    constexpr Endpoint kGroup{Ipv4Address{224, 0, 0, 253}, 3544};
    PlainHost neighbour{network};
    PlainHost other{network};
    network.attach(neighbour, {Ipv4Address{192, 168, 1, 3}}, Link{milliseconds{4}}, &nat);
    network.attach(other, {Ipv4Address{192, 168, 1, 4}}, Link{milliseconds{5}}, &nat);
    const Instant start = network.now();
    inside.send(kInsideEndpoint, kGroup, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_TRUE(outside.received().empty());
    ASSERT_EQ(neighbour.received().size(), 1U);
    EXPECT_EQ(neighbour.received()[0].at, start + milliseconds{7});
    EXPECT_EQ(neighbour.received()[0].datagram.from, kInsideEndpoint);
    EXPECT_EQ(neighbour.received()[0].datagram.to, kGroup);
    EXPECT_EQ(other.received().size(), 1U);
    EXPECT_EQ(last_fate(), Fate::kMulticast);
    EXPECT_EQ(nat.binding_count(network.now()), 0U);
}

TEST_F(NetworkTest, NobodyHearsMulticastInTheCore) {
    PlainHost other{network};
    network.attach(other, {Ipv4Address{93, 1, 0, 9}}, Link{milliseconds{5}});
    outside.send(kPublic, {Ipv4Address{224, 0, 0, 253}, 3544}, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(other.received().empty());
    EXPECT_TRUE(inside.received().empty());
}

TEST_F(NetworkTest, TheNatFilters) {
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    const Endpoint external = outside.received().at(0).datagram.from;
    outside.send({kPublic.address, 1}, external, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kFiltered);
}

TEST_F(NetworkTest, APrivateAddressIsNoDestination) {
    outside.send(kPublic, kInsideEndpoint, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kNoRoute);
}

TEST_F(NetworkTest, TheNatDoesNotHairpin) {
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    inside.send(kInsideEndpoint, outside.received().at(0).datagram.from, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(inside.received().empty());
    EXPECT_EQ(last_fate(), Fate::kHairpin);
}

TEST_F(NetworkTest, ADisconnectedHostNeitherSendsNorReceives) {
    network.set_connected(outside, false);
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(last_fate(), Fate::kDisconnected);
    outside.send(kPublic, kPublic, kPayload);
    EXPECT_EQ(last_fate(), Fate::kDisconnected);

    network.set_connected(outside, true);
    inside.send(kInsideEndpoint, kPublic, kPayload);
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
    inside.send(kInsideEndpoint, kPublic, kPayload);
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

// RFC 4787 §6: who sees what of a datagram to the external side of the own NAT.
TEST(Hairpinning, TurnsBackWhatItShould) {
    for (const Hairpinning hairpinning :
         {Hairpinning::kNo, Hairpinning::kYes, Hairpinning::kInternalSource}) {
        for (const Filtering filtering : kFilterings) {
            NatBehaviour behaviour{Mapping::kEndpointIndependent, filtering};
            behaviour.hairpinning = hairpinning;
            Network network;
            SeededRandom random{1};
            Nat nat{behaviour, kOutside, random};
            PlainHost outside{network};
            PlainHost first{network};
            PlainHost second{network};
            const Endpoint other{Ipv4Address{192, 168, 1, 3}, 40000};
            network.attach(outside, {kPublic.address}, Link{});
            network.attach(first, {kInside}, Link{}, &nat);
            network.attach(second, {other.address}, Link{}, &nat);
            first.send(kInsideEndpoint, kPublic, kPayload);
            second.send(other, kPublic, kPayload);
            network.run_for(seconds{1});
            const Endpoint first_external = outside.received().at(0).datagram.from;
            const Endpoint second_external = outside.received().at(1).datagram.from;
            // Each sends to the other: the first time only an open filter lets it in.
            first.send(kInsideEndpoint, second_external, kPayload);
            network.run_for(seconds{1});
            second.send(other, first_external, kPayload);
            network.run_for(seconds{1});
            if (hairpinning == Hairpinning::kNo) {
                EXPECT_EQ(network.transmissions().back().fate, Fate::kHairpin);
                EXPECT_TRUE(first.received().empty());
                continue;
            }
            EXPECT_EQ(second.received().size(),
                      filtering == Filtering::kEndpointIndependent ? 1U : 0U);
            ASSERT_EQ(first.received().size(), 1U);
            EXPECT_EQ(first.received()[0].datagram.from,
                      hairpinning == Hairpinning::kYes ? second_external : other);
            EXPECT_EQ(first.received()[0].datagram.to, kInsideEndpoint);
        }
    }
}

// Two homes behind one carrier's NAT, and a public host.
struct Carrier : testing::Test {
    Network network;
    SeededRandom random{1};
    NatBehaviour hairpinning{.hairpinning = Hairpinning::kYes};
    Nat carrier{hairpinning, kOutside, random};
    Nat home{*behaviour_of(NatKind::kPortRestricted), Ipv4Address{100, 64, 0, 1}, random, &carrier};
    Nat other_home{
        *behaviour_of(NatKind::kPortRestricted), Ipv4Address{100, 64, 0, 2}, random, &carrier};
    PlainHost outside{network};
    PlainHost inside{network};
    PlainHost other_inside{network};
    PlainHost neighbour{network};

    Carrier() {
        network.attach(outside, {kPublic.address}, Link{});
        network.attach(inside, {kInside}, Link{}, &home);
        network.attach(other_inside, {kInside}, Link{}, &other_home);
        network.attach(neighbour, {Ipv4Address{192, 168, 1, 3}}, Link{}, &home);
    }
    Endpoint external_of(PlainHost& host) {
        host.send(kInsideEndpoint, kPublic, kPayload);
        network.run_for(seconds{1});
        return outside.received().back().datagram.from;
    }
};

TEST_F(Carrier, TranslatesTwiceBothWays) {
    const Endpoint external = external_of(inside);
    EXPECT_EQ(external.address, kOutside);
    EXPECT_EQ(home.binding_count(network.now()), 1U);
    EXPECT_EQ(carrier.binding_count(network.now()), 1U);
    outside.send(kPublic, external, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(inside.received().at(0).datagram.to, kInsideEndpoint);
    // The carrier lets everybody in, the home does not.
    outside.send({kPublic.address, 1}, external, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(network.transmissions().back().fate, Fate::kFiltered);
}

TEST_F(Carrier, TurnsBackBetweenHomes) {
    const Endpoint one = external_of(inside);
    const Endpoint other = external_of(other_inside);
    inside.send(kInsideEndpoint, other, kPayload);
    network.run_for(seconds{1});
    EXPECT_TRUE(other_inside.received().empty());
    other_inside.send(kInsideEndpoint, one, kPayload);
    network.run_for(seconds{1});
    ASSERT_EQ(inside.received().size(), 1U);
    EXPECT_EQ(inside.received()[0].datagram.from, other);
}

// The inside of a NAT is a network of its own.
TEST_F(Carrier, NeighboursNeedNoNat) {
    const Endpoint there{Ipv4Address{192, 168, 1, 3}, 40000};
    inside.send(kInsideEndpoint, there, kPayload);
    other_inside.send(kInsideEndpoint, there, kPayload);
    network.run_for(seconds{1});
    ASSERT_EQ(neighbour.received().size(), 1U);
    EXPECT_EQ(neighbour.received()[0].datagram.from, kInsideEndpoint);
    EXPECT_EQ(network.transmissions()[1].fate, Fate::kNoRoute);
    EXPECT_EQ(home.binding_count(network.now()), 0U);
}

TEST_F(Carrier, IsReachedAtItsNewAddress) {
    constexpr Ipv4Address kLater{95, 1, 2, 1};
    const Endpoint before = external_of(inside);
    network.renumber(carrier, kLater);
    outside.send(kPublic, before, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(network.transmissions().back().fate, Fate::kNoRoute);
    const Endpoint after = external_of(inside);
    EXPECT_EQ(after.address, kLater);
    outside.send(kPublic, after, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(inside.received().size(), 1U);
}

TEST_F(Carrier, HasNoPortForEverybody) {
    NatBehaviour small = hairpinning;
    small.first_port = small.last_port = 5000;
    Nat full{small, Ipv4Address{95, 1, 3, 1}, random};
    PlainHost one{network};
    PlainHost other{network};
    const Endpoint second{Ipv4Address{192, 168, 1, 3}, 1};
    network.attach(one, {kInside}, Link{}, &full);
    network.attach(other, {second.address}, Link{}, &full);
    one.send(kInsideEndpoint, kPublic, kPayload);
    other.send(second, kPublic, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(network.transmissions()[0].fate, Fate::kDelivered);
    EXPECT_EQ(network.transmissions()[1].fate, Fate::kNoBinding);
}

// Nobody checks what a sender calls itself; answers go to whom the address belongs to.
TEST_F(NetworkTest, SourcesCanBeSpoofed) {
    PlainHost attacker{network};
    PlainHost victim{network};
    const Endpoint spoofed{Ipv4Address{96, 1, 0, 1}, 53};
    network.attach(attacker, {Ipv4Address{97, 1, 0, 1}}, Link{});
    network.attach(victim, {spoofed.address}, Link{});
    attacker.send(spoofed, kPublic, kPayload);
    network.run_for(seconds{1});
    ASSERT_EQ(outside.received().size(), 1U);
    EXPECT_EQ(outside.received()[0].datagram.from, spoofed);
    EXPECT_EQ(network.transmissions()[0].sender, &attacker);
    outside.send(kPublic, spoofed, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(victim.received().size(), 1U);
    EXPECT_TRUE(attacker.received().empty());
    // Also as somebody behind a NAT to a mapping of theirs: only those who know it get in.
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    attacker.send(kPublic, outside.received().back().datagram.from, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(inside.received().size(), 1U);
}

TEST_F(NetworkTest, ASuspendedHostIsNotCalled) {
    const Instant start = network.now();
    outside.ring_at(start + seconds{1});
    network.set_suspended(outside, true);
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{5});
    EXPECT_TRUE(outside.rings().empty());
    EXPECT_EQ(last_fate(), Fate::kDisconnected);
    network.set_suspended(outside, false);
    network.run_for(seconds{5});
    EXPECT_EQ(outside.rings(), std::vector{start + seconds{5}});
}

// Another host may take its place, behind another NAT too.
TEST_F(NetworkTest, ADetachedHostIsGone) {
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(milliseconds{5});
    network.detach(outside);
    network.run_for(seconds{1});
    EXPECT_EQ(last_fate(), Fate::kDisconnected);
    EXPECT_THROW(outside.send(kPublic, kInsideEndpoint, kPayload), std::logic_error);
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(last_fate(), Fate::kNoRoute);

    PlainHost next{network};
    network.attach(next, {kPublic.address}, Link{});
    network.attach(outside, {Ipv4Address{192, 168, 1, 3}}, Link{}, &nat);
    inside.send(kInsideEndpoint, kPublic, kPayload);
    network.run_for(seconds{1});
    EXPECT_EQ(next.received().size(), 1U);
    EXPECT_EQ(network.nat_of(outside), &nat);
}

TEST_F(NetworkTest, WhatAHostHasPlannedEndsWithIt) {
    int done = 0;
    network.schedule_for(outside, seconds{1}, [&] { ++done; });
    network.schedule_for(outside, seconds{3}, [&] { ++done; });
    network.run_for(seconds{2});
    network.detach(outside);
    network.run_for(seconds{2});
    EXPECT_EQ(done, 1);
}

TEST_F(NetworkTest, NobodySharesAnAddress) {
    PlainHost other{network};
    EXPECT_THROW(network.attach(other, {kPublic.address}, Link{}), std::logic_error);
    PlainHost another{network};
    EXPECT_THROW(network.attach(another, {kOutside}, Link{}), std::logic_error);
    EXPECT_THROW(network.attach(inside, {}, Link{}), std::logic_error);
}

// A deadline that something else than its own handlers set, while the network runs.
TEST_F(NetworkTest, AHostCanBeWoken) {
    const Instant start = network.now();
    network.schedule(seconds{1}, [&] { outside.ring_at(start + seconds{2}); });
    network.run_for(seconds{3});
    EXPECT_EQ(outside.rings(), std::vector{start + seconds{2}});
    inside.ring_at(start + seconds{4});
    bool was_told = false;
    EXPECT_TRUE(network.run_until(
        [&] {
            if (!inside.rings().empty() && !was_told) {
                was_told = true;
                outside.ring_at(start + seconds{5});
                network.wake(outside);
            }
            return outside.rings().size() == 2;
        },
        seconds{10}));
    EXPECT_EQ(network.now(), start + seconds{5});
}

// The same inputs, the same run, to the bit.
TEST(Determinism, TwoRunsAreEqual) {
    const auto run = [] {
        Network network;
        SeededRandom random{7};
        PlainHost outside{network};
        network.attach(outside, {kPublic.address}, Link{milliseconds{4}});
        Nat nat{behaviour_of(NatKind::kSymmetric).value(), kOutside, random};
        PlainHost inside{network};
        network.attach(inside, {kInside}, Link{milliseconds{3}}, &nat);
        for (std::uint16_t port = 1; port < 100; ++port) {
            inside.send(kInsideEndpoint, {kPublic.address, port}, kPayload);
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
