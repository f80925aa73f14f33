// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Local client discovery (RFC 4380 §5.2.8, §5.2.3 cases 4 and 5, §5.2.4 case 3).
#include <algorithm>

#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

// A client behind our NAT, on our link.
constexpr Endpoint kNeighbour{Ipv4Address{192, 168, 1, 7}, 51000};
constexpr Endpoint kNeighbourMapping{kMapping.address, 4097};
const Ipv6Address neighbour_address = peer_address(kNeighbourMapping, kPeerServer, 0x0423);

class LocalDiscoveryTest : public ClientTest {
  protected:
    void SetUp() override {
        use(discovering_settings());
        qualify();
        advance(Duration{0});
        clear();
    }
    static ClientSettings discovering_settings() {
        ClientSettings settings = default_settings();
        settings.discovers_locally = true;
        settings.surroundings.own_addresses = {Ipv4Address{192, 168, 1, 2}};
        settings.surroundings.attached_subnets = {{Ipv4Address{10, 7, 0, 0}, 16},
                                                  {Ipv4Address{192, 168, 1, 2}, 24}};
        return settings;
    }
    static ByteVector discovery(const Ipv6Address& source) {
        return concatenate({wire::build_discovery_bubble(source).bytes()});
    }
    void discover(const Ipv6Address& source = neighbour_address, Endpoint from = kNeighbour) {
        receive(from, discovery(source), ServiceSocket::kDiscovery);
    }
    [[nodiscard]] bool is_discovery(const Sent& sent) {
        return sent.to == kDiscoveryEndpoint && sent.bytes == discovery(own()) &&
               sent.socket == ServiceSocket::kPrimary;
    }
};

TEST_F(LocalDiscoveryTest, multicasts_at_once_and_every_200_to_300_seconds) {
    conformance::shows("C41", "C42");
    use(discovering_settings());
    qualify();
    std::vector<Instant> sent_at;
    const Instant end = now_ + std::chrono::hours{4};
    while (now_ < end) {
        for (const Sent& sent : sent_) {
            if (sent.to == kDiscoveryEndpoint) {
                EXPECT_TRUE(is_discovery(sent));
                sent_at.push_back(sent.at);
            } else {
                advertise();  // a refresh
            }
        }
        clear();
        now_ = *client().next_deadline();
        client().handle_timeout(now_, output_);
        collect();
    }
    ASSERT_GT(sent_at.size(), 45U);
    Duration shortest = Duration::max();
    Duration longest{};
    for (std::size_t i = 1; i < sent_at.size(); ++i) {
        shortest = std::min(shortest, sent_at[i] - sent_at[i - 1]);
        longest = std::max(longest, sent_at[i] - sent_at[i - 1]);
    }
    EXPECT_GE(shortest, seconds{200});
    EXPECT_LE(longest, seconds{300});
    EXPECT_GT(longest - shortest, seconds{70});
}

TEST_F(LocalDiscoveryTest, answers_by_unicast_and_trusts_nobody_yet) {
    conformance::shows("C46");
    discover();
    expect_sent(kNeighbour, bubble(own(), neighbour_address));
    EXPECT_EQ(client().status().unproven_peers, 1U);
    std::vector<PeerStatus> peers;
    static_cast<void>(client().list_peers(now_, 0, 16, peers));
    ASSERT_EQ(peers.size(), 1U);
    EXPECT_EQ(peers[0].state, PeerState::kIdle);
    EXPECT_EQ(peers[0].endpoint, kNeighbourMapping);
}

