// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What strangers, forgers and false friends send to a client and to a relay, by the numbers of the
// attack list: nothing reaches the host, nothing leaves, and the counter of the reason goes up.
// Those on a server are in rfc4380_5_3_server_test.cpp.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/fake_server.hpp"
#include "scenario/observation.hpp"
#include "scenario/packets.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"
#include "wire/ndp.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;
using sim::Packet;
using teredo::DropReason;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};
constexpr Ipv6Address kForeign{0x2a00000200000000U, 7};
constexpr std::uint8_t kPacketTooBigType = 2;
constexpr std::uint8_t kUdp = 17;

[[nodiscard]] Ipv6Address peer_at(Endpoint mapped) {
    return wire::TeredoAddress{Internet::kServer, 0, mapped}.to_ipv6();
}
[[nodiscard]] Packet from_bytes(std::initializer_list<unsigned> values) {
    Packet bytes;
    std::transform(values.begin(), values.end(), std::back_inserter(bytes), [](unsigned value) {
        return static_cast<std::byte>(value);
    });
    return bytes;
}
[[nodiscard]] Packet data(const Ipv6Address& from, const Ipv6Address& to) {
    return ipv6_packet(from, to, kUdp, Packet(20));
}

// Attacks in the packet (B), the same on both: a datagram of a peer that has proven itself, to a
// destination that is good.
struct Inner {
    const char* name;
    const char* number;
    DropReason reason;
    Packet (*make)(const Ipv6Address& from, const Ipv6Address& to);
};
template <std::uint8_t type>
Packet link_message(const Ipv6Address& from, const Ipv6Address& to) {
    return with_byte(icmpv6(from, to, type), kHopLimitOffset, 255);
}
std::vector<Inner> messages_about_links() {
    return {
        {"router_solicitation", "T-B3", DropReason::kNeighborDiscovery, link_message<133>},
        {"router_advertisement", "T-B3", DropReason::kNeighborDiscovery, link_message<134>},
        {"neighbor_solicitation", "T-B3", DropReason::kNeighborDiscovery, link_message<135>},
        {"neighbor_advertisement", "T-B3", DropReason::kNeighborDiscovery, link_message<136>},
        {"redirect", "T-B3", DropReason::kNeighborDiscovery, link_message<137>},
        {"listener_report", "T-B3", DropReason::kNeighborDiscovery, link_message<131>},
        {"listener_report_v2", "T-B3", DropReason::kNeighborDiscovery, link_message<143>},
    };
}
std::vector<Inner> extension_headers() {
    using A = const Ipv6Address&;
    return {
        {"type_0_routing",
         "T-B4",
         DropReason::kType0Routing,
         [](A from, A to) {
             return ipv6_packet(
                 from, to, 43, joined(from_bytes({59, 2, 0, 1, 0, 0, 0, 0}), Packet(16)));
         }},
        {"64_extension_headers",
         "T-B4",
         DropReason::kExtensionHeaders,
         [](A from, A to) {
             Packet headers(std::size_t{64} * 8);
             for (std::size_t i = 0; i < headers.size(); i += 8) {
                 headers[i] = std::byte{60};
             }
             return ipv6_packet(from, to, 60, headers);
         }},
        {"hop_by_hop_cut_off",
         "T-B4",
         DropReason::kExtensionHeaders,
         [](A from, A to) {
             return ipv6_packet(from, to, 0, from_bytes({17, 9, 0, 0}));
         }},
        {"jumbogram",
         "T-B4",
         DropReason::kMalformedIpv6,
         [](A from, A to) {
             return joined(ipv6_packet(from, to, 0, {}), from_bytes({59, 0, 0xC2, 4, 0, 1, 0, 0}));
         }},
    };
}
std::vector<Inner> malformed_datagrams() {
    using A = const Ipv6Address&;
    return {
        {"longer_than_the_datagram",
         "T-B6",
         DropReason::kMalformedIpv6,
         [](A from, A to) { return with_byte(data(from, to), 5, 21); }},
        {"trailer_that_asks_for_it",
         "T-B6",
         DropReason::kUnknownTrailer,
         [](A from, A to) {
             return joined(data(from, to), from_bytes({0x41, 0}));
         }},
        {"version_4",
         "T-B7",
         DropReason::kUnknownEncapsulation,
         [](A from, A to) { return with_byte(data(from, to), 0, 0x45); }},
        {"39_bytes",
         "T-B7",
         DropReason::kTooShort,
         [](A from, A to) {
             Packet packet = data(from, to);
             packet.resize(39);
             return packet;
         }},
        {"nothing", "T-B7", DropReason::kTooShort, [](A, A) { return Packet{}; }},
        {"two_authentications",
         "T-B8",
         DropReason::kMisplacedHeader,
         [](A from, A to) { return joined(nonce_of(1), joined(nonce_of(2), data(from, to))); }},
        {"authentication_beyond_the_datagram",
         "T-B8",
         DropReason::kTruncatedAuthentication,
         [](A from, A to) {
             return joined(from_bytes({0, 1, 255, 255}), data(from, to));
         }},
        {"two_origins",
         "T-B8",
         DropReason::kMisplacedHeader,
         [](A from, A to) {
             return joined(origin_of(kMapping), joined(origin_of(kMapping), data(from, to)));
         }},
        {"origin_before_authentication",
         "T-B8",
         DropReason::kMisplacedHeader,
         [](A from, A to) {
             return joined(origin_of(kMapping), joined(nonce_of(1), data(from, to)));
         }},
        {"type_3",
         "T-B8",
         DropReason::kUnknownEncapsulation,
         [](A from, A to) {
             return joined(from_bytes({0, 3, 0, 0}), data(from, to));
         }},
    };
}
std::vector<Inner> inner_attacks() {
    std::vector<Inner> all = messages_about_links();
    for (const std::vector<Inner>& more : {extension_headers(), malformed_datagrams()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}
[[nodiscard]] std::string name_of(const testing::TestParamInfo<Inner>& attack) {
    return attack.param.name;
}

// A client in the open, a peer that it trusts, and a forger who may send from anywhere.
struct ClientUnderAttack : testing::Test {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    sim::PlainHost forger{internet.network()};
    const Ipv6Address friend_address = peer_at(kMapping);
    Ipv6Address own;
    Instant start;

    void SetUp() override {
        internet.network().attach(forger, {kMapping.address}, sim::Link{});
        ASSERT_TRUE(internet.run_until_qualified());
        internet.run_for(seconds{1});
        own = client.address().value();
        client.ping(friend_address, 1);
        send(kMapping, bubble(friend_address, own));
        ASSERT_EQ(client.role().status().proven_peers, 1U);
        start = internet.network().now();
    }
    void send(Endpoint from, const Packet& datagram) {
        forger.send(from, client.sockets().primary, datagram);
        internet.run_for(milliseconds{100});
    }
    [[nodiscard]] std::uint64_t drops(DropReason reason) {
        return client.role().counters().drops(reason);
    }
    // What left but for refreshing the mapping.
    [[nodiscard]] std::vector<Observation> sent() {
        std::vector<Observation> found = sent_by(internet.network(), client, start);
        std::erase_if(found, [](const Observation& o) { return o.kind == Kind::kSolicitation; });
        return found;
    }
    // `datagram` is dropped for `reason`, without a trace, and the friend is still one.
    void expect_drop(Endpoint from, const Packet& datagram, DropReason reason) {
        const std::uint64_t before = drops(reason);
        send(from, datagram);
        EXPECT_EQ(drops(reason), before + 1) << to_string(reason);
        EXPECT_TRUE(client.stack().inbox().empty());
        EXPECT_TRUE(sent().empty());
        EXPECT_EQ(client.address(), own);
        EXPECT_EQ(client.role().status().proven_peers, 1U);
        EXPECT_EQ(client.role().status().unproven_peers, 0U);
    }
};

struct InnerAttackOnClient : ClientUnderAttack, testing::WithParamInterface<Inner> {};

TEST_P(InnerAttackOnClient, IsDropped) {
    conformance::shows(GetParam().number);
    expect_drop(kMapping, GetParam().make(friend_address, own), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(Rows, InnerAttackOnClient, testing::ValuesIn(inner_attacks()), name_of);

TEST_F(ClientUnderAttack, B1DestinationsThatAreNotItsOwn) {
    conformance::shows("T-B1");
    for (const char* const text : {"::1",
                                   "fe80::1",
                                   "ff02::1",
                                   "2a00:2::7",
                                   "2002:5f01:101::1",
                                   "::ffff:95.1.1.1",
                                   "64:ff9b::5f01:101",
                                   "2001:0:5d01:1::1"}) {
        SCOPED_TRACE(text);
        expect_drop(kMapping,
                    data(friend_address, Ipv6Address::parse(text).value()),
                    DropReason::kDestinationNotOwn);
    }
}

TEST_F(ClientUnderAttack, B2SourcesThatNobodyHas) {
    conformance::shows("T-B2");
    for (const char* const text :
         {"::", "::1", "ff02::1", "ff0e::1", "::ffff:96.1.0.1", "::96.1.0.1", "fec0::1"}) {
        SCOPED_TRACE(text);
        expect_drop(
            kMapping, data(Ipv6Address::parse(text).value(), own), DropReason::kSourceUnusable);
    }
    expect_drop(
        kMapping, data(Ipv6Address{0xfe80000000000000U, 1}, own), DropReason::kLinkLocalSource);
    expect_drop(kMapping, data(own, own), DropReason::kOwnSource);
}

// Fragments are the host's business (B5), and so is what an error of a peer means (B12); hop limits
// end at the next router, not here (B9); what follows the packet stays here (B6).
TEST_F(ClientUnderAttack, B5B6B9B12WhatIsPassedOnIsPassedOnExactly) {
    conformance::shows("T-B5", "T-B6", "T-B9", "T-B12");
    const auto mtu = client.role().status().mtu;
    const std::size_t events = client.events().size();
    const Packet fragment =
        ipv6_packet(friend_address, own, 44, joined(from_bytes({17, 0, 0, 1}), Packet(12)));
    const Packet later =
        ipv6_packet(friend_address, own, 44, joined(from_bytes({17, 0, 0, 8}), Packet(12)));
    const Packet too_big = icmpv6(friend_address, own, kPacketTooBigType, 48);
    const Packet plain = data(friend_address, own);
    std::vector<Packet> expected{fragment,
                                 later,
                                 too_big,
                                 with_byte(plain, kHopLimitOffset, 0),
                                 with_byte(plain, kHopLimitOffset, 1)};
    for (const Packet& packet : expected) {
        send(kMapping, packet);
    }
    send(kMapping, joined(plain, from_bytes({0x3E, 2, 7, 7, 1})));
    expected.push_back(plain);
    std::vector<Packet> delivered;
    for (const sim::Arrival& arrival : client.stack().inbox()) {
        delivered.push_back(arrival.packet);
    }
    EXPECT_EQ(delivered, expected);
    EXPECT_EQ(client.role().status().mtu, mtu);
    EXPECT_EQ(client.events().size(), events);
}

// A1, A2: forged advertisements while a solicitation is out. The forger sees none of them.
TEST_F(ClientUnderAttack, A1A2ForgedAdvertisementsMoveNothing) {
    conformance::shows("T-A1", "T-A2");
    internet.network().set_connected(internet.server(), false);
    start = internet.network().now();
    ASSERT_TRUE(internet.run_until(
        [&] { return !sent_by(internet.network(), client, start).empty(); }, minutes{1}));
    const Ipv6Address server =
        wire::teredo_link_local(wire::kConeFlag, {Internet::kServer, wire::kTeredoPort});
    const auto advertisement = wire::build_router_advertisement(
        {.source = server,
         .destination = wire::kClientLinkLocal,
         .prefix = wire::TeredoAddress{Internet::kServer, 0, {}}.to_ipv6()});
    const Packet bare =
        joined(origin_of({Ipv4Address{96, 9, 9, 9}, 9}), sim::to_packet(advertisement.bytes()));
    expect_drop(kPrimary, bare, DropReason::kAdvertisementNonce);
    for (std::uint64_t nonce = 0; nonce < 20; ++nonce) {
        expect_drop(kPrimary, joined(nonce_of(nonce), bare), DropReason::kAdvertisementNonce);
    }
    // From somewhere else not even the nonce is looked at.
    expect_drop(kMapping, joined(nonce_of(1), bare), DropReason::kAdvertisementUnexpected);
}

// A3: an advertisement is good once.
TEST_F(ClientUnderAttack, A3AReplayedAdvertisementMovesNothing) {
    conformance::shows("T-A3");
    const auto answers =
        of_kind(sent_by(internet.network(), internet.server()), Kind::kAdvertisement);
    ASSERT_FALSE(answers.empty());
    for (const Observation& answer : answers) {
        expect_drop(answer.from, answer.bytes, DropReason::kAdvertisementUnexpected);
    }
}

// A5: what a server says the mapping is others will send to; they do so as to anybody's.
TEST(AttackByServer, A5AVictimIsSentNoMoreThanAnybody) {
    conformance::shows("T-A5");
    constexpr Endpoint kVictim{Ipv4Address{96, 9, 9, 9}, 53};
    Internet internet;
    FakeServer server{internet.network(), {Ipv4Address{93, 2, 0, 1}, wire::kTeredoPort}};
    server.plan().origin = kVictim;
    auto settings = Internet::client_settings();
    settings.server = teredo::ServerAddresses{server.endpoint().address, std::nullopt};
    ClientHost& moved = internet.add_client(NatKind::kNone, settings);
    ClientHost& other = internet.add_client(NatKind::kPortRestricted);
    ASSERT_TRUE(internet.run_until_qualified());
    for (int second = 0; second < 900; ++second) {
        other.ping(moved.address().value(), 1);
        internet.native().ping(moved.address().value(), 1);
        internet.run_for(seconds{1});
    }
    const auto bubbles = times_since(to(sent_by(internet.network(), other), kVictim), Instant{});
    EXPECT_FALSE(bubbles.empty());
    EXPECT_LE(densest(bubbles, kBubbleBudgetWindow), kBubbleBudget);
    EXPECT_TRUE(to(sent_by(internet.network(), moved), kVictim).empty());
    EXPECT_TRUE(to(sent_by(internet.network(), internet.relay()), kVictim).empty());
}

// A7: only the server knows where a datagram came from.
TEST_F(ClientUnderAttack, A7AnOriginOfSomebodyElseMeansNothing) {
    conformance::shows("T-A7");
    constexpr Endpoint kTarget{Ipv4Address{96, 9, 9, 9}, 9};
    send(kMapping, joined(origin_of(kTarget), data(friend_address, own)));
    EXPECT_EQ(client.stack().inbox().size(), 1U);
    send({kMapping.address, 50001},
         joined(origin_of(kTarget), bubble(peer_at({kMapping.address, 50002}), own)));
    EXPECT_TRUE(to(sent(), kTarget).empty());
    EXPECT_TRUE(sent().empty());
}

// A8: sources to which no connectivity test may go, and a limit for those to which it may.
TEST_F(ClientUnderAttack, A8TestsGoToGlobalNativeSourcesOnly) {
    conformance::shows("T-A8");
    for (const char* const text : {"2002:c000:204::1",
                                   "2a00::5efe:c000:204",
                                   "2a00::200:5efe:c000:204",
                                   "64:ff9b::c000:204",
                                   "2001:db8::1",
                                   "3fff::1",
                                   "fd00::1",
                                   "fc00::1",
                                   "2001:10::1",
                                   "2001:20::1",
                                   "2001:2::1",
                                   "3ffe:831f::1",
                                   "100::1"}) {
        SCOPED_TRACE(text);
        expect_drop(
            kMapping, data(Ipv6Address::parse(text).value(), own), DropReason::kSourceNotTestable);
    }
}

TEST_F(ClientUnderAttack, A8A9AFloodOfNativeSourcesIsNotReflectedAndLeavesNoPeer) {
    conformance::shows("T-A8", "T-A9");
    constexpr std::uint64_t kSeconds = 5;
    for (std::uint64_t i = 0; i < kSeconds * 1000; ++i) {
        forger.send(kMapping, client.sockets().primary, data({kForeign.high(), i + 1000}, own));
        internet.run_for(milliseconds{1});
    }
    internet.run_for(seconds{1});
    EXPECT_LE(sent().size(), 20U + 10U * (kSeconds + 1));  // 20 at once, 10 a second
    EXPECT_FALSE(sent().empty());
    EXPECT_EQ(sent().size() + drops(DropReason::kTestRateLimited) +
                  drops(DropReason::kHeldQueueFull),
              kSeconds * 1000);
    EXPECT_EQ(client.role().status().unproven_peers, 0U);
    EXPECT_EQ(client.role().status().proven_peers, 1U);
    EXPECT_TRUE(client.stack().inbox().empty());
}

// A10: more strangers, each from the mapping in its address, than the table has room for.
TEST(AttackByStrangers, A10StrangersPushOutNoFriend) {
    conformance::shows("T-A10");
    Internet internet;
    auto settings = Internet::client_settings();
    settings.max_peers = 64;
    ClientHost& client = internet.add_client(NatKind::kNone, settings);
    ClientHost& good = internet.add_client(NatKind::kPortRestricted);
    sim::PlainHost forger{internet.network()};
    internet.network().attach(forger, {kMapping.address}, sim::Link{});
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(good.address().value(), 1);
    internet.run_for(seconds{2});
    const std::size_t known = client.role().status().proven_peers;
    for (std::uint16_t port = 1; port <= 5000; ++port) {
        const Endpoint stranger{kMapping.address, port};
        forger.send(
            stranger, client.sockets().primary, bubble(peer_at(stranger), *client.address()));
        internet.run_for(milliseconds{1});
    }
    EXPECT_LE(client.role().status().unproven_peers, 32U);
    EXPECT_EQ(client.role().status().proven_peers, known);
    client.ping(good.address().value(), 2);
    internet.run_for(seconds{1});
    EXPECT_TRUE(client.stack().reply_from(good.address().value(), 2));
}

// A11: a host that scans makes packets wait; how many is bounded, and each has an end.
TEST_F(ClientUnderAttack, A11PacketsThatWaitAreBounded) {
    conformance::shows("T-A11", "C40");
    constexpr std::uint32_t kLimit = 256 * 1024;
    for (std::uint16_t port = 1; port <= 500; ++port) {
        for (int i = 0; i < 10; ++i) {
            client.send_packet(
                ipv6_packet(own, peer_at({kMapping.address, port}), kUdp, Packet(1200)));
        }
    }
    EXPECT_LE(client.role().status().queued_bytes, kLimit);
    EXPECT_GT(drops(DropReason::kQueueFull), 0U);
    internet.run_for(seconds{20});
    EXPECT_EQ(client.role().status().queued_bytes, 0U);
}

// A15: what claims to come from the client itself, or would go to it.
TEST_F(ClientUnderAttack, A15NothingGoesInCircles) {
    conformance::shows("T-A15", "C37");
    const Endpoint mapped = wire::TeredoAddress::parse(own)->mapped;
    expect_drop(kMapping, data(own, own), DropReason::kOwnSource);
    expect_drop(mapped, data(friend_address, own), DropReason::kOwnOuterSource);
    expect_drop(
        kPrimary, joined(origin_of(mapped), bubble(kForeign, own)), DropReason::kOriginUnusable);
}

// A relay and a client that it knows.
struct RelayUnderAttack : testing::Test {
    Internet internet;
    sim::PlainHost peer{internet.network()};
    const Ipv6Address address = peer_at(kMapping);
    Instant start;

    void SetUp() override {
        internet.network().attach(peer, {kMapping.address}, sim::Link{});
        internet.native().ping(address, 1);
        internet.run_for(milliseconds{100});
        send(bubble(address, wire::kClientLinkLocal));
        ASSERT_EQ(internet.relay().role().status().proven_peers, 1U);
        start = internet.network().now();
    }
    void send(const Packet& datagram) {
        peer.send(kMapping, Internet::kRelay, datagram);
        internet.run_for(milliseconds{100});
    }
    void expect_drop(const Packet& datagram, DropReason reason) {
        const auto& counters = internet.relay().role().counters();
        const std::uint64_t before = counters.drops(reason);
        const std::size_t native = internet.network().native_transmissions().size();
        send(datagram);
        EXPECT_EQ(counters.drops(reason), before + 1) << to_string(reason);
        EXPECT_EQ(internet.network().native_transmissions().size(), native);
        EXPECT_TRUE(sent_by(internet.network(), internet.relay(), start).empty());
    }
};

struct InnerAttackOnRelay : RelayUnderAttack, testing::WithParamInterface<Inner> {};

TEST_P(InnerAttackOnRelay, IsDropped) {
    conformance::shows(GetParam().number);
    expect_drop(GetParam().make(address, Internet::kNative), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(Rows, InnerAttackOnRelay, testing::ValuesIn(inner_attacks()), name_of);

TEST_F(RelayUnderAttack, B1D6DestinationsThatAreNotServed) {
    conformance::shows("T-B1", "T-D6");
    for (const char* const text : {"::1",
                                   "fe80::1",
                                   "ff02::1",
                                   "fd00::1",
                                   "::ffff:94.1.0.1",
                                   "64:ff9b::5e01:1",
                                   "2001:0:5d01:1::1",
                                   "2002:5e01:1::1",       // the relay's own 6to4
                                   "2a00:1::5efe:5e01:1",  // and ISATAP
                                   "2a00:1::200:5efe:5e01:1"}) {
        SCOPED_TRACE(text);
        expect_drop(data(address, Ipv6Address::parse(text).value()),
                    DropReason::kDestinationNotServed);
    }
}

TEST_F(RelayUnderAttack, B2SourcesThatAreNotOfTeredo) {
    conformance::shows("T-B2");
    for (const char* const text :
         {"::", "::1", "ff02::1", "fe80::1", "::ffff:96.1.0.1", "fec0::1", "2a00:2::7"}) {
        SCOPED_TRACE(text);
        expect_drop(data(Ipv6Address::parse(text).value(), Internet::kNative),
                    DropReason::kNotTeredoSource);
    }
}

// D2, D3: from the native side; nothing is sent to who did not ask for it.
TEST_F(RelayUnderAttack, D2D3AddressesThatAreNotGlobal) {
    conformance::shows("T-D2", "T-D3");
    const auto& counters = internet.relay().role().counters();
    std::uint64_t count = 0;
    for (const char* const text : {"0.1.2.3",
                                   "10.0.0.1",
                                   "100.64.0.1",
                                   "127.0.0.1",
                                   "169.254.1.1",
                                   "172.16.0.1",
                                   "192.88.99.1",
                                   "192.168.0.1",
                                   "198.18.0.1",
                                   "224.0.0.1",
                                   "240.0.0.1",
                                   "255.255.255.255"}) {
        SCOPED_TRACE(text);
        const Ipv4Address bad = Ipv4Address::parse(text).value();
        internet.native().ping(peer_at({bad, 50000}), 1);
        internet.native().ping(wire::TeredoAddress{bad, 0, kMapping}.to_ipv6(), 1);
        internet.run_for(seconds{10});
        ++count;
        EXPECT_EQ(counters.drops(DropReason::kMappedAddressUnusable), count);
        EXPECT_EQ(counters.drops(DropReason::kServerAddressUnusable), count);
    }
    EXPECT_TRUE(sent_by(internet.network(), internet.relay(), start).empty());
}

}  // namespace
}  // namespace miredo::scenario
