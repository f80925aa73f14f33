// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How the client gets its address (RFC 4380 §5.2.1, RFC 5991). How it keeps and loses it is in
// maintenance_test.cpp.
#include <set>

#include "conformance/shows.hpp"
#include "unit/teredo/qualification_fixture.hpp"

namespace miredo::teredo {
namespace {

TEST_F(QualificationTest, solicits_first_of_all_without_cone_bit) {
    conformance::shows("Q2", "Q3", "Q4");
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kServerEndpoint);
    ASSERT_TRUE(sent_[0].is_solicitation());
    EXPECT_EQ(sent_[0].bytes.size(), 61U);
    EXPECT_EQ(sent_[0].packet().source(), wire::kClientLinkLocal);
    EXPECT_EQ(sent_[0].packet().hop_limit(), 255);
    EXPECT_TRUE(sent_[0].parsed().authentication.has_value());
    EXPECT_TRUE(events_.empty());
}

TEST_F(QualificationTest, learns_its_address_from_the_primary) {
    conformance::shows("Q20", "Q21");
    advertise();
    const auto learnt = events<AddressLearnt>();
    ASSERT_EQ(learnt.size(), 1U);
    EXPECT_EQ(learnt[0].mapped, kMapping);
    EXPECT_EQ(learnt[0].server, kServer);
    EXPECT_EQ(learnt[0].mtu, 1280);
    const auto address = wire::TeredoAddress::parse(learnt[0].address).value();
    EXPECT_EQ(address.server, kServer);
    EXPECT_EQ(address.mapped, kMapping);
    EXPECT_EQ(address.flags & ~wire::kRandomFlags, 0);  // no cone, z, U or G
    const auto states = events<StateChanged>();
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].state, ClientState::kQualified);
    EXPECT_EQ(client().status().address, learnt[0].address);
}

TEST_F(QualificationTest, measures_the_round_trip_of_the_solicitation_that_was_answered) {
    EXPECT_FALSE(client().status().server_rtt.has_value());
    const std::optional<std::uint64_t> first = last_nonce(kServerEndpoint);
    advance(std::chrono::milliseconds{1500});
    ASSERT_EQ(sent_.size(), 2U);
    Advertisement late;
    late.nonce = first;
    advertise(late);
    EXPECT_EQ(client().status().server_rtt, std::chrono::milliseconds{1500});
}

TEST_F(QualificationTest, retries_faster_at_first_and_for_ever) {
    const Instant start = now_;
    advance(minutes{5});
    const std::vector<int> expected{0, 1, 3, 7, 11, 19, 27, 35, 43, 51, 67, 97, 127};
    ASSERT_GT(sent_.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double at = std::chrono::duration<double>(sent_[i].at - start).count();
        EXPECT_NEAR(at, expected[i], 0.1 * expected[i] + 0.001) << i;
        EXPECT_EQ(sent_[i].to, kServerEndpoint);
    }
    for (std::size_t i = expected.size(); i < sent_.size(); ++i) {
        EXPECT_LE(sent_[i].at - sent_[i - 1].at, seconds{33});
    }
}

TEST_F(QualificationTest, says_no_reply_after_three_and_wants_the_name_again) {
    advance(seconds{6});
    EXPECT_TRUE(events_.empty());
    advance(seconds{2});
    const auto states = events<StateChanged>();
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].state, ClientState::kQualifying);
    EXPECT_EQ(states[0].reason, StateReason::kNoReply);
    EXPECT_EQ(events<ServerNameNeeded>().size(), 1U);
    advertise();
    EXPECT_EQ(client().status().state, ClientState::kQualified);
    EXPECT_EQ(client().status().reason, StateReason::kNone);
}

TEST_F(QualificationTest, says_rejected_where_answers_came_that_were_no_good) {
    Advertisement bad;
    bad.origin = std::nullopt;
    advertise(bad);
    advance(seconds{9});
    EXPECT_EQ(client().status().reason, StateReason::kRejected);
}

TEST_F(QualificationTest, does_not_say_rejected_for_forged_answers) {
    Advertisement forged;
    forged.nonce = 1;
    advertise(forged);
    advance(seconds{9});
    EXPECT_EQ(client().status().reason, StateReason::kNoReply);
}

