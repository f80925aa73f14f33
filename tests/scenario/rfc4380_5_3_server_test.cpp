// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.3, Teredo server: what it takes in and passes on (§5.3.1), and how it answers Router
// Solicitations (§5.3.2), as RFC 5991 §3.2 leaves it. Somebody plays clients and relays by hand.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/observation.hpp"
#include "scenario/packets.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::scenario {
namespace {

using sim::Internet;
using sim::Packet;
using teredo::DropReason;

constexpr Endpoint kPrimary{Internet::kServer, wire::kTeredoPort};
constexpr Endpoint kSecondary{Internet::kSecondServer, wire::kTeredoPort};
constexpr Endpoint kSender{Ipv4Address{96, 1, 0, 1}, 50000};
constexpr Endpoint kReceiver{Ipv4Address{96, 2, 0, 1}, 50001};
constexpr Ipv4Address kOtherServer{97, 1, 0, 1};
constexpr Ipv6Address kLinkLocal{0xfe80000000000000U, 7};
constexpr Ipv6Address kGlobal{0x2a00000200000000U, 7};

[[nodiscard]] Ipv6Address client_at(Endpoint mapped, Ipv4Address server = Internet::kServer) {
    return wire::TeredoAddress{server, 0, mapped}.to_ipv6();
}
[[nodiscard]] Packet solicitation(const Ipv6Address& source = wire::kClientLinkLocal) {
    return sim::to_packet(wire::build_router_solicitation(source).bytes());
}
struct Rfc4380Section53 : testing::Test {
    Internet internet;
    sim::PlainHost sender{internet.network()};
    sim::PlainHost receiver{internet.network()};

    void SetUp() override {
        internet.network().attach(sender, {kSender.address}, sim::Link{});
        internet.network().attach(receiver, {kReceiver.address}, sim::Link{});
    }
    // `datagram` goes to the server; what it sends because of it.
    std::vector<Observation>
    send(const Packet& datagram, Endpoint from = kSender, Endpoint socket = kPrimary) {
        const Instant start = internet.network().now();
        sender.send(from, socket, datagram);
        internet.run_for(seconds{2});
        return sent_by(internet.network(), internet.server(), start);
    }
    [[nodiscard]] std::size_t native_packets() { return internet.native().stack().inbox().size(); }
    [[nodiscard]] std::uint64_t drops(DropReason reason) {
        return internet.server().role().counters().drops(reason);
    }
};

// §5.3.1, rule 5 and the forwarding: from the primary's port 3544 to the address and port embedded
// in the destination; for a client of this server with the origin in front.
TEST_F(Rfc4380Section53, ABubbleReachesAClientOfTheServerWithItsOrigin) {
    conformance::shows("S1", "S8", "S15", "S16");
    const Packet packet = bubble(client_at(kSender, kOtherServer), client_at(kReceiver));
    for (const Endpoint socket : {kPrimary, kSecondary}) {
        const auto sent = send(packet, kSender, socket);
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_EQ(sent[0].from, kPrimary);
        EXPECT_EQ(sent[0].to, kReceiver);
        EXPECT_EQ(sent[0].bytes, joined(origin_of(kSender), packet));
    }
    EXPECT_EQ(receiver.received().size(), 2U);
}

TEST_F(Rfc4380Section53, AClientOfAnotherServerGetsNoOrigin) {
    conformance::shows("S17");
    const Packet packet = bubble(client_at(kSender), client_at(kReceiver, kOtherServer));
    const auto sent = send(packet);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].bytes, packet);
}

// Rule 6: relays have native sources, those of Miredo link-local ones.
TEST_F(Rfc4380Section53, ARelayReachesAClientOfTheServer) {
    conformance::shows("S10");
    for (const Ipv6Address& source : {kGlobal, kLinkLocal, wire::kClientLinkLocal}) {
        const auto sent = send(bubble(source, client_at(kReceiver)));
        ASSERT_EQ(sent.size(), 1U) << source.to_string();
        EXPECT_EQ(sent[0].teredo().origin, kSender);
        EXPECT_EQ(sent[0].teredo().packet.source(), source);
    }
}

