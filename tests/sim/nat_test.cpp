// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The NAT's behaviours by the sections of RFC 4787 that describe them.
#include "sim/nat.hpp"

#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "sim/seeded_random.hpp"

namespace miredo::sim {
namespace {

using std::chrono::seconds;

constexpr Ipv4Address kExternal{95, 1, 1, 1};
constexpr Endpoint kInternal{Ipv4Address{192, 168, 1, 2}, 40000};
constexpr Endpoint kPeer{Ipv4Address{93, 1, 0, 1}, 3544};
constexpr Endpoint kSameAddress{kPeer.address, 3545};
constexpr Endpoint kOtherAddress{Ipv4Address{94, 1, 0, 1}, 3544};
constexpr Instant kStart{seconds{1}};

struct NatTest : testing::Test {
    SeededRandom random{1};
    Nat make(NatKind kind) { return {behaviour_of(kind).value(), kExternal, random}; }
    Nat make(const NatBehaviour& behaviour) { return {behaviour, kExternal, random}; }
    static Endpoint out(Nat& nat, Instant now, Endpoint internal, Endpoint to) {
        return nat.translate_outbound(now, internal, to).value();
    }
};

// RFC 4787 §4.1, REQ-1: endpoint-independent mapping.
TEST_F(NatTest, AnEndpointIndependentMappingIsTheSameForAllDestinations) {
    for (const NatKind kind :
         {NatKind::kFullCone, NatKind::kAddressRestricted, NatKind::kPortRestricted}) {
        Nat nat = make(kind);
        const Endpoint external = out(nat, kStart, kInternal, kPeer);
        EXPECT_EQ(external.address, kExternal);
        EXPECT_EQ(out(nat, kStart, kInternal, kSameAddress), external);
        EXPECT_EQ(out(nat, kStart, kInternal, kOtherAddress), external);
    }
}

TEST_F(NatTest, AnEndpointDependentMappingIsAnotherForEachDestination) {
    Nat nat = make(NatKind::kSymmetric);
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_EQ(out(nat, kStart, kInternal, kPeer), external);
    std::set<Endpoint> all{external,
                           out(nat, kStart, kInternal, kSameAddress),
                           out(nat, kStart, kInternal, kOtherAddress)};
    EXPECT_EQ(all.size(), 3U);
}

TEST_F(NatTest, InternalEndpointsDoNotShareAMapping) {
    Nat nat = make(NatKind::kFullCone);
    const Endpoint first = out(nat, kStart, kInternal, kPeer);
    EXPECT_NE(out(nat, kStart, {kInternal.address, 40001}, kPeer), first);
    EXPECT_NE(out(nat, kStart, {Ipv4Address{192, 168, 1, 3}, 40000}, kPeer), first);
}

// RFC 4787 §5: who gets in after one datagram to kPeer.
struct Admission {
    NatKind kind;
    bool same_address;
    bool other_address;
};
struct NatFiltering : NatTest, testing::WithParamInterface<Admission> {};

TEST_P(NatFiltering, AdmitsWhomItShould) {
    Nat nat = make(GetParam().kind);
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_EQ(nat.translate_inbound(kStart, kPeer, external), kInternal);
    EXPECT_EQ(nat.translate_inbound(kStart, kSameAddress, external).has_value(),
              GetParam().same_address);
    EXPECT_EQ(nat.translate_inbound(kStart, kOtherAddress, external).has_value(),
              GetParam().other_address);
}

TEST_P(NatFiltering, KnowsNobodyWithoutAMapping) {
    Nat nat = make(GetParam().kind);
    EXPECT_EQ(nat.translate_inbound(kStart, kPeer, {kExternal, 40000}), std::nullopt);
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_EQ(nat.translate_inbound(kStart, kPeer, {Ipv4Address{95, 1, 1, 2}, external.port}),
              std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Rfc4787,
                         NatFiltering,
                         testing::Values(Admission{NatKind::kFullCone, true, true},
                                         Admission{NatKind::kAddressRestricted, true, false},
                                         Admission{NatKind::kPortRestricted, false, false},
                                         Admission{NatKind::kSymmetric, false, false}));

TEST_F(NatTest, ASymmetricMappingIsOpenToItsOwnDestinationOnly) {
    Nat nat = make(NatKind::kSymmetric);
    const Endpoint to_peer = out(nat, kStart, kInternal, kPeer);
    const Endpoint to_other = out(nat, kStart, kInternal, kOtherAddress);
    EXPECT_EQ(nat.translate_inbound(kStart, kOtherAddress, to_other), kInternal);
    EXPECT_EQ(nat.translate_inbound(kStart, kOtherAddress, to_peer), std::nullopt);
}

// RFC 4787 §4.3, REQ-5 and REQ-6: a binding ends `timeout` after the last outbound datagram.
TEST_F(NatTest, ABindingEndsWithItsTimeout) {
    Nat nat = make(NatKind::kFullCone);
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    const Duration timeout = nat.behaviour().timeout;
    EXPECT_TRUE(nat.translate_inbound(kStart + timeout - seconds{1}, kPeer, external));
    EXPECT_FALSE(nat.translate_inbound(kStart + timeout, kPeer, external));
    EXPECT_NE(out(nat, kStart + timeout, kInternal, kPeer), external);
}

TEST_F(NatTest, OutboundDatagramsKeepABindingAndInboundOnesDoNot) {
    Nat nat = make(NatKind::kPortRestricted);
    const Duration timeout = nat.behaviour().timeout;
    const Instant later = kStart + timeout - seconds{1};
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_TRUE(nat.translate_inbound(later, kPeer, external));
    EXPECT_FALSE(nat.translate_inbound(kStart + timeout, kPeer, external));

    const Endpoint kept = out(nat, kStart + timeout, kInternal, kPeer);
    EXPECT_EQ(out(nat, later + timeout, kInternal, kPeer), kept);
    EXPECT_TRUE(nat.translate_inbound(kStart + 2 * timeout, kPeer, kept));
}

TEST_F(NatTest, APermissionEndsBeforeABindingThatOthersKeep) {
    Nat nat = make(NatKind::kPortRestricted);
    const Duration timeout = nat.behaviour().timeout;
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_EQ(out(nat, kStart + timeout / 2, kInternal, kOtherAddress), external);
    EXPECT_TRUE(nat.translate_inbound(kStart + timeout, kOtherAddress, external));
    EXPECT_FALSE(nat.translate_inbound(kStart + timeout, kPeer, external));
}

TEST_F(NatTest, RebindingGivesAnotherPortAndClosesTheOldOne) {
    Nat nat = make(NatKind::kFullCone);
    const Endpoint before = out(nat, kStart, kInternal, kPeer);
    nat.rebind();
    EXPECT_EQ(nat.translate_inbound(kStart, kPeer, before), std::nullopt);
    EXPECT_NE(out(nat, kStart, kInternal, kPeer), before);
}

// RFC 4787 §4.1: address-dependent mapping is between the two.
TEST_F(NatTest, AnAddressDependentMappingIsTheSameForAllPortsOfAnAddress) {
    Nat nat = make(NatBehaviour{Mapping::kAddressDependent});
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_EQ(out(nat, kStart, kInternal, kSameAddress), external);
    EXPECT_NE(out(nat, kStart, kInternal, kOtherAddress), external);
}

// Mappings and filterings are independent of each other: a mapping that depends on the destination
// may be open to anybody.
TEST_F(NatTest, AnyMappingGoesWithAnyFiltering) {
    for (const Mapping mapping : kMappings) {
        for (const Filtering filtering : kFilterings) {
            Nat nat = make(NatBehaviour{mapping, filtering});
            const Endpoint external = out(nat, kStart, kInternal, kPeer);
            EXPECT_EQ(nat.translate_inbound(kStart, kPeer, external), kInternal);
            EXPECT_EQ(nat.translate_inbound(kStart, kSameAddress, external).has_value(),
                      filtering != Filtering::kAddressAndPortDependent);
            EXPECT_EQ(nat.translate_inbound(kStart, kOtherAddress, external).has_value(),
                      filtering == Filtering::kEndpointIndependent);
        }
    }
}

// RFC 4787 §4.2.1.
TEST_F(NatTest, PortsArePreservedWhereTheyAreFree) {
    NatBehaviour behaviour;
    behaviour.ports = PortAssignment::kPreserving;
    Nat nat = make(behaviour);
    EXPECT_EQ(out(nat, kStart, kInternal, kPeer).port, kInternal.port);
    const Endpoint other{Ipv4Address{192, 168, 1, 3}, kInternal.port};
    EXPECT_EQ(out(nat, kStart, other, kPeer).port, kInternal.port + 1);
    EXPECT_EQ(out(nat, kStart, {other.address, 53}, kPeer).port, behaviour.first_port);
    // What has ended makes room, and a restart gives the same ports again.
    EXPECT_EQ(out(nat, kStart + behaviour.timeout, other, kPeer).port, kInternal.port);
    nat.rebind();
    EXPECT_EQ(out(nat, kStart, kInternal, kPeer).port, kInternal.port);
}

TEST_F(NatTest, SequentialPortsFollowEachOther) {
    NatBehaviour behaviour{Mapping::kAddressAndPortDependent};
    behaviour.ports = PortAssignment::kSequential;
    behaviour.first_port = 2000;
    behaviour.last_port = 2003;
    Nat nat = make(behaviour);
    std::set<std::uint16_t> seen;
    std::uint32_t before = out(nat, kStart, kInternal, kPeer).port;
    seen.insert(static_cast<std::uint16_t>(before));
    for (std::uint16_t port = 1; port < 4; ++port) {
        const std::uint16_t next = out(nat, kStart, kInternal, {kPeer.address, port}).port;
        EXPECT_EQ(next, before == 2003 ? 2000 : before + 1);
        seen.insert(next);
        before = next;
    }
    EXPECT_EQ(seen.size(), 4U);
}

// RFC 4787 REQ-3: never two bindings with one external endpoint, so that ports may run out.
TEST_F(NatTest, WithoutAFreePortThereIsNoBinding) {
    for (const auto ports :
         {PortAssignment::kRandom, PortAssignment::kPreserving, PortAssignment::kSequential}) {
        NatBehaviour behaviour{Mapping::kAddressAndPortDependent};
        behaviour.ports = ports;
        behaviour.first_port = 3000;
        behaviour.last_port = 3007;
        Nat nat = make(behaviour);
        std::set<Endpoint> all;
        for (std::uint16_t port = 1; port <= 8; ++port) {
            all.insert(out(nat, kStart, kInternal, {kPeer.address, port}));
        }
        EXPECT_EQ(all.size(), 8U);
        EXPECT_EQ(nat.translate_outbound(kStart, kInternal, kOtherAddress), std::nullopt);
        EXPECT_TRUE(nat.translate_outbound(kStart + behaviour.timeout, kInternal, kOtherAddress));
        EXPECT_EQ(nat.binding_count(kStart + behaviour.timeout), 1U);
    }
}

// RFC 4787 §4.3: what prolongs a binding. After 80 s one datagram goes out or comes in; at 160 s
// the binding of 120 s is there where that one counted.
TEST_F(NatTest, WhatRefreshesABinding) {
    const auto is_prolonged = [this](const NatBehaviour& behaviour, bool by_outbound) {
        Nat nat = make(behaviour);
        const Endpoint external = out(nat, kStart, kInternal, kPeer);
        if (by_outbound) {
            EXPECT_EQ(out(nat, kStart + seconds{80}, kInternal, kPeer), external);
        } else {
            EXPECT_TRUE(nat.translate_inbound(kStart + seconds{80}, kPeer, external));
        }
        return nat.translate_inbound(kStart + seconds{160}, kPeer, external).has_value();
    };
    for (const Filtering filtering : kFilterings) {
        NatBehaviour behaviour{Mapping::kEndpointIndependent, filtering};
        for (const Refresh refresh : {Refresh::kOutbound, Refresh::kInbound, Refresh::kBoth}) {
            behaviour.refresh = refresh;
            EXPECT_EQ(is_prolonged(behaviour, true), refresh != Refresh::kInbound);
            EXPECT_EQ(is_prolonged(behaviour, false), refresh != Refresh::kOutbound);
        }
    }
}

// A stranger that is not let in prolongs nothing.
TEST_F(NatTest, WhatIsFilteredRefreshesNothing) {
    NatBehaviour behaviour{Mapping::kEndpointIndependent, Filtering::kAddressDependent};
    behaviour.refresh = Refresh::kBoth;
    Nat nat = make(behaviour);
    const Endpoint external = out(nat, kStart, kInternal, kPeer);
    EXPECT_FALSE(nat.translate_inbound(kStart + seconds{80}, kOtherAddress, external));
    EXPECT_FALSE(nat.translate_inbound(kStart + seconds{160}, kPeer, external));
}

// RFC 4787 §4.1, REQ-2.
TEST_F(NatTest, PairedPoolingKeepsAHostOnOneAddress) {
    NatBehaviour behaviour{Mapping::kAddressAndPortDependent};
    behaviour.addresses = 4;
    Nat nat = make(behaviour);
    std::set<Ipv4Address> all;
    for (std::uint8_t host = 2; host < 10; ++host) {
        const Ipv4Address internal{192, 168, 1, host};
        const Ipv4Address external = out(nat, kStart, {internal, 1}, kPeer).address;
        EXPECT_TRUE(nat.is_external(external));
        all.insert(external);
        for (std::uint16_t port = 2; port < 10; ++port) {
            EXPECT_EQ(out(nat, kStart, {internal, port}, {kPeer.address, port}).address, external);
        }
    }
    EXPECT_EQ(all.size(), 4U);
    EXPECT_FALSE(nat.is_external(Ipv4Address{95, 1, 1, 5}));
    EXPECT_FALSE(nat.is_external(Ipv4Address{95, 1, 1, 0}));
}

TEST_F(NatTest, ArbitraryPoolingSpreadsAHostOverAllAddresses) {
    NatBehaviour behaviour{Mapping::kAddressAndPortDependent};
    behaviour.addresses = 8;
    behaviour.pooling = Pooling::kArbitrary;
    Nat nat = make(behaviour);
    std::set<Ipv4Address> all;
    for (std::uint16_t port = 1; port < 200; ++port) {
        const Endpoint external = out(nat, kStart, kInternal, {kPeer.address, port});
        EXPECT_EQ(nat.translate_inbound(kStart, {kPeer.address, port}, external), kInternal);
        all.insert(external.address);
    }
    EXPECT_EQ(all.size(), 8U);
}

TEST_F(NatTest, RenumberingEndsAllBindings) {
    constexpr Ipv4Address kLater{95, 1, 2, 1};
    Nat nat = make(NatKind::kFullCone);
    const Endpoint before = out(nat, kStart, kInternal, kPeer);
    nat.renumber(kLater);
    EXPECT_EQ(nat.translate_inbound(kStart, kPeer, before), std::nullopt);
    EXPECT_EQ(out(nat, kStart, kInternal, kPeer).address, kLater);
}

// Ended bindings and permissions do not stay for ever.
TEST_F(NatTest, TheTableStaysSmall) {
    for (const NatKind kind : {NatKind::kPortRestricted, NatKind::kSymmetric}) {
        Nat nat = make(kind);
        for (int second = 0; second < 10'000; ++second) {
            const Endpoint to{Ipv4Address{0x5D000000U + static_cast<std::uint32_t>(second)}, 1};
            ASSERT_TRUE(nat.translate_outbound(kStart + seconds{second}, kInternal, to));
        }
        EXPECT_LE(nat.binding_count(kStart + seconds{10'000}), 120U);
    }
}

TEST_F(NatTest, BehavioursHaveNames) {
    NatBehaviour behaviour{Mapping::kAddressDependent, Filtering::kAddressAndPortDependent};
    EXPECT_EQ(to_string(behaviour), "adm/apdf/random/no-hairpin/120s-out");
    behaviour.addresses = 8;
    behaviour.pooling = Pooling::kArbitrary;
    behaviour.ports = PortAssignment::kSequential;
    behaviour.hairpinning = Hairpinning::kInternalSource;
    behaviour.refresh = Refresh::kBoth;
    EXPECT_EQ(to_string(behaviour), "adm/apdf/sequential/hairpin-internal/120s-both/8-arbitrary");
}

}  // namespace
}  // namespace miredo::sim
