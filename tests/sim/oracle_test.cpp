// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The oracle against the table of RFC 6081 §3, against its own reasoning case by case, and against
// the engine: what must connect does, what must not does not.
#include "sim/oracle.hpp"

#include <array>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "sim/internet.hpp"

namespace miredo::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// RFC 6081 §3, the types without port prediction and UPnP, in its order; the last but one has one
// external address, the last one several.
enum Type : std::uint8_t {
    kCone,
    kAddressRestricted,
    kPortRestricted,
    kPortSymmetric,
    kAddressSymmetric
};
constexpr std::array kTypes{
    kCone, kAddressRestricted, kPortRestricted, kPortSymmetric, kAddressSymmetric};

NatBehaviour of_type(Type type) {
    NatBehaviour behaviour;
    switch (type) {
    case kCone:
        break;
    case kAddressRestricted:
        behaviour.filtering = Filtering::kAddressDependent;
        break;
    case kPortRestricted:
        behaviour.filtering = Filtering::kAddressAndPortDependent;
        break;
    case kAddressSymmetric:
        behaviour.addresses = 8;
        behaviour.pooling = Pooling::kArbitrary;
        [[fallthrough]];
    case kPortSymmetric:
        behaviour.mapping = Mapping::kAddressAndPortDependent;
        behaviour.filtering = Filtering::kAddressAndPortDependent;
        break;
    }
    return behaviour;
}

TEST(Oracle, AgreesWithTheTableOfRfc6081) {
    // The one "may" is a "no" of the RFC: by chance the pool may give the same address twice.
    constexpr std::array<std::string_view, 5> kTable{"yyyyy", "yyyym", "yyynn", "yynnn", "ymnnn"};
    const std::map<char, Verdict> verdicts{
        {'y', Verdict::kMust}, {'m', Verdict::kMay}, {'n', Verdict::kMustNot}};
    SeededRandom random{1};
    for (const Type a : kTypes) {
        for (const Type b : kTypes) {
            const Nat one{of_type(a), Ipv4Address{95, 1, 1, 1}, random};
            const Nat other{of_type(b), Ipv4Address{95, 1, 2, 1}, random};
            EXPECT_EQ(direct_path(&one, &other), verdicts.at(kTable[a][b])) << a << ' ' << b;
        }
    }
}

// Of the 25 ordered pairs of the five kinds, 22 can connect.
TEST(Oracle, KnowsTheFiveKinds) {
    const auto is_possible = [](NatKind a, NatKind b) {
        return is_direct_path_possible(behaviour_of(a), behaviour_of(b));
    };
    int possible = 0;
    for (const NatKind a : kNatKinds) {
        for (const NatKind b : kNatKinds) {
            possible += is_possible(a, b) ? 1 : 0;
        }
    }
    EXPECT_EQ(possible, 22);
    EXPECT_FALSE(is_possible(NatKind::kSymmetric, NatKind::kSymmetric));
    EXPECT_FALSE(is_possible(NatKind::kSymmetric, NatKind::kPortRestricted));
    EXPECT_FALSE(is_possible(NatKind::kPortRestricted, NatKind::kSymmetric));
}

// What NATs around each other do to the answer.
struct Nested : testing::Test {
    SeededRandom random{1};
    NatBehaviour cone;
    NatBehaviour port_restricted = of_type(kPortRestricted);
    NatBehaviour open_symmetric{Mapping::kAddressAndPortDependent};
    Nat peer{port_restricted, Ipv4Address{95, 1, 9, 1}, random};

    // Of a client behind `inner` behind `outer`, and one behind `peer`.
    [[nodiscard]] Verdict verdict(const NatBehaviour& inner, const NatBehaviour& outer) {
        Nat carrier{outer, Ipv4Address{95, 1, 1, 1}, random};
        const Nat home{inner, Ipv4Address{100, 64, 0, 1}, random, &carrier};
        return direct_path(&home, &peer);
    }
};