// Nothing of the packet is the server's to change; trailers (RFC 6081 §4) go with it, what is none
// stays behind.
TEST_F(Rfc4380Section53, ABubbleIsPassedOnAsItCame) {
    conformance::shows("S18", "S19", "S20", "W31");
    const Packet nonce{std::byte{1},
                       std::byte{4},
                       std::byte{0xDE},
                       std::byte{0xAD},
                       std::byte{0xBE},
                       std::byte{0xEF}};
    for (const unsigned hop_limit : {0U, 1U, 255U}) {
        const Packet packet =
            with_byte(bubble(client_at(kSender), client_at(kReceiver)), kHopLimitOffset, hop_limit);
        const Packet whole = joined(packet, nonce);
        for (const Packet& tail : {Packet{}, Packet(500, std::byte{0xEE})}) {
            const auto sent = send(joined(whole, tail));
            ASSERT_EQ(sent.size(), 1U);
            EXPECT_EQ(sent[0].bytes, joined(origin_of(kSender), whole));
        }
    }
}

// The connectivity test (§5.2.9): forwarded to native IPv6 with its source, one hop farther.
TEST_F(Rfc4380Section53, AnEchoRequestReachesANativeHost) {
    conformance::shows("S13", "S37");
    const Packet request = icmpv6(client_at(kSender), Internet::kNative, kEchoRequestType);
    EXPECT_TRUE(of_kind(send(request), Kind::kEchoRequest).empty());
    ASSERT_EQ(native_packets(), 1U);
    EXPECT_EQ(internet.native().stack().inbox()[0].packet, with_byte(request, kHopLimitOffset, 63));
}

// What is dropped, one thing wrong at a time: nothing leaves, neither by IPv4 nor by IPv6, and the
// counter of the reason goes up.
struct Refused {
    const char* name;
    const char* statement;
    DropReason reason;
    Packet (*make)();
    Endpoint from = kSender;
    const char* attack = nullptr;  // the row of the attack list that it is, too
};
Packet plain_bubble() {
    return bubble(client_at(kSender), client_at(kReceiver));
}
template <std::uint32_t address>
Packet bubble_to() {
    return bubble(client_at(kSender), client_at({Ipv4Address{address}, 50001}));
}
template <std::uint64_t high, std::uint64_t low>
Packet echo_to() {
    return icmpv6(client_at(kSender), Ipv6Address{high, low}, kEchoRequestType);
}

struct Discarded : Rfc4380Section53, testing::WithParamInterface<Refused> {};

TEST_P(Discarded, WithoutATrace) {
    conformance::shows(GetParam().statement);
    if (GetParam().attack != nullptr) {
        conformance::shows(GetParam().attack);
    }
    EXPECT_TRUE(send(GetParam().make(), GetParam().from).empty());
    EXPECT_EQ(native_packets(), 0U);
    EXPECT_EQ(drops(GetParam().reason), 1U);
    // The sender is nobody who is locked out for it.
    EXPECT_EQ(send(plain_bubble()).size(), 1U);
}

constexpr Endpoint kPrivate{Ipv4Address{10, 0, 0, 1}, 50000};
constexpr Endpoint kReserved{Ipv4Address{240, 1, 1, 1}, 50000};
constexpr Endpoint kElsewhere{kSender.address, 50009};
constexpr Endpoint kOtherServersPort{kSender.address, wire::kTeredoPort};

