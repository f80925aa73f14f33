// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How the client gets, keeps and loses its address (RFC 4380 §5.2.1 and §5.2.5, RFC 5991).
#include <set>

#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

class QualificationTest : public ClientTest {
  protected:
    // A first solicitation is out.
    void SetUp() override { advance(Duration{0}); }

    // From there to a quiet, qualified client.
    void qualify_more() {
        advertise();
        advertise({}, kSecondaryEndpoint);
        ASSERT_EQ(client().status().state, ClientState::kQualified);
        clear();
    }
    void expect_refused(DropReason reason) {
        EXPECT_EQ(drops(reason), 1U) << to_string(reason);
        EXPECT_EQ(client().status().state, ClientState::kQualifying);
        EXPECT_FALSE(client().status().address.has_value());
        EXPECT_TRUE(events_.empty());
    }
    // A good advertisement with one byte of its IPv6 packet changed and the checksum corrected.
    [[nodiscard]] ByteVector spoil(std::size_t offset, std::uint8_t value, bool fix_checksum) {
        Advertisement good;
        good.nonce = last_nonce();
        ByteVector datagram = make_advertisement(good);
        const std::size_t start = 13 + wire::kOriginSize;
        datagram[start + offset] = static_cast<std::byte>(value);
        if (fix_checksum) {
            const MutableBytes packet = MutableBytes{datagram}.subspan(start);
            const MutableBytes message = packet.subspan(wire::kIpv6HeaderSize);
            store_be16(message.subspan(2), 0);
            store_be16(message.subspan(2),
                       wire::pseudo_header_checksum(Ipv6Address::load(packet.subspan(8)),
                                                    Ipv6Address::load(packet.subspan(24)),
                                                    wire::kIcmpv6,
                                                    message));
        }
        return datagram;
    }
};

TEST_F(QualificationTest, solicits_first_of_all_without_cone_bit) {
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
    const std::uint64_t first = last_nonce().value();
    advance(milliseconds{4500});
    events_.clear();
    Advertisement late;
    late.nonce = first;
    advertise(late);
    expect_refused(DropReason::kAdvertisementNonce);
}

TEST_F(QualificationTest, refuses_a_wrong_nonce) {
    Advertisement wrong;
    wrong.nonce = last_nonce().value() + 1;
    advertise(wrong);
    expect_refused(DropReason::kAdvertisementNonce);
}

TEST_F(QualificationTest, refuses_no_authentication) {
    receive(kServerEndpoint, make_advertisement({}));
    expect_refused(DropReason::kAdvertisementNonce);
}

TEST_F(QualificationTest, refuses_a_replay) {
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
    Advertisement advertisement;
    advertisement.nonce = last_nonce();
    for (const Endpoint from : {Endpoint{kServer, 3545}, kPeerServerEndpoint, kSecondaryEndpoint}) {
        receive(from, make_advertisement(advertisement));
    }
    EXPECT_EQ(drops(DropReason::kAdvertisementUnexpected), 3U);
    EXPECT_EQ(client().status().state, ClientState::kQualifying);
}

TEST_F(QualificationTest, refuses_no_origin) {
    Advertisement bad;
    bad.origin = std::nullopt;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_an_origin_that_is_not_global_unicast) {
    Advertisement bad;
    bad.origin = Endpoint{Ipv4Address{10, 0, 0, 1}, 4096};
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_an_origin_with_port_0) {
    Advertisement bad;
    bad.origin = Endpoint{kMapping.address, 0};
    advertise(bad);
    expect_refused(DropReason::kAdvertisementOrigin);
}

TEST_F(QualificationTest, refuses_another_destination) {
    Advertisement bad;
    bad.destination = address("fe80::1");
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_the_prefix_of_another_server) {
    Advertisement bad;
    bad.prefix_server = kPeerServer;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_the_secondarys_prefix_from_the_primary) {
    Advertisement bad;
    bad.prefix_server = kSecondary;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_an_mtu_below_1280) {
    Advertisement bad;
    bad.mtu = 1279;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_an_mtu_above_65535) {
    Advertisement bad;
    bad.mtu = 65536;
    advertise(bad);
    expect_refused(DropReason::kAdvertisementInvalid);
}