TEST_F(Nested, TheMostDependentMappingDecides) {
    EXPECT_EQ(verdict(cone, cone), Verdict::kMust);
    EXPECT_EQ(verdict(port_restricted, cone), Verdict::kMust);
    EXPECT_EQ(verdict(cone, port_restricted), Verdict::kMust);
    EXPECT_EQ(verdict(cone, open_symmetric), Verdict::kMustNot);
    EXPECT_EQ(verdict(open_symmetric, cone), Verdict::kMustNot);
}

TEST_F(Nested, BehindOneNatTheOutermostHasToHairpin) {
    for (const auto& [hairpinning, expected] :
         std::map<Hairpinning, Verdict>{{Hairpinning::kNo, Verdict::kMustNot},
                                        {Hairpinning::kYes, Verdict::kMust},
                                        {Hairpinning::kInternalSource, Verdict::kMustNot}}) {
        NatBehaviour behaviour = port_restricted;
        behaviour.hairpinning = hairpinning;
        Nat carrier{behaviour, Ipv4Address{95, 1, 1, 1}, random};
        Nat home{port_restricted, Ipv4Address{100, 64, 0, 1}, random, &carrier};
        Nat other_home{port_restricted, Ipv4Address{100, 64, 0, 2}, random, &carrier};
        EXPECT_EQ(direct_path(&carrier, &carrier), expected);
        EXPECT_EQ(direct_path(&home, &home), expected);
        EXPECT_EQ(direct_path(&home, &other_home), expected);
        EXPECT_EQ(direct_path(&carrier, &home), expected);
        EXPECT_EQ(direct_path(&home, &peer), Verdict::kMust);
    }
}

// RFC 4380 §5.2.5: clients refresh every 30 s, so that shorter bindings come and go.
TEST_F(Nested, ShortBindingsAreNotReliedOn) {
    NatBehaviour hasty = cone;
    hasty.timeout = seconds{30};
    EXPECT_EQ(verdict(hasty, cone), Verdict::kMay);
    EXPECT_EQ(verdict(cone, hasty), Verdict::kMay);
    EXPECT_EQ(verdict(open_symmetric, hasty), Verdict::kMustNot);
    hasty.timeout = seconds{35};
    EXPECT_EQ(verdict(cone, hasty), Verdict::kMust);
}

// The inner NAT's filter knows of everything that went out through it, the outer one's only of what
// went through the same mapping of its own.
TEST_F(Nested, AFilterIsJudgedByTheMappingThatLeadsToIt) {
    const NatBehaviour by_address = {Mapping::kEndpointIndependent, Filtering::kAddressDependent};
    const NatBehaviour one_for_each_address = {Mapping::kAddressDependent,
                                               Filtering::kEndpointIndependent};
    Nat outer{one_for_each_address, Ipv4Address{95, 1, 1, 1}, random};
    const Nat home{by_address, Ipv4Address{100, 64, 0, 1}, random, &outer};
    const Nat symmetric{of_type(kPortSymmetric), Ipv4Address{95, 1, 8, 1}, random};
    EXPECT_EQ(direct_path(&home, &symmetric), Verdict::kMay);
    Nat inner_first{by_address, Ipv4Address{95, 1, 2, 1}, random};
    const Nat other_home{one_for_each_address, Ipv4Address{100, 64, 0, 2}, random, &inner_first};
    EXPECT_EQ(direct_path(&other_home, &symmetric), Verdict::kMustNot);
}

// RFC 6081 §3 in practice: an exchange succeeds within 3 s, or none does at all. The first packets
// may be lost where only one side has heard the other so far.
bool connects(Internet& internet, ClientHost& initiator, const ClientHost& responder) {
    const Ipv6Address peer = responder.address().value();
    constexpr std::uint16_t kPings = 12;
    for (std::uint16_t sequence = 1; sequence <= kPings; ++sequence) {
        initiator.ping(peer, sequence);
        if (internet.run_until(
                [&] { return initiator.stack().reply_from(peer, sequence).has_value(); },
                milliseconds{250})) {
            return true;
        }
    }
    return false;
}