TEST_F(QualificationTest, uses_each_nonce_once_and_draws_each_anew) {
    conformance::shows("Q36");
    advance(minutes{40});
    std::set<std::uint64_t> nonces;
    for (const Sent& sent : sent_) {
        nonces.insert(sent.parsed().authentication.value().nonce);
    }
    EXPECT_GT(nonces.size(), 80U);
    EXPECT_EQ(nonces.size(), sent_.size());
}

TEST_F(QualificationTest, accepts_a_slow_answer_to_an_earlier_solicitation) {
    const std::uint64_t first = last_nonce().value();
    advance(milliseconds{3500});
    Advertisement late;
    late.nonce = first;
    advertise(late);
    EXPECT_EQ(client().status().state, ClientState::kQualified);
}

TEST_F(QualificationTest, refuses_a_nonce_after_its_time) {
    conformance::shows("T-A3");
    const std::uint64_t first = last_nonce().value();
    advance(milliseconds{4500});
    events_.clear();
    Advertisement late;
    late.nonce = first;
    advertise(late);
    expect_refused(DropReason::kAdvertisementNonce);
}

TEST_F(QualificationTest, refuses_a_wrong_nonce) {
    conformance::shows("Q7", "T-A2");
    Advertisement wrong;
    wrong.nonce = last_nonce().value() + 1;
    advertise(wrong);
    expect_refused(DropReason::kAdvertisementNonce);
}

TEST_F(QualificationTest, refuses_no_authentication) {
    conformance::shows("Q8", "T-A1");
    receive(kServerEndpoint, make_advertisement({}));
    expect_refused(DropReason::kAdvertisementNonce);
}

TEST_F(QualificationTest, refuses_a_replay) {
    conformance::shows("T-A3");
    Advertisement advertisement;
    advertisement.nonce = last_nonce();
    const ByteVector datagram = make_advertisement(advertisement);
    receive(kServerEndpoint, datagram);
    const auto address = client().status().address;
    receive(kServerEndpoint, datagram);
    EXPECT_EQ(drops(DropReason::kAdvertisementUnexpected), 1U);
    EXPECT_EQ(client().status().address, address);
}

TEST_F(QualificationTest, refuses_other_addresses_and_ports) {
    conformance::shows("Q15");
    Advertisement advertisement;
    advertisement.nonce = last_nonce();
    for (const Endpoint from : {Endpoint{kServer, 3545}, kPeerServerEndpoint, kSecondaryEndpoint}) {
        receive(from, make_advertisement(advertisement));
    }
    EXPECT_EQ(drops(DropReason::kAdvertisementUnexpected), 3U);
    EXPECT_EQ(client().status().state, ClientState::kQualifying);
}