INSTANTIATE_TEST_SUITE_P(
    OneThingWrong,
    Discarded,
    testing::Values(
        Refused{"cut_short",
                "S2",
                DropReason::kTooShort,
                [] {
                    Packet packet = plain_bubble();
                    packet.pop_back();
                    return packet;
                }},
        Refused{"version_4",
                "S2",
                DropReason::kUnknownEncapsulation,
                [] { return with_byte(plain_bubble(), 0, 0x45); }},
        Refused{"longer_than_the_datagram",
                "S2",
                DropReason::kMalformedIpv6,
                [] { return with_byte(plain_bubble(), 5, 1); }},
        Refused{"origin_cut_off_by_authentication",
                "W9",
                DropReason::kMisplacedHeader,
                [] { return joined(origin_of(kReceiver), joined(nonce_of(1), plain_bubble())); }},
        Refused{"udp",
                "S3",
                DropReason::kNotBubbleNorEcho,
                [] {
                    return with_byte(
                        icmpv6(client_at(kSender), client_at(kReceiver), 0), kNextHeaderOffset, 17);
                }},
        Refused{"bubble_with_payload",
                "S4",
                DropReason::kNotBubbleNorEcho,
                [] {
                    return with_byte(
                        icmpv6(client_at(kSender), client_at(kReceiver), 0), kNextHeaderOffset, 59);
                }},
        Refused{"private_outer_source",
                "S5",
                DropReason::kOuterSourceUnusable,
                [] { return bubble(client_at(kPrivate), client_at(kReceiver)); },
                kPrivate},
        Refused{"reserved_outer_source",
                "S5",
                DropReason::kOuterSourceUnusable,
                [] { return bubble(client_at(kReserved), client_at(kReceiver)); },
                kReserved},
        Refused{"source_of_another_port",
                "S9",
                DropReason::kMappingMismatch,
                plain_bubble,
                kElsewhere,
                "T-C5"},
        Refused{"native_source_to_another_servers_client",
                "S11",
                DropReason::kForeignClient,
                [] { return bubble(kGlobal, client_at(kReceiver, kOtherServer)); }},
        Refused{"link_local_source_to_another_servers_client",
                "S11",
                DropReason::kForeignClient,
                [] { return bubble(kLinkLocal, client_at(kReceiver, kOtherServer)); }},
        Refused{"to_link_local", "S12", DropReason::kNotForwardable, echo_to<0xfe80ULL << 48U, 1>},
        Refused{"to_a_group", "S12", DropReason::kNotForwardable, echo_to<0xff0eULL << 48U, 1>},
        Refused{"to_loopback", "S12", DropReason::kNotForwardable, echo_to<0, 1>},
        Refused{"to_unique_local",
                "S12",
                DropReason::kNotForwardable,
                echo_to<0xfd12ULL << 48U, 1>,
                kSender,
                "T-C7"},
        Refused{"to_6to4_of_the_server",
                "S12",
                DropReason::kNotForwardable,
                echo_to<0x20025d0100010000ULL, 1>,
                kSender,
                "T-C7"},
        Refused{"target_10", "S14", DropReason::kTargetUnusable, bubble_to<0x0A000001>},
        Refused{"target_100_64",
                "S14",
                DropReason::kTargetUnusable,
                bubble_to<0x64400001>,
                kSender,
                "T-C4"},
        Refused{"target_127", "S14", DropReason::kTargetUnusable, bubble_to<0x7F000001>},
        Refused{"target_192_88_99",
                "S14",
                DropReason::kTargetUnusable,
                bubble_to<0xC0586301>,
                kSender,
                "T-C4"},
        Refused{"target_198_18",
                "S14",
                DropReason::kTargetUnusable,
                bubble_to<0xC6120001>,
                kSender,
                "T-C4"},
        Refused{"target_224", "S14", DropReason::kTargetUnusable, bubble_to<0xE0000001>},
        Refused{"target_240",
                "S14",
                DropReason::kTargetUnusable,
                bubble_to<0xF0000001>,
                kSender,
                "T-C4"},
        Refused{"target_broadcast", "S14", DropReason::kTargetUnusable, bubble_to<0xFFFFFFFF>},
        Refused{"from_the_server_itself",
                "S34",
                DropReason::kOwnOuterSource,
                [] { return bubble(client_at(kPrimary), client_at(kReceiver)); },
                kPrimary,
                "T-C1"},
        Refused{"to_the_server_itself",
                "S34",
                DropReason::kTargetOwn,
                [] { return bubble(client_at(kSender), client_at(kPrimary)); },
                kSender,
                "T-C1"},
        Refused{"to_its_secondary_address",
                "S35",
                DropReason::kTargetOwn,
                [] { return bubble(client_at(kSender), client_at(kSecondary)); },
                kSender,
                "T-C1"},
        Refused{"what_a_server_has_passed_on",
                "T-C2",
                DropReason::kFromServer,
                [] { return joined(origin_of(kReceiver), plain_bubble()); }},
        Refused{"advertisement_of_another_server",
                "T-C2",
                DropReason::kFromServer,
                [] {
                    return bubble(wire::teredo_link_local(wire::kConeFlag, kOtherServersPort),
                                  client_at(kReceiver));
                },
                kOtherServersPort},
        Refused{"destination_unreachable",
                "S36",
                DropReason::kNotBubbleNorEcho,
                [] { return icmpv6(client_at(kSender), Internet::kNative, 1); }},
        Refused{"echo_of_89_bytes",
                "S36",
                DropReason::kEchoTooLarge,
                [] { return icmpv6(client_at(kSender), Internet::kNative, kEchoRequestType, 89); },
                kSender,
                "T-C4"},
        Refused{"echo_with_hop_limit_1",
                "S37",
                DropReason::kHopLimitExceeded,
                [] {
                    return with_byte(
                        icmpv6(client_at(kSender), Internet::kNative, kEchoRequestType),
                        kHopLimitOffset,
                        1);
                }},
        Refused{"solicitation_with_hop_limit_254",
                "S32",
                DropReason::kSolicitationInvalid,
                [] { return with_byte(solicitation(), kHopLimitOffset, 254); },
                kSender,
                "T-C6"},
        Refused{"solicitation_with_a_wrong_checksum",
                "S32",
                DropReason::kSolicitationInvalid,
                [] { return with_byte(solicitation(), 43, 0xEE); },
                kSender,
                "T-C6"},
        Refused{"solicitation_from_nobody",
                "S32",
                DropReason::kSolicitationInvalid,
                [] { return solicitation(Ipv6Address{}); },
                kSender,
                "T-C6"},
        Refused{"solicitation_from_a_private_address",
                "S22",
                DropReason::kOuterSourceUnusable,
                [] { return solicitation(); },
                kPrivate,
                "T-C6"}),
    [](const testing::TestParamInfo<Refused>& refused) { return std::string{refused.param.name}; });

