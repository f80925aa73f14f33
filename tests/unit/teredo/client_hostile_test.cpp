// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What strangers can cause: bounds, and that friends are not evicted (RFC 4380 §7.3).
#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

TEST_F(ClientTest, survives_a_million_spoofed_peers_and_keeps_its_friend) {
    conformance::shows("C38", "C39", "T-A10");
    qualify();
    make_friend();
    sim::RecordingOutput output;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        const Endpoint mapping{Ipv4Address{0x50000000U + i / 60000},
                               static_cast<std::uint16_t>(1 + i % 60000)};
        client().handle_datagram(now_, {mapping, bubble_from(peer_address(mapping))}, output);
        ASSERT_LE(client().status().unproven_peers, 32U);
    }
    EXPECT_EQ(client().status().proven_peers, 1U);
    const ByteVector packet = data_to(peer_address());
    send(packet);
    expect_sent(kPeerMapping, packet);
    EXPECT_TRUE(output.take().empty());
}

TEST_F(ClientTest, survives_spoofed_indirect_bubbles_and_keeps_its_friend) {
    conformance::shows("C39", "T-A10");
    qualify();
    make_friend();
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const Endpoint mapping{Ipv4Address{0x50000000U + i}, 5000};
        receive(kServerEndpoint, indirect(peer_address(mapping)));
    }
    EXPECT_LE(client().status().unproven_peers, 32U);
    EXPECT_EQ(client().status().proven_peers, 1U);
    EXPECT_LE(counters().bubbles_sent, 2U + 2U * kAnswerBurstInAll);
}

TEST_F(ClientTest, tells_its_host_when_every_peer_is_a_friend_in_use) {
    ClientSettings settings = default_settings();
    settings.max_peers = 4;
    use(settings);
    qualify();
    for (std::uint16_t port = 1; port <= 4; ++port) {
        const Endpoint mapping{kPeerMapping.address, port};
        make_friend(peer_address(mapping), mapping);
    }
    EXPECT_EQ(client().status().proven_peers, 4U);
    send(data_to(peer_address({kPeerMapping.address, 5})));
    EXPECT_EQ(drops(DropReason::kPeerTableFull), 1U);
    expect_unreachable(wire::UnreachableCode::kAddressUnreachable);
    advance(seconds{31});  // now the oldest of them may go
    clear();
    send(data_to(peer_address({kPeerMapping.address, 5})));
    EXPECT_EQ(sent_.size(), 2U);
    EXPECT_EQ(client().status().proven_peers, 3U);
}

TEST_F(ClientTest, drops_the_packets_of_evicted_peers) {
    ClientSettings settings = default_settings();
    settings.max_peers = 4;
    use(settings);
    qualify();
    for (std::uint16_t port = 1; port <= 3; ++port) {
        send(data_to(peer_address({kPeerMapping.address, port})));
    }
    EXPECT_EQ(client().status().unproven_peers, 2U);
    EXPECT_EQ(drops(DropReason::kPeerEvicted), 1U);
}

// Conservation is checked by the fixture: each of them has one fate.
TEST_F(ClientTest, survives_mutations_of_everything_it_knows) {
    conformance::shows("T-B8");
    qualify();
    make_friend();
    send(data_to(kNative));
    const std::vector<ByteVector> seeds{
        data_from(peer_address()),
        bubble_from(peer_address(), 7),
        indirect(peer_address(), kPeerMapping, 7),
        indirect(kOldRelaySource, kRelay),
        data_from(kNative),
        reply_to(sent_.at(0)),
        make_advertisement({.nonce = 1}),
        concatenate({make_origin(kRelay), data_from(kNative)}),
    };
    const Ipv6Address before = own();
    const std::vector<Endpoint> sources{
        kServerEndpoint, kSecondaryEndpoint, kPeerMapping, kRelay, kMapping, kOtherRelay};
    sim::SeededRandom random{99};
    for (int i = 0; i < 100'000; ++i) {
        ByteVector datagram = seeds[random.uint32() % seeds.size()];
        for (std::uint32_t flips = random.uint32() % 4; flips > 0; --flips) {
            datagram[random.uint32() % datagram.size()] = static_cast<std::byte>(random.uint32());
        }
        if (random.uint32() % 8 == 0) {
            datagram.resize(random.uint32() % datagram.size());
        }
        receive(sources[random.uint32() % sources.size()], datagram);
        clear();
        now_ += milliseconds{1};
    }
    EXPECT_EQ(own(), before);
    EXPECT_LE(client().status().unproven_peers, 32U);
}

TEST_F(ClientTest, spends_few_calls_on_an_idle_minute) {
    qualify();
    int calls = 0;
    const Instant end = now_ + minutes{1};
    while (client().next_deadline().value() <= end) {
        now_ = client().next_deadline().value();
        client().handle_timeout(now_, output_);
        collect();
        advertise();
        ++calls;
    }
    EXPECT_LE(calls, 10);
}

TEST_F(ClientTest, does_the_work_of_many_peers_in_portions) {
    ClientSettings settings = default_settings();
    settings.max_peers = 1024;
    use(settings);
    qualify();
    for (std::uint16_t port = 1; port <= 500; ++port) {
        send(data_to(peer_address({kPeerMapping.address, port})));
    }
    clear();
    now_ += kAttemptInterval;
    client().handle_timeout(now_, output_);
    collect();
    EXPECT_EQ(sent_.size(), 128U);
    EXPECT_LE(client().next_deadline().value(), now_);
    advance(Duration{0});
    EXPECT_EQ(sent_.size(), 1000U);
}

}  // namespace
}  // namespace miredo::teredo