TEST_F(QualificationTest, refuses_no_origin) {
    conformance::shows("Q9");
    Advertisement bad;
    bad.origin = std::nullopt;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_an_origin_that_is_not_global_unicast) {
    conformance::shows("Q22", "T-A4");
    Advertisement bad;
    bad.origin = Endpoint{Ipv4Address{10, 0, 0, 1}, 4096};
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_an_origin_with_port_0) {
    conformance::shows("Q22", "T-A4");
    Advertisement bad;
    bad.origin = Endpoint{kMapping.address, 0};
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_the_server_itself_for_an_origin) {
    Advertisement bad;
    bad.origin = Endpoint{kServer, wire::kTeredoPort};
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_another_destination) {
    conformance::shows("Q13");
    Advertisement bad;
    bad.destination = address("fe80::1");
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_the_prefix_of_another_server) {
    conformance::shows("Q12", "T-A4");
    Advertisement bad;
    bad.prefix_server = kPeerServer;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_the_secondarys_prefix_from_the_primary) {
    conformance::shows("Q12");
    Advertisement bad;
    bad.prefix_server = kSecondary;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_an_mtu_below_1280) {
    conformance::shows("T-A4");
    Advertisement bad;
    bad.mtu = 1279;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_an_mtu_above_65535) {
    conformance::shows("T-A4");
    Advertisement bad;
    bad.mtu = 65536;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

// RFC 4861 §6.1.2 and RFC 4380 §5.2.1, byte by byte. The message starts at 40, its prefix option at
// 56 and its MTU option at 88.
TEST_F(QualificationTest, refuses_a_wrong_hop_limit) {
    conformance::shows("Q14");
    receive(kServerEndpoint, spoil(7, 254, false));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_wrong_checksum) {
    conformance::shows("Q14", "T-B10");
    receive(kServerEndpoint, spoil(45, 1, false));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_code) {
    conformance::shows("Q14");
    receive(kServerEndpoint, spoil(41, 1, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_source_that_is_not_link_local) {
    conformance::shows("Q14");
    receive(kServerEndpoint, spoil(8, 0x20, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_an_empty_option) {
    conformance::shows("Q14", "T-A4");
    receive(kServerEndpoint, spoil(89, 0, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_no_prefix) {
    conformance::shows("Q10", "T-A4");
    receive(kServerEndpoint, spoil(56, 200, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_another_prefix_length) {
    conformance::shows("T-A4");
    receive(kServerEndpoint, spoil(58, 32, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_prefix_that_is_not_teredo) {
    conformance::shows("Q11", "T-A4");
    receive(kServerEndpoint, spoil(75, 1, true));  // 2001:1::
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_an_advertisement_when_nothing_was_asked) {
    conformance::shows("T-A2");
    advertise();
    advertise({}, kSecondaryEndpoint);
    clear();
    Advertisement forged;
    forged.nonce = 1;
    forged.origin = kOtherMapping;
    advertise(forged);
    EXPECT_EQ(drops(DropReason::kAdvertisementUnexpected), 1U);
    EXPECT_TRUE(is_silent());
}

TEST_F(QualificationTest, takes_the_mtu_of_the_advertisement) {
    Advertisement advertisement;
    advertisement.mtu = 1472;
    advertise(advertisement);
    ASSERT_EQ(events<AddressLearnt>().size(), 1U);
    EXPECT_EQ(events<AddressLearnt>()[0].mtu, 1472);
    EXPECT_EQ(client().status().mtu, 1472);
}

// Secondary.
TEST_F(QualificationTest, asks_the_secondary_once_the_primary_has_answered) {
    conformance::shows("Q16");
    EXPECT_FALSE(last_nonce(kSecondaryEndpoint).has_value());
    advertise();
    EXPECT_TRUE(last_nonce(kSecondaryEndpoint).has_value());
    EXPECT_EQ(client().status().state, ClientState::kQualified);
    EXPECT_EQ(client().status().nat_type, NatType::kUnknown);
}

TEST_F(QualificationTest, sees_the_same_origin_twice_and_says_cone_or_restricted) {
    conformance::shows("Q17");
    advertise();
    advertise({}, kSecondaryEndpoint);
    ASSERT_EQ(events<NatTypeLearnt>().size(), 1U);
    EXPECT_EQ(events<NatTypeLearnt>()[0].type, NatType::kConeOrRestricted);
}

TEST_F(QualificationTest, sees_another_port_and_says_symmetric_and_stays_qualified) {
    conformance::shows("Q18", "Q19");
    advertise();
    Advertisement other;
    other.origin = Endpoint{kMapping.address, 4097};
    advertise(other, kSecondaryEndpoint);
    EXPECT_EQ(client().status().nat_type, NatType::kSymmetric);
    EXPECT_EQ(client().status().state, ClientState::kQualified);
    EXPECT_EQ(client().status().mapped, kMapping);
    EXPECT_EQ(events<AddressLearnt>().size(), 1U);
}

TEST_F(QualificationTest, accepts_either_servers_prefix_from_the_secondary) {
    advertise();
    Advertisement own_prefix;
    own_prefix.prefix_server = kSecondary;
    advertise(own_prefix, kSecondaryEndpoint);
    EXPECT_EQ(client().status().nat_type, NatType::kConeOrRestricted);
}

TEST_F(QualificationTest, says_unknown_after_three_silent_tries_of_the_secondary) {
    advertise();
    advance(seconds{13});
    int tries = 0;
    for (const Sent& sent : sent_) {
        tries += sent.to == kSecondaryEndpoint ? 1 : 0;
    }
    EXPECT_EQ(tries, 3);
    ASSERT_EQ(events<NatTypeLearnt>().size(), 1U);
    EXPECT_EQ(events<NatTypeLearnt>()[0].type, NatType::kUnknown);
    EXPECT_EQ(client().status().state, ClientState::kQualified);
}

TEST_F(QualificationTest, takes_the_next_address_as_secondary_where_none_is_configured) {
    ClientSettings settings = default_settings();
    settings.server->secondary.reset();
    use(settings);
    advance(Duration{0});
    advertise();
    EXPECT_TRUE(last_nonce({Ipv4Address{11, 0, 0, 2}, wire::kTeredoPort}).has_value());
}

}  // namespace
}  // namespace miredo::teredo
