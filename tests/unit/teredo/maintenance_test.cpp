// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How the client keeps and loses its address (RFC 4380 §5.2.5), and takes new settings.
#include "conformance/shows.hpp"
#include "unit/teredo/qualification_fixture.hpp"

namespace miredo::teredo {
namespace {

// Maintenance.
TEST_F(QualificationTest, refreshes_within_75_to_100_percent_of_the_interval) {
    conformance::shows("Q24", "Q25");
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
    conformance::shows("Q26");
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
    conformance::shows("Q31");
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
    conformance::shows("Q28");
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
    conformance::shows("Q29");
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
    conformance::shows("Q30");
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
    conformance::shows("Q30");
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
    conformance::shows("W5");
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
