// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The NAT's behaviours by the sections of RFC 4787 that describe them.
#include "sim/nat.hpp"

#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "sim/oracle.hpp"
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

// The oracle: of the 25 ordered pairs of the five kinds, 22 can connect.
TEST(DirectPath, IsImpossibleWithSymmetricAndPortFiltering) {
    const auto is_possible = [](NatKind a, NatKind b) {
        return is_direct_path_possible(behaviour_of(a), behaviour_of(b));
    };
    int possible = 0;
    for (const NatKind a : kNatKinds) {
        for (const NatKind b : kNatKinds) {
            EXPECT_EQ(is_possible(a, b), is_possible(b, a));
            possible += is_possible(a, b) ? 1 : 0;
        }
    }
    EXPECT_EQ(possible, 22);
    EXPECT_FALSE(is_possible(NatKind::kSymmetric, NatKind::kSymmetric));
    EXPECT_FALSE(is_possible(NatKind::kSymmetric, NatKind::kPortRestricted));
    EXPECT_TRUE(is_possible(NatKind::kSymmetric, NatKind::kAddressRestricted));
}

}  // namespace
}  // namespace miredo::sim