void expect_verdict(Internet& internet, ClientHost& initiator, ClientHost& responder) {
    const Nat* const near = internet.network().nat_of(initiator);
    const Nat* const far = internet.network().nat_of(responder);
    const Verdict verdict = direct_path(near, far);
    EXPECT_EQ(verdict, direct_path(far, near));
    ASSERT_TRUE(internet.run_until_qualified());
    const bool is_connected = connects(internet, initiator, responder);
    if (verdict != Verdict::kMay) {
        EXPECT_EQ(is_connected, verdict == Verdict::kMust);
    }
}

TEST(OracleAndEngine, AgreeOnEveryPairOfMappingsAndFilters) {
    std::vector<std::optional<NatBehaviour>> all{std::nullopt};
    for (const Mapping mapping : kMappings) {
        for (const Filtering filtering : kFilterings) {
            all.emplace_back(NatBehaviour{mapping, filtering});
        }
    }
    for (const auto& a : all) {
        for (const auto& b : all) {
            SCOPED_TRACE((a ? to_string(*a) : "none") + " to " + (b ? to_string(*b) : "none"));
            Internet internet;
            ClientHost& one = internet.add_client_behind(a ? &internet.add_nat(*a) : nullptr);
            ClientHost& other = internet.add_client_behind(b ? &internet.add_nat(*b) : nullptr);
            expect_verdict(internet, one, other);
        }
    }
}

// Any values, up to three NATs around each other, some of them shared by the two.
class AnyNats {
  public:
    AnyNats(Internet& internet, std::uint64_t seed) : internet_{internet}, random_{seed} {}

    // The innermost NAT of a chain; some of those made before may be around it.
    Nat* chain() {
        Nat* nat = nullptr;
        if (!made_.empty() && one_of(2) == 0) {
            nat = made_[one_of(made_.size())];
        }
        for (std::size_t depth = one_of(nat == nullptr ? 4 : 2); depth > 0; --depth) {
            nat = &internet_.add_nat(behaviour(), nat);
            made_.push_back(nat);
            description_ += to_string(nat->behaviour()) + (depth > 1 ? " around " : "; ");
        }
        return nat;
    }
    [[nodiscard]] const std::string& description() const { return description_; }

  private:
    std::size_t one_of(std::size_t count) { return random_.uint32() % count; }
    template <typename Enum>
    Enum any() {
        return static_cast<Enum>(one_of(3));
    }
    NatBehaviour behaviour() {
        NatBehaviour behaviour;
        // Half of them let pairs connect.
        behaviour.mapping = one_of(2) == 0 ? Mapping::kEndpointIndependent : any<Mapping>();
        behaviour.filtering = any<Filtering>();
        behaviour.ports = any<PortAssignment>();
        behaviour.hairpinning = one_of(2) == 0 ? Hairpinning::kYes : any<Hairpinning>();
        behaviour.refresh = any<Refresh>();
        behaviour.timeout = seconds{10 + one_of(290)};
        behaviour.addresses = static_cast<std::uint8_t>(1 + one_of(8));
        behaviour.pooling = one_of(2) == 0 ? Pooling::kPaired : Pooling::kArbitrary;
        return behaviour;
    }

    Internet& internet_;
    SeededRandom random_;
    std::vector<Nat*> made_;
    std::string description_;
};

TEST(OracleAndEngine, AgreeOnAnyNatsAroundEachOther) {
    std::map<Verdict, int> verdicts;
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        Internet internet{{seed, {}, teredo::RelayMode::kCone}};
        AnyNats nats{internet, seed};
        ClientHost& one = internet.add_client_behind(nats.chain());
        ClientHost& other = internet.add_client_behind(nats.chain());
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + nats.description());
        ++verdicts[direct_path(internet.network().nat_of(one), internet.network().nat_of(other))];
        expect_verdict(internet, one, other);
    }
    // All three have been there, and not only now and then.
    EXPECT_GT(verdicts[Verdict::kMust], 20);
    EXPECT_GT(verdicts[Verdict::kMay], 10);
    EXPECT_GT(verdicts[Verdict::kMustNot], 20);
}

}  // namespace
}  // namespace miredo::sim
