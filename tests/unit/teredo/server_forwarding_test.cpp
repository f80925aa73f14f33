// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a server passes on, and what not (RFC 4380 §5.3.1).
#include <array>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "unit/teredo/server_fixture.hpp"

namespace miredo::teredo {
namespace {

class ServerForwardingTest : public ServerTest {
  protected:
    static ByteVector with_hop_limit(ByteVector packet, std::uint8_t hop_limit) {
        packet[7] = std::byte{hop_limit};
        return packet;
    }
    static ByteVector origin(Endpoint endpoint) {
        ByteVector result(wire::kOriginSize);
        wire::write_origin(result, endpoint);
        return result;
    }
};

// S8, S15, S16
TEST_F(ServerForwardingTest, BubbleReachesOwnClientWithOrigin) {
    conformance::shows("S8", "S15", "S16");
    receive(kBubble);
    expect_sent(kClientB, concatenate({from_hex(kOriginA), from_hex(kBubble)}));
    EXPECT_EQ(counters().forwarded_to_udp, 1U);
    expect_conservation();
}

// S15
TEST_F(ServerForwardingTest, LeavesFromPrimaryWhereverItCameIn) {
    conformance::shows("S15");
    receive(kBubble, kClientA, ServiceSocket::kSecondary);
    expect_sent(kClientB, concatenate({from_hex(kOriginA), from_hex(kBubble)}));
}

// S17
TEST_F(ServerForwardingTest, NoOriginForOtherServersClients) {
    conformance::shows("S17");
    const ByteVector packet =
        bubble(kAddressA, wire::TeredoAddress{kOtherServer, 0, kClientB}.to_ipv6());
    receive(packet);
    expect_sent(kClientB, packet);
}

// The sender's server is of no matter, only where it sends from.
TEST_F(ServerForwardingTest, OtherServersClientMayReachOurs) {
    const ByteVector packet =
        bubble(wire::TeredoAddress{kOtherServer, 0, kClientA}.to_ipv6(), kAddressB);
    receive(packet);
    expect_sent(kClientB, concatenate({from_hex(kOriginA), packet}));
}

// S18: the header is nobody's to change, whatever the hop limit, traffic class and flow label.
TEST_F(ServerForwardingTest, HeaderOfBubbleIsUnchanged) {
    conformance::shows("S18", "W31");
    for (const std::uint8_t hop_limit : std::array<std::uint8_t, 4>{0, 1, 21, 255}) {
        ByteVector packet = with_hop_limit(from_hex(kBubble), hop_limit);
        packet[1] = std::byte{0x42};
        packet[3] = std::byte{0x99};
        receive(packet);
        expect_sent(kClientB, concatenate({from_hex(kOriginA), packet}));
    }
}

// S19
TEST_F(ServerForwardingTest, TrailersArePassedOn) {
    conformance::shows("S19");
    receive(concatenate({from_hex(kBubble), from_hex(kBubbleTrailers)}));
    expect_sent(kClientB,
                concatenate({from_hex(kOriginA), from_hex(kBubble), from_hex(kBubbleTrailers)}));
    EXPECT_EQ(counters().trailers_cut, 0U);
}

// S20, T6, C4: what is no trailer, or too much of it, stays behind.
TEST_F(ServerForwardingTest, TrailersAreCutAndCounted) {
    conformance::shows("S20", "T-C4");
    const ByteVector nonce = from_hex("0104deadbeef");
    const ByteVector unknown = concatenate({from_hex("3e1c"), ByteVector(28, std::byte{1})});
    const ByteVector skippable = concatenate({from_hex("8164"), ByteVector(100, std::byte{2})});
    struct Row {
        ByteVector trailers;
        ByteVector kept;
    };
    const std::array rows{
        Row{ByteVector(500, std::byte{0xEE}), {}},
        Row{concatenate({nonce, from_hex("ff")}), nonce},
        Row{concatenate({nonce, from_hex("0104dead")}), nonce},
        Row{concatenate({nonce, ByteVector(500, std::byte{0xEE})}), nonce},
        Row{skippable, {}},
        // 6 + 30 + 30 bytes: the third one does not fit into 64.
        Row{concatenate({nonce, unknown, unknown}), concatenate({nonce, unknown})},
    };
    std::uint64_t cut = 0;
    for (const Row& row : rows) {
        receive(concatenate({from_hex(kBubble), row.trailers}));
        expect_sent(kClientB, concatenate({from_hex(kOriginA), from_hex(kBubble), row.kept}));
        EXPECT_EQ(counters().trailers_cut, ++cut);
    }
}

// 64 bytes of them are allowed, whole.
TEST_F(ServerForwardingTest, SixtyFourBytesOfTrailersPass) {
    const ByteVector trailers = concatenate({from_hex("3e3e"), ByteVector(62, std::byte{1})});
    receive(concatenate({from_hex(kBubble), trailers}));
    expect_sent(kClientB, concatenate({from_hex(kOriginA), from_hex(kBubble), trailers}));
    EXPECT_EQ(counters().trailers_cut, 0U);
}

// W18 is the receiver's: a server only forwards.
TEST_F(ServerForwardingTest, TrailersThatAskToDiscardAreForTheReceiver) {
    const ByteVector trailers = from_hex("41020000");
    receive(concatenate({from_hex(kBubble), trailers}));
    expect_sent(kClientB, concatenate({from_hex(kOriginA), from_hex(kBubble), trailers}));
}

TEST_F(ServerForwardingTest, AuthenticationIsStripped) {
    receive(concatenate({from_hex(kAuthentication), from_hex(kBubble)}));
    expect_sent(kClientB, concatenate({from_hex(kOriginA), from_hex(kBubble)}));
}

// S2
TEST_F(ServerForwardingTest, MalformedDatagramIsDropped) {
    conformance::shows("S2", "W9", "W10", "W11", "W12", "W13", "W14");
    struct Row {
        ByteVector datagram;
        DropReason reason;
    };
    ByteVector truncated = from_hex(kEchoRequest);
    truncated.pop_back();
    ByteVector version4 = from_hex(kBubble);
    version4[0] = std::byte{0x45};
    const std::array rows{
        Row{{}, DropReason::kTooShort},
        Row{ByteVector(39), DropReason::kTooShort},
        Row{version4, DropReason::kUnknownEncapsulation},
        Row{concatenate({from_hex("0002"), from_hex(kBubble)}), DropReason::kUnknownEncapsulation},
        Row{concatenate({from_hex("0001ffff"), from_hex(kBubble)}),
            DropReason::kTruncatedAuthentication},
        Row{concatenate({from_hex(kAuthentication), ByteVector(27, std::byte{0x60})}),
            DropReason::kMalformedIpv6},
        Row{concatenate({from_hex("0001001700000000"), ByteVector(28), from_hex("00000fff")}),
            DropReason::kTruncatedOrigin},
        Row{concatenate({from_hex(kOriginA), from_hex(kAuthentication), from_hex(kBubble)}),
            DropReason::kMisplacedHeader},
        Row{concatenate({from_hex(kOriginA), from_hex(kOriginA), from_hex(kBubble)}),
            DropReason::kMisplacedHeader},
        Row{truncated, DropReason::kMalformedIpv6},
    };
    for (const Row& row : rows) {
        receive(row.datagram);
        expect_drop(row.reason);
    }
    expect_conservation();
}

// S3, S4
TEST_F(ServerForwardingTest, NeitherBubbleNorIcmpv6IsDropped) {
    conformance::shows("S3", "S4");
    ByteVector udp = echo(kAddressA, kAddressB);
    udp[6] = std::byte{17};
    ByteVector loaded_bubble = echo(kAddressA, kAddressB);
    loaded_bubble[6] = std::byte{59};
    ByteVector empty_udp = from_hex(kBubble);
    empty_udp[6] = std::byte{17};
    for (const ByteVector& packet : {udp, loaded_bubble, empty_udp}) {
        receive(packet);
        expect_drop(DropReason::kNotBubbleNorEcho);
    }
}

// S5
TEST_F(ServerForwardingTest, UnusableOuterSourceIsDropped) {
    conformance::shows("S5");
    use_strict_filter();
    for (const std::string_view text : {"10.0.0.1", "127.0.0.1", "224.0.0.1", "198.51.100.118"}) {
        const Endpoint from{Ipv4Address::parse(text).value(), 4095};
        receive(bubble(wire::TeredoAddress{kServer, 0, from}.to_ipv6(), kAddressB), from);
        expect_drop(DropReason::kOuterSourceUnusable);
    }
}

// S9, C5
TEST_F(ServerForwardingTest, TeredoSourceFromElsewhereIsDropped) {
    conformance::shows("S9", "T-C5");
    for (const Endpoint from : {kClientB,
                                Endpoint{kClientA.address, 4096},
                                Endpoint{Ipv4Address{198, 51, 100, 119}, 4095}}) {
        receive(kBubble, from);
        expect_drop(DropReason::kMappingMismatch);
    }
}

// S10: relays' native sources, and the link-local ones of Miredo's clients and relays.
TEST_F(ServerForwardingTest, NonTeredoSourceReachesOwnClient) {
    conformance::shows("S10");
    for (const std::string_view source : {"2001:db8::2",
                                          "2002:c000:24d::1",
                                          "fd00::1",
                                          "fe80::1c2b:3d4e:5f60:7182",
                                          "fe80::ffff:ffff:ffff"}) {
        const ByteVector packet = bubble(address(source), kAddressB);
        receive(packet, kRelay);
        expect_sent(kClientB, concatenate({origin(kRelay), packet}));
    }
}

// S11
TEST_F(ServerForwardingTest, NonTeredoSourceToOtherServersClientIsDropped) {
    conformance::shows("S11");
    const Ipv6Address foreign = wire::TeredoAddress{kOtherServer, 0, kClientB}.to_ipv6();
    for (const std::string_view source : {"2001:db8::2", "fe80::1"}) {
        receive(bubble(address(source), foreign), kRelay);
        expect_drop(DropReason::kForeignClient);
    }
}

TEST_F(ServerForwardingTest, ImpossibleSourceIsDropped) {
    for (const std::string_view source :
         {"::", "::1", "ff02::1", "::ffff:192.0.2.1", "::192.0.2.1"}) {
        receive(bubble(address(source), kAddressB), kRelay);
        expect_drop(DropReason::kSourceUnusable);
    }
    // The group bit makes it the address of a group (section 2.4).
    receive(bubble(wire::TeredoAddress{kServer, wire::kGroupFlag, kClientA}.to_ipv6(), kAddressB));
    expect_drop(DropReason::kSourceUnusable);
}

// RFC 4380 §5.3.1 rule 7
TEST_F(ServerForwardingTest, NativeToNativeIsDropped) {
    receive(echo(kNative, address("2001:db8::3")), kRelay);
    expect_drop(DropReason::kNotTeredoSource);
}

// S12, C7
TEST_F(ServerForwardingTest, DestinationThatIsNotNativeAndGlobalIsDropped) {
    conformance::shows("S12", "T-C7");
    use_strict_filter();
    const Endpoint from{Ipv4Address{8, 8, 4, 4}, 4095};
    const Ipv6Address source = wire::TeredoAddress{kServer, 0, from}.to_ipv6();
    for (const std::string_view destination : {"fe80::1",
                                               "fec0::1",
                                               "fc00::1",
                                               "fd12::1",
                                               "ff02::1",
                                               "ff0e::1",
                                               "::",
                                               "::1",
                                               "::ffff:8.8.8.8",
                                               "::8.8.8.8",
                                               "2002:cb00:7178::1",  // ourselves
                                               "2002:a00:1::1",
                                               "2002:7f00:1::1"}) {
        receive(echo(source, address(destination)), from);
        expect_drop(DropReason::kNotForwardable);
    }
    receive(echo(source, address("2002:808:808::1")), from);
    EXPECT_EQ(injected_.size(), 1U);
}

// 6to4 of our own addresses where the filter lets them pass.
TEST_F(ServerForwardingTest, OwnSixToFourIsNoDestination) {
    receive(echo(kAddressA, address("2002:cb00:7178::1")));
    expect_drop(DropReason::kNotForwardable);
    receive(echo(kAddressA, address("2002:cb00:71c8::1")));
    expect_drop(DropReason::kNotForwardable);
}

// S13: the connectivity test, only its hop limit changed.
TEST_F(ServerForwardingTest, EchoRequestReachesNativeHost) {
    conformance::shows("S13");
    receive(kEchoRequest);
    expect_injected(with_hop_limit(from_hex(kEchoRequest), 0x3F));
    EXPECT_EQ(counters().forwarded_to_ipv6, 1U);
    expect_conservation();
}

// W16
TEST_F(ServerForwardingTest, TrailersNeverReachTheNativeHost) {
    conformance::shows("W16");
    receive(concatenate({from_hex(kEchoRequest), from_hex(kBubbleTrailers)}));
    expect_injected(with_hop_limit(from_hex(kEchoRequest), 0x3F));
    EXPECT_EQ(counters().trailers_cut, 1U);
}

// Only our own clients test through us.
TEST_F(ServerForwardingTest, EchoOfOtherServersClientIsDropped) {
    receive(echo(wire::TeredoAddress{kOtherServer, 0, kClientA}.to_ipv6(), kNative));
    expect_drop(DropReason::kForeignClient);
}

TEST_F(ServerForwardingTest, NothingButEchoRequestsReachesNativeHosts) {
    conformance::shows("T-C7");
    receive(bubble(kAddressA, kNative));
    expect_drop(DropReason::kNotForwardable);
    receive(echo(kAddressA, kNative, wire::Icmpv6Type::kEchoReply));
    expect_drop(DropReason::kNotForwardable);
}

// S14
TEST_F(ServerForwardingTest, UnusableTargetIsDropped) {
    conformance::shows("S14", "T-C4");
    use_strict_filter();
    const Endpoint from{Ipv4Address{8, 8, 4, 4}, 4095};
    const Ipv6Address source = wire::TeredoAddress{kServer, 0, from}.to_ipv6();
    for (const std::string_view target : {"0.1.2.3",
                                          "10.0.0.1",
                                          "100.64.0.1",
                                          "127.0.0.1",
                                          "169.254.1.1",
                                          "172.31.255.255",
                                          "192.0.0.1",
                                          "192.0.2.1",
                                          "192.88.99.1",
                                          "192.168.0.1",
                                          "198.18.0.1",
                                          "224.0.0.253",
                                          "240.0.0.1",
                                          "255.255.255.255"}) {
        const Endpoint mapped{Ipv4Address::parse(target).value(), 4096};
        receive(bubble(source, wire::TeredoAddress{kServer, 0, mapped}.to_ipv6()), from);
        expect_drop(DropReason::kTargetUnusable);
    }
    const Endpoint no_port{Ipv4Address{8, 8, 8, 8}, 0};
    receive(bubble(source, wire::TeredoAddress{kServer, 0, no_port}.to_ipv6()), from);
    expect_drop(DropReason::kTargetUnusable);
}

// S34, S35, T1, C1: a bubble has no hop limit that would end it.
TEST_F(ServerForwardingTest, LoopsThroughOwnAddressesEnd) {
    conformance::shows("S34", "S35", "T-C1");
    for (const Ipv4Address own : {kServer, kSecondServer, kThirdOwnAddress}) {
        for (const std::uint16_t port : {std::uint16_t{3544}, std::uint16_t{1024}}) {
            const Ipv6Address target = wire::TeredoAddress{kServer, 0, {own, port}}.to_ipv6();
            receive(bubble(kAddressA, target));
            expect_drop(DropReason::kTargetOwn);
            receive(bubble(kNative, target), kRelay);
            expect_drop(DropReason::kTargetOwn);
            receive(echo(kAddressA, target));
            expect_drop(DropReason::kTargetOwn);
        }
        const Endpoint self{own, 3544};
        const Ipv6Address source = wire::TeredoAddress{kServer, 0, self}.to_ipv6();
        receive(bubble(source, kAddressB), self);
        expect_drop(DropReason::kOwnOuterSource);
        for (const std::uint16_t port : {std::uint16_t{3544}, std::uint16_t{1024}}) {
            receive(kSolicitation, Endpoint{own, port});
            expect_drop(DropReason::kOwnOuterSource);
        }
        receive(bubble(source, source), self, ServiceSocket::kSecondary);
        expect_drop(DropReason::kOwnOuterSource);
    }
}

// S41: a relay of this host uses us as anybody's would.
TEST_F(ServerForwardingTest, RelayOfThisHostIsServed) {
    const Endpoint relay{kServer, kRelay.port};
    const ByteVector packet = bubble(kNative, kAddressB);
    receive(packet, relay);
    expect_sent(kClientB, concatenate({origin(relay), packet}));
}

// C2
TEST_F(ServerForwardingTest, WhatAServerMadeIsNotTakenUp) {
    conformance::shows("T-C2");
    receive(concatenate({from_hex(kOriginA), from_hex(kBubble)}));
    expect_drop(DropReason::kFromServer);
    const Endpoint server{kOtherServer, 3544};
    receive(bubble(wire::teredo_link_local(wire::kConeFlag, server), kAddressB), server);
    expect_drop(DropReason::kFromServer);
    // A Miredo client behind a NAT that gave it port 3544 is nobody's server.
    receive(bubble(address("fe80::1c2b:3d4e:5f60:7182"), kAddressB), server);
    EXPECT_EQ(sent_.size(), 1U);
}

// S36
TEST_F(ServerForwardingTest, EchoBeyondItsSizeIsDropped) {
    conformance::shows("S36", "T-C4");
    receive(echo(kAddressA, kNative, wire::Icmpv6Type::kEchoRequest, 80));
    EXPECT_EQ(injected_.size(), 1U);
    clear();
    for (const std::size_t size : {std::size_t{81}, std::size_t{121}, std::size_t{1200}}) {
        receive(echo(kAddressA, kNative, wire::Icmpv6Type::kEchoRequest, size));
        expect_drop(DropReason::kEchoTooLarge);
        receive(echo(kAddressA, kAddressB, wire::Icmpv6Type::kEchoReply, size));
        expect_drop(DropReason::kEchoTooLarge);
    }
}

// S36, D12
TEST_F(ServerForwardingTest, OtherIcmpv6IsDropped) {
    conformance::shows("S36");
    for (const auto type : {wire::Icmpv6Type::kDestinationUnreachable,
                            wire::Icmpv6Type::kPacketTooBig,
                            wire::Icmpv6Type::kRouterSolicitation,
                            wire::Icmpv6Type::kRouterAdvertisement,
                            wire::Icmpv6Type::kRedirect}) {
        for (const Ipv6Address& destination : {kNative, kAddressB}) {
            receive(echo(kAddressA, destination, type));
            expect_drop(DropReason::kNotBubbleNorEcho);
        }
    }
    ByteVector bad_checksum = from_hex(kEchoRequest);
    bad_checksum.back() ^= std::byte{1};
    receive(bad_checksum);
    expect_drop(DropReason::kNotBubbleNorEcho);
}

// D12: request and reply between clients pass, their hop limit is the clients' business.
TEST_F(ServerForwardingTest, EchoBetweenClientsPasses) {
    for (const auto type : {wire::Icmpv6Type::kEchoRequest, wire::Icmpv6Type::kEchoReply}) {
        const ByteVector packet = echo(kAddressA, kAddressB, type);
        receive(packet);
        expect_sent(kClientB, concatenate({from_hex(kOriginA), packet}));
    }
}

// S37
TEST_F(ServerForwardingTest, HopLimitIsDecrementedTowardsNativeHosts) {
    conformance::shows("S37");
    for (const std::uint8_t hop_limit : std::array<std::uint8_t, 2>{0, 1}) {
        receive(with_hop_limit(from_hex(kEchoRequest), hop_limit));
        expect_drop(DropReason::kHopLimitExceeded);
    }
    receive(with_hop_limit(from_hex(kEchoRequest), 2));
    expect_injected(with_hop_limit(from_hex(kEchoRequest), 1));
    receive(with_hop_limit(from_hex(kEchoRequest), 255));
    expect_injected(with_hop_limit(from_hex(kEchoRequest), 254));
}

TEST_F(ServerForwardingTest, PacketsOfTheHostAreDiscarded) {
    server_.handle_packet(now_, from_hex(kBubble), output_);
    expect_drop(DropReason::kNotForwardable);
    EXPECT_EQ(counters().packets_received, 1U);
    expect_conservation();
}

// C2 and the invariants of section 5.3, S6 and S16: a datagram causes at most one, whatever its
// bytes, and what servers send to each other comes to an end at once.
TEST_F(ServerForwardingTest, ServersNeverPlayPingPong) {
    conformance::shows("T-C2");
    ServerSettings other_settings = default_settings();
    other_settings.primary = kOtherServer;
    other_settings.secondary.reset();
    other_settings.surroundings.own_addresses = {kOtherServer};
    Server other{other_settings, random_, now_};
    const std::array addresses{kServer, kSecondServer, kOtherServer, kClientA.address};
    const std::array<std::uint16_t, 3> ports{3544, 4095, 0};
    const auto any_endpoint = [&] {
        return Endpoint{addresses.at(random_.uint32() % addresses.size()),
                        ports.at(random_.uint32() % ports.size())};
    };
    const auto any_address = [&] {
        const Ipv4Address server = addresses.at(random_.uint32() % addresses.size());
        const std::array choices{wire::TeredoAddress{server, 0, any_endpoint()}.to_ipv6(),
                                 wire::teredo_link_local(wire::kConeFlag, any_endpoint()),
                                 wire::kAllRouters,
                                 kNative};
        return choices.at(random_.uint32() % choices.size());
    };
    std::size_t passed_on = 0;
    for (int i = 0; i < 50'000; ++i) {
        now_ += std::chrono::milliseconds{10};
        const Ipv6Address from = any_address();
        const Ipv6Address to = any_address();
        const std::array packets{bubble(from, to),
                                 echo(from, to),
                                 concatenate({wire::build_router_solicitation(from).bytes()}),
                                 concatenate({from_hex(kOriginA), bubble(from, to)})};
        receive(packets.at(random_.uint32() % packets.size()), any_endpoint());
        ASSERT_LE(sent_.size() + injected_.size(), 1U);
        if (!sent_.empty() && sent_[0].to == Endpoint{kOtherServer, 3544}) {
            ++passed_on;
            const auto sent = sent_[0];
            clear();
            other.handle_datagram(now_, {{kServer, 3544}, sent.bytes}, output_);
            ASSERT_TRUE(is_silent());
        }
        clear();
    }
    EXPECT_GT(passed_on, 50U);
    expect_conservation();
}

// Bytes that are nearly right: never more than one answer, and nothing unaccounted for.
TEST_F(ServerForwardingTest, DamagedDatagramsAreAccountedFor) {
    const std::array good{concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}),
                          concatenate({from_hex(kBubble), from_hex(kBubbleTrailers)}),
                          from_hex(kEchoRequest)};
    for (int i = 0; i < 50'000; ++i) {
        now_ += std::chrono::milliseconds{10};
        ByteVector datagram = good.at(random_.uint32() % good.size());
        for (std::uint32_t changes = random_.uint32() % 4; changes > 0; --changes) {
            datagram.at(random_.uint32() % datagram.size()) =
                static_cast<std::byte>(random_.uint32());
        }
        datagram.resize(random_.uint32() % 8 == 0 ? random_.uint32() % (datagram.size() + 1)
                                                  : datagram.size());
        receive(datagram);
        ASSERT_LE(sent_.size() + injected_.size(), 1U);
        clear();
    }
    expect_conservation();
}

}  // namespace
}  // namespace miredo::teredo
