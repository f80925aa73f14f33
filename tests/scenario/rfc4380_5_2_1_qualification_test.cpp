// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.2.1, Qualification procedure, as RFC 5991 §3.2 leaves it: no cone phase.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/fake_server.hpp"
#include "scenario/names.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Endpoint kSecondary{Internet::kSecondServer, wire::kTeredoPort};
constexpr Duration kRoundTrip = milliseconds{20};

// "the client will send a Router Solicitation message" to the server's address and port 3544, from
// the service port; source link-local, destination the all-routers address.
TEST(Rfc4380Section521, TheFirstDatagramIsASolicitationToThePrimary) {
    conformance::shows("Q1", "Q2", "Q3");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    internet.run_for(Duration::zero());
    const auto sent = sent_by(internet.network(), client);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].kind, Kind::kSolicitation);
    EXPECT_EQ(sent[0].to, kPrimary);
    EXPECT_EQ(sent[0].from, client.sockets().primary);
    const wire::TeredoDatagram teredo = sent[0].teredo();
    EXPECT_TRUE(wire::is_valid_router_solicitation(teredo.packet));
    EXPECT_TRUE(teredo.packet.source().is_link_local());
    EXPECT_EQ(teredo.packet.destination(), wire::kAllRouters);
    EXPECT_EQ(teredo.packet.hop_limit(), 255U);
    // RFC 4380 §5.2.2: with a nonce.
    EXPECT_TRUE(teredo.authentication.has_value());
    EXPECT_FALSE(teredo.origin.has_value());
}

// RFC 5991 §3.2: the cone bit is not set, in no solicitation.
TEST(Rfc4380Section521, NoSolicitationHasTheConeBit) {
    conformance::shows("Q4");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    internet.network().set_connected(internet.server(), false);
    internet.run_for(seconds{120});
    internet.network().set_connected(internet.server(), true);
    internet.run_for(seconds{120});
    const auto solicitations = of_kind(sent_by(internet.network(), client), Kind::kSolicitation);
    EXPECT_GT(solicitations.size(), 8U);
    for (const Observation& sent : solicitations) {
        EXPECT_FALSE(wire::has_cone_bit(sent.teredo().packet.source()));
    }
}

// RFC 4380 §4 and §5.2.1: the address is the server's prefix, flags, and the mapping that the
// primary saw.
struct QualificationBehind : testing::TestWithParam<NatKind> {};

TEST_P(QualificationBehind, GivesTheAddressOfTheMappingThePrimarySaw) {
    conformance::shows("Q20", "Q21", "W3", "W4");
    Internet internet;
    ClientHost& client = internet.add_client(GetParam());
    const Instant start = internet.network().now();
    ASSERT_TRUE(internet.run_until_qualified());
    EXPECT_EQ(internet.network().now(), start + kRoundTrip);

    const auto address = wire::TeredoAddress::parse(client.address().value());
    ASSERT_TRUE(address.has_value());
    EXPECT_EQ(address->server, Internet::kServer);
    EXPECT_EQ(address->mapped, to(sent_by(internet.network(), client), kPrimary).at(0).from);
    // RFC 5991 §3.1: nothing but the twelve random bits.
    EXPECT_EQ(address->flags & ~wire::kRandomFlags, 0);

    // Once is enough: the answer of the secondary changes nothing about the address.
    internet.run_for(seconds{20});
    EXPECT_EQ(client.address_history().size(), 1U);
}

// "the client will then send another Router Solicitation to a secondary Teredo server" and compare
// the two origins; with symmetric NAT support (RFC 6081 §5.2) it is qualified all the same.
TEST_P(QualificationBehind, ComparesTheOriginsOfPrimaryAndSecondary) {
    conformance::shows("Q16", "Q17", "Q18", "Q19");
    Internet internet;
    ClientHost& client = internet.add_client(GetParam());
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{1});
    const auto asked = to(sent_by(internet.network(), client), kSecondary);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].kind, Kind::kSolicitation);
    EXPECT_EQ(client.role().status().state, teredo::ClientState::kQualified);
    EXPECT_EQ(client.role().status().nat_type,
              GetParam() == NatKind::kSymmetric ? teredo::NatType::kSymmetric
                                                : teredo::NatType::kConeOrRestricted);
}