TEST_F(LocalDiscoveryTest, drops_what_is_no_discovery_bubble_of_a_neighbour) {
    conformance::shows("C43", "C44", "C45", "T-A16");
    ByteVector with_payload = discovery(neighbour_address);
    with_payload[5] = std::byte{1};
    with_payload.push_back(std::byte{0});
    const Ipv6Address foreign = peer_address();
    const Endpoint outside{Ipv4Address{192, 168, 2, 7}, 51000};
    struct Row {
        const char* what;
        Endpoint from;
        ByteVector datagram;
        DropReason reason;
    };
    const Row rows[] = {
        {"native source", kNeighbour, discovery(kNative), DropReason::kNotTeredoSource},
        {"link-local source", kNeighbour, discovery(kOldRelaySource), DropReason::kNotTeredoSource},
        {"group bit",
         kNeighbour,
         discovery(peer_address(kNeighbourMapping, kPeerServer, wire::kGroupFlag)),
         DropReason::kNotTeredoSource},
        {"private mapping",
         kNeighbour,
         discovery(peer_address(kNeighbour)),
         DropReason::kNotTeredoSource},
        {"mapped port 0",
         kNeighbour,
         discovery(peer_address({kMapping.address, 0})),
         DropReason::kNotTeredoSource},
        {"ourselves", kNeighbour, discovery(own()), DropReason::kOwnSource},
        {"our mapping", kNeighbour, discovery(peer_address(kMapping)), DropReason::kOwnSource},
        {"another subnet", outside, discovery(neighbour_address), DropReason::kDiscoveryNotLocal},
        {"the Internet",
         kPeerMapping,
         discovery(neighbour_address),
         DropReason::kDiscoveryNotLocal},
        {"the broadcast address",
         {Ipv4Address{192, 168, 1, 255}, 51000},
         discovery(neighbour_address),
         DropReason::kDiscoveryNotLocal},
        {"the subnet's address",
         {Ipv4Address{10, 7, 0, 0}, 51000},
         discovery(neighbour_address),
         DropReason::kDiscoveryNotLocal},
        {"another NAT's client", kNeighbour, discovery(foreign), DropReason::kDiscoveryOtherNat},
        {"a bubble to us",
         kNeighbour,
         bubble(neighbour_address, own()),
         DropReason::kDiscoveryInvalid},
        {"no bubble", kNeighbour, with_payload, DropReason::kDiscoveryInvalid},
        {"no packet", kNeighbour, ByteVector(39), DropReason::kTooShort},
        {"our own socket",
         {Ipv4Address{192, 168, 1, 2}, 5555},
         discovery(neighbour_address),
         DropReason::kOwnOuterSource},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const std::uint64_t before = drops(row.reason);
        receive(row.from, row.datagram, ServiceSocket::kDiscovery);
        EXPECT_EQ(drops(row.reason), before + 1);
        EXPECT_TRUE(is_silent());
    }
    // By unicast, to the service port.
    receive(kNeighbour, discovery(neighbour_address));
    expect_silent_drop(DropReason::kDestinationNotOwn);
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(LocalDiscoveryTest, sends_case_3_two_bubbles_and_then_data_on_the_link) {
    conformance::shows("C47", "C48", "C49");
    discover();
    advance(seconds{3});
    clear();
    const ByteVector packet = data_to(neighbour_address);
    send(packet);
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].to, kNeighbour);
    EXPECT_EQ(sent_[0].bytes, bubble(own(), neighbour_address));
    EXPECT_TRUE(is_discovery(sent_[1]));
    clear();

    // Case 5, from there only.
    receive({kNeighbour.address, 51001}, bubble_from(neighbour_address));
    expect_silent_drop(DropReason::kNonceMismatch);
    receive(kNeighbour, bubble_from(neighbour_address));
    expect_sent(kNeighbour, packet);
    EXPECT_EQ(client().status().proven_peers, 1U);
    clear();
    send(packet);
    expect_sent(kNeighbour, packet);
    receive(kNeighbour, data_from(neighbour_address));
    expect_delivered(data_from(neighbour_address));
}

TEST_F(LocalDiscoveryTest, receives_case_5_data_from_a_neighbour_heard) {
    conformance::shows("C47");
    discover();
    clear();
    const ByteVector data = data_from(neighbour_address);
    receive(kNeighbour, data);
    expect_delivered(data);
    clear();
    send(data_to(neighbour_address));
    expect_sent(kNeighbour, data_to(neighbour_address));
}

// Who does not answer on the link may have left it.
TEST_F(LocalDiscoveryTest, tries_twice_on_the_link_and_then_as_with_anybody) {
    conformance::shows("C48");
    discover();
    advance(seconds{3});
    clear();
    const Instant start = now_;
    send(data_to(neighbour_address));
    advance(seconds{7});
    ASSERT_EQ(sent_.size(), 8U);
    const Endpoint expected[] = {kNeighbour,
                                 kDiscoveryEndpoint,
                                 kNeighbour,
                                 kDiscoveryEndpoint,
                                 kNeighbourMapping,
                                 kPeerServerEndpoint,
                                 kNeighbourMapping,
                                 kPeerServerEndpoint};
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(sent_[i].to.to_string(), expected[i].to_string()) << i;
        EXPECT_EQ(sent_[i].at - start, seconds{2} * static_cast<int>(i / 2)) << i;
    }
    // Found by the long way, it is reached by it.
    receive(kNeighbourMapping, bubble_from(neighbour_address));
    EXPECT_EQ(sent_.back().to, kNeighbourMapping);
}