// RFC 4380 §7.3: nobody gets more through a server than its share, and nobody is sent more.
TEST_F(Rfc4380Section53, AFloodIsNotPassedOn) {
    conformance::shows("S38", "T-C4");
    const Instant start = internet.network().now();
    constexpr std::size_t kFlood = 5000;
    for (std::size_t i = 0; i < kFlood; ++i) {
        sender.send(kSender, kPrimary, plain_bubble());
        internet.run_for(milliseconds{1});
    }
    internet.run_for(seconds{1});
    const auto sent = sent_by(internet.network(), internet.server(), start);
    EXPECT_FALSE(sent.empty());
    EXPECT_LT(sent.size(), kFlood / 5);
    EXPECT_EQ(sent.size() + drops(DropReason::kRateLimited), kFlood);
}

struct Rfc4380Section532 : Rfc4380Section53 {};

// §5.3.2: the Router Advertisement, by what an observer of the wire reads in it.
TEST_F(Rfc4380Section532, ASolicitationIsAnswered) {
    conformance::shows("S6", "S21", "S22", "S23", "S24", "S27", "S28", "S33", "W8", "W27");
    constexpr std::uint64_t kNonce = 0x0102030405060708U;
    const auto sent = send(joined(nonce_of(kNonce), solicitation()));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].from, kPrimary);
    EXPECT_EQ(sent[0].to, kSender);
    // Authentication first, then origin: 13 bytes and 8.
    EXPECT_EQ(sent[0].bytes.at(1), std::byte{1});
    EXPECT_EQ(sent[0].bytes.at(13 + 1), std::byte{0});
    const wire::TeredoDatagram teredo = sent[0].teredo();
    EXPECT_EQ(teredo.authentication.value().nonce, kNonce);
    EXPECT_EQ(teredo.authentication.value().confirmation, 0);
    EXPECT_EQ(teredo.origin, kSender);
    EXPECT_EQ(teredo.packet.source(), (Ipv6Address{0xfe80000000000000U, 0x8000f227a2fefffeU}));
    EXPECT_EQ(teredo.packet.destination(), wire::kClientLinkLocal);
    EXPECT_EQ(teredo.packet.hop_limit(), 255U);
    const auto advertisement = wire::parse_router_advertisement(teredo.packet);
    ASSERT_TRUE(advertisement.has_value());
    EXPECT_EQ(advertisement->prefix_count, 1U);
    EXPECT_EQ(advertisement->prefix.to_string(), "2001:0:5d01:1::/64");
    EXPECT_EQ(advertisement->mtu, 1280U);
}

