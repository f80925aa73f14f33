// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the client receives, before anything else (RFC 4380 §5.2.3): the preliminary checks P1 to
// P8. client_from_server_test.cpp and client_from_peers_test.cpp have what comes after.
#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

TEST_F(ClientTest, receives_p1_nothing_malformed) {
    conformance::shows("T-B7", "T-B8");
    qualify();
    receive(kPeerMapping, ByteVector(39, std::byte{0x60}));
    EXPECT_EQ(drops(DropReason::kTooShort), 1U);
    receive(kPeerMapping, ByteVector(60, std::byte{0x45}));
    EXPECT_EQ(drops(DropReason::kUnknownEncapsulation), 1U);
    ByteVector authentication(60);
    authentication[1] = std::byte{1};
    authentication[2] = std::byte{255};
    receive(kPeerMapping, authentication);
    EXPECT_EQ(drops(DropReason::kTruncatedAuthentication), 1U);
    receive(kPeerMapping,
            concatenate({make_origin(kMapping), make_origin(kMapping), data_from(peer_address())}));
    EXPECT_EQ(drops(DropReason::kMisplacedHeader), 1U);
    EXPECT_TRUE(is_silent());
}

TEST_F(ClientTest, receives_p2_nothing_shorter_than_it_says) {
    conformance::shows("W14", "T-B6");
    qualify();
    ByteVector packet = data_from(peer_address());
    packet.pop_back();
    receive(kPeerMapping, packet);
    expect_silent_drop(DropReason::kMalformedIpv6);
}

TEST_F(ClientTest, receives_p3_nothing_from_impossible_outer_sources) {
    qualify();
    receive({kPeerMapping.address, 0}, data_from(peer_address()));
    receive({Ipv4Address{224, 0, 0, 253}, 5000}, data_from(peer_address()));
    receive({Ipv4Address{255, 255, 255, 255}, 5000}, data_from(peer_address()));
    receive({Ipv4Address{}, 5000}, data_from(peer_address()));
    expect_silent_drop(DropReason::kOuterSourceUnusable, 4);
}

TEST_F(ClientTest, receives_p4_nothing_from_impossible_sources) {
    conformance::shows("T-B2");
    qualify();
    std::uint64_t count = 0;
    for (const char* const text :
         {"ff02::1", "::", "::1", "::ffff:13.1.2.3", "::13.1.2.3", "fec0::1"}) {
        receive(kPeerMapping, data_from(address(text)));
        expect_silent_drop(DropReason::kSourceUnusable, ++count);
    }
    // A group (section 2.4), though mapped to where it comes from.
    receive(kPeerMapping, data_from(peer_address(kPeerMapping, kPeerServer, wire::kGroupFlag)));
    expect_silent_drop(DropReason::kSourceUnusable, ++count);
}

TEST_F(ClientTest, receives_p4_nothing_from_its_own_address_or_mapping) {
    conformance::shows("T-B2", "T-A15");
    qualify();
    receive(kPeerMapping, data_from(own()));
    receive(kPeerMapping, data_from(peer_address(kMapping)));
    expect_silent_drop(DropReason::kOwnSource, 2);
}

TEST_F(ClientTest, receives_p5_nothing_for_other_destinations) {
    conformance::shows("C28", "C30", "T-B1");
    qualify();
    make_friend();
    std::uint64_t count = 0;
    for (const char* const text :
         {"::1", "fe80::1", "ff02::1", "2600::5", "2002:a00:1::1", "fe80::ffff:ffff:ffff"}) {
        receive(kPeerMapping, ipv6_packet(peer_address(), address(text), 17, {}));
        expect_silent_drop(DropReason::kDestinationNotOwn, ++count);
    }
}

TEST_F(ClientTest, receives_p5_nothing_for_its_own_mapping_with_other_flags) {
    conformance::shows("C28");
    qualify();
    const Ipv6Address twin = wire::TeredoAddress{kServer, 0x0001, kMapping}.to_ipv6();
    receive(kPeerMapping, ipv6_packet(peer_address(), twin, 17, {}));
    expect_silent_drop(DropReason::kDestinationNotOwn);
}

TEST_F(ClientTest, receives_p6_nothing_from_its_own_mapping_or_socket) {
    conformance::shows("C37", "T-A15");
    qualify();
    receive(kMapping, data_from(peer_address()));
    receive({Ipv4Address{10, 0, 0, 9}, 5555}, data_from(peer_address()));
    expect_silent_drop(DropReason::kOwnOuterSource, 2);
}

TEST_F(ClientTest, receives_p7_no_packet_with_a_fatal_trailer) {
    conformance::shows("W18");
    qualify();
    receive(kPeerMapping, concatenate({bubble_from(peer_address()), from_hex("4100")}));
    expect_silent_drop(DropReason::kUnknownTrailer);
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_p7_no_bubble_with_malformed_alternates) {
    conformance::shows("W24");
    qualify();
    receive(kPeerMapping,
            concatenate({bubble_from(peer_address()), from_hex("03080000000000000000")}));
    expect_silent_drop(DropReason::kMalformedAlternates);
}

TEST_F(ClientTest, receives_p7_trailers_never_reach_the_host) {
    conformance::shows("W16", "T-B6");
    qualify();
    const ByteVector packet = data_from(peer_address());
    receive(kPeerMapping, concatenate({packet, from_hex("3e00"), from_hex("01")}));
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_p8_no_type_0_routing_header) {
    conformance::shows("W32", "T-B4");
    qualify();
    ByteVector header(24);
    header[0] = std::byte{17};
    header[1] = std::byte{2};
    header[3] = std::byte{1};
    receive(kPeerMapping, ipv6_packet(peer_address(), own(), wire::kRouting, header));
    expect_silent_drop(DropReason::kType0Routing);
}

TEST_F(ClientTest, receives_no_endless_extension_headers) {
    conformance::shows("T-B4");
    qualify();
    ByteVector headers(std::size_t{64} * 8);
    for (std::size_t i = 0; i < headers.size(); i += 8) {
        headers[i] = static_cast<std::byte>(wire::kDestinationOptions);
    }
    receive(kPeerMapping, ipv6_packet(peer_address(), own(), wire::kDestinationOptions, headers));
    expect_silent_drop(DropReason::kExtensionHeaders);
}

TEST_F(ClientTest, receives_no_neighbor_discovery_from_anybody) {
    conformance::shows("C29", "T-B3");
    qualify();
    make_friend();
    std::uint64_t count = 0;
    for (const int type : {130, 131, 132, 133, 134, 135, 136, 137, 143}) {
        receive(kPeerMapping, echo(peer_address(), own(), static_cast<wire::Icmpv6Type>(type)));
        expect_silent_drop(DropReason::kNeighborDiscovery, ++count);
    }
}

TEST_F(ClientTest, receives_nothing_but_advertisements_before_it_is_qualified) {
    advance(Duration{0});
    clear();
    const Ipv6Address own_to_be = peer_address(kMapping, kServer);
    receive(kServerEndpoint, bubble(peer_address(), own_to_be));
    receive(kPeerMapping, ipv6_packet(peer_address(), own_to_be, 17, {}));
    expect_silent_drop(DropReason::kNotQualified, 2);
}

}  // namespace
}  // namespace miredo::teredo