TEST_F(LocalDiscoveryTest, knows_a_neighbour_for_600_seconds) {
    conformance::shows("C48");
    discover();
    const Instant heard = now_;
    while (now_ < heard + seconds{595}) {
        clear();
        advance(std::min(Duration{seconds{20}}, heard + seconds{599} - now_));
        advertise();
    }
    clear();
    send(data_to(neighbour_address));
    EXPECT_EQ(sent_.at(0).to, kNeighbour);
    advance(heard + seconds{600} - now_);
    clear();
    receive(kNeighbour, data_from(neighbour_address));
    expect_silent_drop(DropReason::kMappingMismatch);
}

// A peer reached by its mapping goes on so; only what it says on the link moves it there.
TEST_F(LocalDiscoveryTest, leaves_a_trusted_peer_where_it_is) {
    make_friend(neighbour_address, kNeighbourMapping);
    discover();
    clear();
    const ByteVector packet = data_to(neighbour_address);
    send(packet);
    expect_sent(kNeighbourMapping, packet);
    clear();
    receive(kNeighbour, bubble_from(neighbour_address));
    send(packet);
    expect_sent(kNeighbour, packet);
}

// As long as packets came, such a peer stayed where it was, on the link.
TEST_F(LocalDiscoveryTest, forgets_neighbours_where_it_is_switched_off) {
    conformance::shows("C50");
    discover();
    receive(kNeighbour, bubble_from(neighbour_address));
    ClientSettings off = discovering_settings();
    off.discovers_locally = false;
    client().apply(now_, off, output_);
    clear();
    receive(kNeighbour, data_from(neighbour_address));
    expect_silent_drop(DropReason::kMappingMismatch);
    clear();
    send(data_to(neighbour_address));
    ASSERT_FALSE(sent_.empty());
    EXPECT_TRUE(std::none_of(
        sent_.begin(), sent_.end(), [](const Sent& sent) { return sent.to == kNeighbour; }));
}

// Even where its address may now be sent to: nothing has proven that the peer is there.
TEST_F(LocalDiscoveryTest, forgets_neighbours_where_private_addresses_become_usable) {
    discover();
    receive(kNeighbour, bubble_from(neighbour_address));
    ClientSettings off = discovering_settings();
    off.discovers_locally = false;
    off.surroundings.filter = wire::Ipv4Filter{true, {}};
    client().apply(now_, off, output_);
    clear();
    receive(kNeighbour, data_from(neighbour_address));
    expect_silent_drop(DropReason::kMappingMismatch);
}

TEST_F(LocalDiscoveryTest, answers_floods_with_a_bounded_number) {
    conformance::shows("T-A16", "C40");
    for (std::uint16_t i = 0; i < 2000; ++i) {
        const Endpoint mapped{kMapping.address, static_cast<std::uint16_t>(5000 + i)};
        discover(peer_address(mapped), {Ipv4Address{192, 168, 1, 7}, i});
    }
    EXPECT_LE(sent_.size(), kAnswerBurst);
    EXPECT_LE(client().status().unproven_peers, 32U);
    EXPECT_GT(drops(DropReason::kAnswerRateLimited), 1900U);
}

TEST_F(LocalDiscoveryTest, is_off_by_default_and_by_its_setting) {
    conformance::shows("C50", "T-A16");
    discover();
    clear();
    ClientSettings off = discovering_settings();
    off.discovers_locally = false;
    client().apply(now_, off, output_);
    collect();
    discover();
    expect_silent_drop(DropReason::kDiscoveryInvalid);
    receive(kNeighbour, data_from(neighbour_address));
    expect_silent_drop(DropReason::kMappingMismatch);
    advance(seconds{3});
    clear();
    send(data_to(neighbour_address));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].to, kNeighbourMapping);
    advance(minutes{5});
    EXPECT_TRUE(std::none_of(sent_.begin(), sent_.end(), [](const Sent& sent) {
        return sent.to == kDiscoveryEndpoint;
    }));
    EXPECT_FALSE(ClientSettings{}.discovers_locally);

    client().apply(now_, discovering_settings(), output_);
    clear();
    advance(Duration{0});
    EXPECT_TRUE(std::any_of(
        sent_.begin(), sent_.end(), [this](const Sent& sent) { return is_discovery(sent); }));
}

TEST_F(LocalDiscoveryTest, counts_both_ends_of_a_point_to_point_link) {
    conformance::shows("C45");
    ClientSettings settings = discovering_settings();
    settings.surroundings.attached_subnets = {{Ipv4Address{192, 168, 1, 6}, 31}};
    client().apply(now_, settings, output_);
    discover();
    expect_sent(kNeighbour, bubble(own(), neighbour_address));
}

TEST_F(LocalDiscoveryTest, needs_an_address_of_our_own) {
    use(discovering_settings());
    discover();
    expect_silent_drop(DropReason::kNotQualified);
}

}  // namespace
}  // namespace miredo::teredo