INSTANTIATE_TEST_SUITE_P(Kinds, QualificationBehind, testing::ValuesIn(sim::kNatKinds), kind_name);

// A server on one address: the secondary is asked three times, and the client is qualified.
TEST(Rfc4380Section521, ASilentSecondaryLeavesTheTypeUnknown) {
    Internet internet;
    auto settings = Internet::client_settings();
    settings.server->secondary = Ipv4Address{93, 1, 0, 99};
    ClientHost& client = internet.add_client(NatKind::kPortRestricted, settings);
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{60});
    EXPECT_EQ(to(sent_by(internet.network(), client), {Ipv4Address{93, 1, 0, 99}, 3544}).size(),
              kSecondaryTries);
    EXPECT_EQ(client.role().status().state, teredo::ClientState::kQualified);
    EXPECT_EQ(client.role().status().nat_type, teredo::NatType::kUnknown);
}

// The document's departure from "after 4 s, three times, then off-line": gaps of 1, 2, 4, 4, 8, 8 …
// up to 30 s, ± 10 %, for as long as nobody answers.
TEST(Rfc4380Section521, ASilentServerIsAskedAgainWithGrowingGaps) {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    internet.network().set_connected(internet.server(), false);
    const Instant start = internet.network().now();
    internet.run_for(seconds{600});
    const auto times =
        times_since(of_kind(sent_by(internet.network(), client), Kind::kSolicitation), start);
    ASSERT_GT(times.size(), 20U);
    EXPECT_EQ(times[0], Duration::zero());
    const std::vector<Duration> first{seconds{1}, seconds{2}, seconds{4}, seconds{4}, seconds{8}};
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        const Duration gap = times[i + 1] - times[i];
        EXPECT_LE(gap, kLongestSolicitationGap);
        if (i < first.size()) {
            EXPECT_GE(gap, first[i] * 9 / 10);
            EXPECT_LE(gap, first[i] * 11 / 10);
        } else {
            EXPECT_GE(gap, seconds{8} * 9 / 10);
        }
    }
    EXPECT_GE(times.back() - times[times.size() - 2], kLongestSolicitationGap * 9 / 11);
    EXPECT_EQ(client.address(), std::nullopt);
}

TEST(Rfc4380Section521, AfterThreeUnansweredSolicitationsTheReasonIsNoReply) {
    conformance::shows("Q6");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    internet.network().set_connected(internet.server(), false);
    ASSERT_TRUE(internet.run_until(
        [&] { return client.role().status().reason == teredo::StateReason::kNoReply; },
        seconds{60}));
    EXPECT_EQ(client.role().status().state, teredo::ClientState::kQualifying);
    EXPECT_GE(sent_by(internet.network(), client).size(), kUnansweredLimit);

    // And it heals by itself.
    internet.network().set_connected(internet.server(), true);
    ASSERT_TRUE(internet.run_until_qualified(kLongestSolicitationGap));
    EXPECT_EQ(client.role().status().reason, teredo::StateReason::kNone);
}

// RFC 4380 §7.2.1: nonces can't be guessed; in particular none is used twice.
TEST(Rfc4380Section521, EverySolicitationHasANonceOfItsOwn) {
    conformance::shows("Q36");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    internet.run_for(std::chrono::minutes{30});
    std::set<std::uint64_t> nonces;
    const auto solicitations = of_kind(sent_by(internet.network(), client), Kind::kSolicitation);
    for (const Observation& sent : solicitations) {
        nonces.insert(sent.teredo().authentication.value().nonce);
    }
    EXPECT_GT(solicitations.size(), 50U);
    EXPECT_EQ(nonces.size(), solicitations.size());
}

// "If no valid Router Advertisement is received": what makes one invalid, one thing at a time, from
// a server that does everything else right.
struct Refusal {
    const char* name;
    const char* statement;
    void (*spoil)(AdvertisementPlan& plan);
};
struct InvalidAdvertisement : testing::TestWithParam<Refusal> {
    Internet internet;  // for its network; the server is ours
    FakeServer server{internet.network(), {Ipv4Address{93, 2, 0, 1}, wire::kTeredoPort}};