// Every link-local source there is on the wire is what the answer goes to.
TEST_F(Rfc4380Section532, TheAnswerGoesToTheSourceOfTheSolicitation) {
    conformance::shows("S6", "S21");
    for (const Ipv6Address& source : {wire::kClientLinkLocal,
                                      kLinkLocal,
                                      wire::teredo_link_local(0, kPrivate),
                                      Ipv6Address{0xfe80000000000000U, 0x54455245444fU}}) {
        const auto sent = send(solicitation(source));
        ASSERT_EQ(sent.size(), 1U) << source.to_string();
        EXPECT_EQ(sent[0].teredo().packet.destination(), source);
    }
}

// The identifier comes back with the nonce; who has sent neither gets neither.
TEST_F(Rfc4380Section532, AuthenticationComesBackWhereThereWasOne) {
    conformance::shows("S28", "S31");
    const Packet identifier{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
    const auto with = send(joined(nonce_of(7, identifier), solicitation()));
    ASSERT_EQ(with.size(), 1U);
    const Observation& answer = with[0];
    const auto authentication = answer.teredo().authentication.value();
    EXPECT_EQ(sim::to_packet(authentication.client_identifier), identifier);
    EXPECT_EQ(authentication.nonce, 7U);

    const auto without = send(solicitation());
    ASSERT_EQ(without.size(), 1U);
    EXPECT_FALSE(without[0].teredo().authentication.has_value());
}

// Cone bit 0: from the address that was asked; 1: from the other one (RFC 5991 §3.2 keeps it).
TEST_F(Rfc4380Section532, TheConeBitChoosesTheAddressOfTheAnswer) {
    conformance::shows("S1", "S25", "S26");
    struct Row {
        Endpoint asked;
        std::uint16_t flags;
        Endpoint answers;
    };
    for (const Row& row : {Row{kPrimary, 0, kPrimary},
                           Row{kPrimary, wire::kConeFlag, kSecondary},
                           Row{kSecondary, 0, kSecondary},
                           Row{kSecondary, wire::kConeFlag, kPrimary}}) {
        const auto sent =
            send(solicitation(wire::teredo_link_local(row.flags, {})), kSender, row.asked);
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_EQ(sent[0].from, row.answers);
        EXPECT_EQ(wire::has_cone_bit(sent[0].teredo().packet.destination()), row.flags != 0);
    }
}

// RFC 4380 §7.3: a server is no amplifier; with IPv4 and UDP headers 1.75 times is the least that
// the format allows, and a network gets a share of it.
TEST_F(Rfc4380Section532, AFloodOfSolicitationsIsNotAnswered) {
    conformance::shows("S38", "T-C3");
    constexpr std::size_t kHeaders = 28;
    const Packet asked = joined(nonce_of(1), solicitation());
    const Instant start = internet.network().now();
    constexpr std::size_t kFlood = 5000;
    for (std::size_t i = 0; i < kFlood; ++i) {
        sender.send(kSender, kPrimary, asked);
        internet.run_for(milliseconds{1});
    }
    const auto sent = sent_by(internet.network(), internet.server(), start);
    ASSERT_FALSE(sent.empty());
    EXPECT_LE(sent.size(), 101U);  // 50 at once, 10 a second
    EXPECT_LE(4 * (sent[0].bytes.size() + kHeaders), 7 * (asked.size() + kHeaders));
}

// "the server is stateless": whoever was there before, the answer is the same.
TEST_F(Rfc4380Section532, NothingIsRememberedOfOthers) {
    conformance::shows("S39", "T-C8");
    const Packet asked = joined(nonce_of(1), solicitation());
    const auto before = send(asked);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const Endpoint from{Ipv4Address{(98U << 24U) + (i << 8U)}, 50000};
        sender.send(from, kPrimary, joined(nonce_of(i), solicitation()));
    }
    internet.run_for(seconds{5});
    const auto after = send(asked);
    ASSERT_EQ(before.size(), 1U);
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(before[0].bytes, after[0].bytes);
    EXPECT_FALSE(internet.server().next_deadline().has_value());
}

}  // namespace
}  // namespace miredo::scenario