// RFC 4861 §6.1.2 and RFC 4380 §5.2.1, byte by byte. The message starts at 40, its prefix option at
// 56 and its MTU option at 88.
TEST_F(QualificationTest, refuses_a_wrong_hop_limit) {
    receive(kServerEndpoint, spoil(7, 254, false));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_wrong_checksum) {
    receive(kServerEndpoint, spoil(45, 1, false));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_code) {
    receive(kServerEndpoint, spoil(41, 1, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_source_that_is_not_link_local) {
    receive(kServerEndpoint, spoil(8, 0x20, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_an_empty_option) {
    receive(kServerEndpoint, spoil(89, 0, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_no_prefix) {
    receive(kServerEndpoint, spoil(56, 200, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_another_prefix_length) {
    receive(kServerEndpoint, spoil(58, 32, true));
    expect_refused(DropReason::kAdvertisementInvalid);
}
TEST_F(QualificationTest, refuses_a_prefix_that_is_not_teredo) {
    receive(kServerEndpoint, spoil(75, 1, true));  // 2001:1::
    expect_refused(DropReason::kAdvertisementInvalid);
}

TEST_F(QualificationTest, refuses_an_advertisement_when_nothing_was_asked) {
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
    EXPECT_FALSE(last_nonce(kSecondaryEndpoint).has_value());
    advertise();
    EXPECT_TRUE(last_nonce(kSecondaryEndpoint).has_value());
    EXPECT_EQ(client().status().state, ClientState::kQualified);
    EXPECT_EQ(client().status().nat_type, NatType::kUnknown);
}

TEST_F(QualificationTest, sees_the_same_origin_twice_and_says_cone_or_restricted) {
    advertise();
    advertise({}, kSecondaryEndpoint);
    ASSERT_EQ(events<NatTypeLearnt>().size(), 1U);
    EXPECT_EQ(events<NatTypeLearnt>()[0].type, NatType::kConeOrRestricted);
}

TEST_F(QualificationTest, sees_another_port_and_says_symmetric_and_stays_qualified) {
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

// Maintenance.
TEST_F(QualificationTest, refreshes_within_75_to_100_percent_of_the_interval) {
    advertise();
    advertise({}, kSecondaryEndpoint);
    Duration shortest = std::chrono::hours{1};
    Duration longest{};
    Instant last = now_;
    for (int i = 0; i < 50; ++i) {
        clear();
        while (sent_.empty()) {
            advance(milliseconds{20});
        }
        ASSERT_TRUE(sent_[0].is_solicitation());
        shortest = std::min(shortest, sent_[0].at - last);
        longest = std::max(longest, sent_[0].at - last);
        advertise();
        last = now_;
        EXPECT_TRUE(events_.empty());  // nothing new: nothing said
    }
    EXPECT_GE(shortest, milliseconds{22480});
    EXPECT_LE(longest, seconds{30});
    EXPECT_GT(longest - shortest, seconds{3});
}

TEST_F(QualificationTest, refreshes_at_the_configured_interval) {
    ClientSettings settings = default_settings();
    settings.refresh_interval = seconds{10};
    use(settings);
    advance(Duration{0});
    advertise();
    advertise({}, kSecondaryEndpoint);
    clear();
    const Instant start = now_;
    advance(milliseconds{7490});
    EXPECT_TRUE(sent_.empty());
    while (sent_.empty() && now_ < start + minutes{1}) {
        advance(milliseconds{10});
    }
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_TRUE(sent_[0].is_solicitation());
    EXPECT_LE(now_ - start, milliseconds{10'010});
}

TEST_F(QualificationTest, keeps_address_and_peers_on_an_unchanged_refresh) {
    qualify_more();
    make_friend();
    const Ipv6Address before = own();
    advance(seconds{30});
    advertise();
    EXPECT_EQ(own(), before);
    EXPECT_EQ(client().status().proven_peers, 1U);
    EXPECT_TRUE(events<AddressLearnt>().empty());
}

TEST_F(QualificationTest, announces_another_mtu_for_the_same_address) {
    qualify_more();
    make_friend();
    advance(seconds{30});
    Advertisement advertisement;
    advertisement.mtu = 1400;
    advertise(advertisement);
    ASSERT_EQ(events<AddressLearnt>().size(), 1U);
    EXPECT_EQ(events<AddressLearnt>()[0].mtu, 1400);
    EXPECT_EQ(client().status().proven_peers, 1U);
}

TEST_F(QualificationTest, replaces_address_and_peers_when_the_mapping_changes) {
    qualify_more();
    make_friend();
    send(data_to(kNative));
    const Ipv6Address before = own();
    advance(seconds{30});
    clear();
    client().requalify(now_, output_);
    collect();
    Advertisement moved;
    moved.origin = kOtherMapping;
    advertise(moved);
    EXPECT_NE(own(), before);
    EXPECT_EQ(client().status().mapped, kOtherMapping);
    EXPECT_EQ(client().status().proven_peers + client().status().unproven_peers, 0U);
    EXPECT_EQ(events<AddressLearnt>().size(), 1U);
    EXPECT_TRUE(events<AddressLost>().empty());
    clear();
    receive(kPeerMapping, ipv6_packet(peer_address(), before, 17, {}));
    expect_silent_drop(DropReason::kDestinationNotOwn);
}

TEST_F(QualificationTest, drops_what_waits_when_the_mapping_changes) {
    qualify_more();
    send(data_to(peer_address()));
    receive(kRelay, data_from(kNative));
    client().requalify(now_, output_);
    collect();
    Advertisement moved;
    moved.origin = kOtherMapping;
    advertise(moved);
    EXPECT_EQ(drops(DropReason::kAddressChanged), 2U);
}

TEST_F(QualificationTest, ignores_an_invalid_refresh) {
    qualify_more();
    const Ipv6Address before = own();
    advance(seconds{30});
    Advertisement bad;
    bad.origin = kOtherMapping;
    bad.mtu = 100;
    advertise(bad);
    EXPECT_EQ(own(), before);
    EXPECT_EQ(drops(DropReason::kAdvertisementInvalid), 1U);
}

TEST_F(QualificationTest, is_degraded_after_three_unanswered_refreshes_and_keeps_its_address) {
    qualify_more();
    const Ipv6Address before = own();
    advance(seconds{39});
    EXPECT_EQ(client().status().state, ClientState::kDegraded);
    EXPECT_EQ(client().status().reason, StateReason::kNoReply);
    EXPECT_EQ(own(), before);
    EXPECT_TRUE(events<AddressLost>().empty());
    make_friend();  // peers go on
    clear();
    advance(seconds{8});
    ASSERT_FALSE(sent_.empty());
    advertise();
    EXPECT_EQ(client().status().state, ClientState::kQualified);
    EXPECT_EQ(own(), before);
    EXPECT_TRUE(events<AddressLearnt>().empty());
}

TEST_F(QualificationTest, loses_its_address_after_five_minutes_of_degradation) {
    qualify_more();
    make_friend();
    advance(seconds{39});
    clear();
    advance(minutes{5} - seconds{12});
    EXPECT_TRUE(events<AddressLost>().empty());
    advance(seconds{13});
    EXPECT_EQ(events<AddressLost>().size(), 1U);
    EXPECT_EQ(client().status().state, ClientState::kQualifying);
    EXPECT_EQ(client().status().reason, StateReason::kNoReply);
    EXPECT_EQ(client().status().proven_peers, 0U);
    EXPECT_FALSE(events<ServerNameNeeded>().empty());
}

TEST_F(QualificationTest, has_the_same_address_again_when_the_mapping_is_the_same) {
    qualify_more();
    const Ipv6Address before = own();
    advance(minutes{6});
    ASSERT_FALSE(client().status().address.has_value());
    client().requalify(now_, output_);
    collect();
    advertise();
    EXPECT_EQ(own(), before);
}

TEST_F(QualificationTest, draws_all_twelve_random_bits) {
    std::uint16_t seen = 0;
    std::uint16_t always = 0xFFFF;
    for (std::uint16_t i = 1; i <= 200; ++i) {
        client().requalify(now_, output_);
        collect();
        Advertisement moved;
        moved.origin = Endpoint{kMapping.address, i};
        advertise(moved);
        const std::uint16_t flags = wire::TeredoAddress::parse(own()).value().flags;
        seen = static_cast<std::uint16_t>(seen | flags);
        always = static_cast<std::uint16_t>(always & flags);
        advance(seconds{1});
        clear();
    }
    EXPECT_EQ(seen, wire::kRandomFlags);
    EXPECT_EQ(always, 0);
}

TEST_F(QualificationTest, solicits_at_once_when_the_network_changes) {
    advance(minutes{5});
    clear();
    client().requalify(now_, output_);
    collect();
    EXPECT_EQ(sent_.size(), 1U);
    advance(milliseconds{1100});
    EXPECT_EQ(sent_.size(), 2U);  // the short gaps again
}

TEST_F(QualificationTest, does_nothing_when_called_early) {
    clear();
    const auto deadline = client().next_deadline();
    for (int i = 0; i < 100; ++i) {
        client().handle_timeout(now_, output_);
    }
    collect();
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(client().next_deadline(), deadline);
}

// Without a server.
TEST_F(QualificationTest, waits_for_its_servers_address) {
    ClientSettings settings = default_settings();
    settings.server.reset();
    use(settings);
    clear();
    advance(Duration{0});
    EXPECT_TRUE(sent_.empty());
    EXPECT_EQ(events<ServerNameNeeded>().size(), 1U);
    EXPECT_EQ(client().status().reason, StateReason::kServerNeeded);
    advance(seconds{30});
    EXPECT_EQ(events<ServerNameNeeded>().size(), 2U);
    settings.server = default_settings().server;
    client().apply(now_, settings, output_);
    collect();
    advance(Duration{0});
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_TRUE(sent_[0].is_solicitation());
}

// apply().
TEST_F(QualificationTest, does_nothing_for_equal_settings) {
    qualify_more();
    make_friend();
    const auto deadline = client().next_deadline();
    client().apply(now_, default_settings(), output_);
    collect();
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(client().next_deadline(), deadline);
    EXPECT_EQ(client().status().proven_peers, 1U);
}

TEST_F(QualificationTest, starts_over_with_another_server) {
    qualify_more();
    make_friend();
    ClientSettings settings = default_settings();
    settings.server = ServerAddresses{kPeerServer, std::nullopt};
    client().apply(now_, settings, output_);
    collect();
    EXPECT_EQ(events<AddressLost>().size(), 1U);
    EXPECT_TRUE(events<ServerNameNeeded>().empty());
    EXPECT_EQ(client().status().proven_peers, 0U);
    advance(Duration{0});
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerServerEndpoint);
    Advertisement advertisement;
    advertisement.prefix_server = kPeerServer;
    advertise(advertisement, kPeerServerEndpoint);
    EXPECT_EQ(client().status().state, ClientState::kQualified);
}

TEST_F(QualificationTest, keeps_its_address_with_another_secondary) {
    qualify_more();
    ClientSettings settings = default_settings();
    settings.server->secondary = kPeerServer;
    client().apply(now_, settings, output_);
    collect();
    advance(Duration{0});
    EXPECT_TRUE(events<AddressLost>().empty());
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerServerEndpoint);
}

TEST_F(QualificationTest, uses_new_surroundings_at_once) {
    qualify_more();
    ClientSettings settings = default_settings();
    settings.surroundings.own_addresses = {kPeerMapping.address};
    settings.surroundings.own_ports = {kPeerMapping.port};
    client().apply(now_, settings, output_);
    collect();
    EXPECT_TRUE(is_silent());
    send(data_to(peer_address()));
    expect_silent_drop(DropReason::kOwnMapping);
    send(data_to(peer_address(kMapping)));  // the mapping is still known to be ours
    expect_silent_drop(DropReason::kOwnMapping, 2);
}

TEST_F(QualificationTest, empties_the_list_of_peers_for_another_size) {
    qualify_more();
    make_friend();
    send(data_to(kNative));
    ClientSettings settings = default_settings();
    settings.max_peers = 128;
    client().apply(now_, settings, output_);
    collect();
    EXPECT_EQ(client().status().proven_peers, 0U);
    EXPECT_EQ(drops(DropReason::kPeerEvicted), 1U);
    clear();
    send(data_to(peer_address()));
    EXPECT_EQ(sent_.size(), 2U);
}

}  // namespace
}  // namespace miredo::teredo