    ClientHost& add_client() {
        auto settings = Internet::client_settings();
        settings.server = teredo::ServerAddresses{server.endpoint().address, std::nullopt};
        return internet.add_client(NatKind::kNone, settings);
    }
};

TEST_P(InvalidAdvertisement, IsIgnored) {
    conformance::shows(GetParam().statement, "T-A4");
    GetParam().spoil(server.plan());
    ClientHost& client = add_client();
    internet.run_for(seconds{10});
    EXPECT_GE(server.answers(), 3U);
    EXPECT_EQ(client.address(), std::nullopt);
    EXPECT_TRUE(client.stack().inbox().empty());

    // Unspoilt it is accepted: it was this that the client refused.
    server.plan() = {};
    EXPECT_TRUE(internet.run_until_qualified(seconds{30}));
}

INSTANTIATE_TEST_SUITE_P(
    OneThingWrong,
    InvalidAdvertisement,
    testing::Values(
        Refusal{"nonce", "Q7", [](AdvertisementPlan& p) { p.nonce_error = 1; }},
        Refusal{
            "no_authentication", "Q8", [](AdvertisementPlan& p) { p.has_authentication = false; }},
        Refusal{"no_origin", "Q9", [](AdvertisementPlan& p) { p.has_origin = false; }},
        Refusal{"private_origin",
                "Q22",
                [](AdvertisementPlan& p) {
                    p.origin = Endpoint{Ipv4Address{10, 0, 0, 1}, 40000};
                }},
        Refusal{"origin_port_0",
                "Q22",
                [](AdvertisementPlan& p) {
                    p.origin = Endpoint{Ipv4Address{95, 1, 1, 1}, 0};
                }},
        Refusal{"foreign_prefix",
                "Q11",
                [](AdvertisementPlan& p) {
                    p.prefix = Ipv6Address{0x20010db800000000U, 0};
                }},
        Refusal{"prefix_of_another_server",
                "Q12",
                [](AdvertisementPlan& p) {
                    p.prefix = Ipv6Address{0x200100005d02000aU, 0};
                }},
        Refusal{"prefix_length", "Q11", [](AdvertisementPlan& p) { p.prefix_length = 63; }},
        Refusal{"no_prefix", "Q10", [](AdvertisementPlan& p) { p.prefix_count = 0; }},
        Refusal{"two_prefixes", "Q10", [](AdvertisementPlan& p) { p.prefix_count = 2; }},
        Refusal{"destination",
                "Q13",
                [](AdvertisementPlan& p) {
                    p.destination = Ipv6Address{0xfe80000000000000U, 7};
                }},
        Refusal{"global_source",
                "Q14",
                [](AdvertisementPlan& p) {
                    p.source = Ipv6Address{0x2a00000100000000U, 7};
                }},
        Refusal{"hop_limit", "Q14", [](AdvertisementPlan& p) { p.hop_limit = 254; }},
        Refusal{"checksum", "Q14", [](AdvertisementPlan& p) { p.checksum_error = 1; }},
        Refusal{"code", "Q14", [](AdvertisementPlan& p) { p.code = 1; }},
        Refusal{
            "option_of_length_0", "Q14", [](AdvertisementPlan& p) { p.has_empty_option = true; }},
        Refusal{"truncated", "Q14", [](AdvertisementPlan& p) { p.is_truncated = true; }},
        Refusal{"mtu_below_1280", "T-A4", [](AdvertisementPlan& p) { p.mtu = 1279; }},
        Refusal{"another_port", "Q15", [](AdvertisementPlan& p) { p.from_port = 3545; }},
        Refusal{"another_address",
                "Q15",
                [](AdvertisementPlan& p) {
                    p.from_address = Ipv4Address{93, 2, 0, 9};
                }}),
    [](const testing::TestParamInfo<Refusal>& refusal) { return std::string{refusal.param.name}; });

}  // namespace
}  // namespace miredo::scenario
