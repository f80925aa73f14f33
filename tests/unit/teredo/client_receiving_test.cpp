// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The client's receiving tables (RFC 4380 §5.2.3, RFC 6081 §5.2.4): preliminary checks P1 to P8,
// what comes from the server (F1 to F5) and the cases 1 to 6, one test or more for each.
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

TEST_F(ClientTest, receives_p1_nothing_malformed) {
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
    qualify();
    std::uint64_t count = 0;
    for (const char* const text :
         {"ff02::1", "::", "::1", "::ffff:13.1.2.3", "::13.1.2.3", "fec0::1"}) {
        receive(kPeerMapping, data_from(address(text)));
        expect_silent_drop(DropReason::kSourceUnusable, ++count);
    }
}

TEST_F(ClientTest, receives_p4_nothing_from_its_own_address_or_mapping) {
    qualify();
    receive(kPeerMapping, data_from(own()));
    receive(kPeerMapping, data_from(peer_address(kMapping)));
    expect_silent_drop(DropReason::kOwnSource, 2);
}

TEST_F(ClientTest, receives_p5_nothing_for_other_destinations) {
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
    qualify();
    const Ipv6Address twin = wire::TeredoAddress{kServer, 0x0001, kMapping}.to_ipv6();
    receive(kPeerMapping, ipv6_packet(peer_address(), twin, 17, {}));
    expect_silent_drop(DropReason::kDestinationNotOwn);
}

TEST_F(ClientTest, receives_p6_nothing_from_its_own_mapping_or_socket) {
    qualify();
    receive(kMapping, data_from(peer_address()));
    receive({Ipv4Address{10, 0, 0, 9}, 5555}, data_from(peer_address()));
    expect_silent_drop(DropReason::kOwnOuterSource, 2);
}

TEST_F(ClientTest, receives_p7_no_packet_with_a_fatal_trailer) {
    qualify();
    receive(kPeerMapping, concatenate({bubble_from(peer_address()), from_hex("4100")}));
    expect_silent_drop(DropReason::kUnknownTrailer);
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_p7_no_bubble_with_malformed_alternates) {
    qualify();
    receive(kPeerMapping,
            concatenate({bubble_from(peer_address()), from_hex("03080000000000000000")}));
    expect_silent_drop(DropReason::kMalformedAlternates);
}

TEST_F(ClientTest, receives_p7_trailers_never_reach_the_host) {
    qualify();
    const ByteVector packet = data_from(peer_address());
    receive(kPeerMapping, concatenate({packet, from_hex("3e00"), from_hex("01")}));
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_p8_no_type_0_routing_header) {
    qualify();
    ByteVector header(24);
    header[0] = std::byte{17};
    header[1] = std::byte{2};
    header[3] = std::byte{1};
    receive(kPeerMapping, ipv6_packet(peer_address(), own(), wire::kRouting, header));
    expect_silent_drop(DropReason::kType0Routing);
}

TEST_F(ClientTest, receives_no_endless_extension_headers) {
    qualify();
    ByteVector headers(64 * 8);
    for (std::size_t i = 0; i < headers.size(); i += 8) {
        headers[i] = static_cast<std::byte>(wire::kDestinationOptions);
    }
    receive(kPeerMapping, ipv6_packet(peer_address(), own(), wire::kDestinationOptions, headers));
    expect_silent_drop(DropReason::kExtensionHeaders);
}

TEST_F(ClientTest, receives_no_neighbor_discovery_from_anybody) {
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

// Row F1.
TEST_F(ClientTest, receives_f1_every_server_packet_postpones_the_refresh) {
    qualify();
    for (int i = 0; i < 30; ++i) {
        advance(seconds{10});
        receive(kServerEndpoint, indirect(peer_address()));
    }
    for (const Sent& sent : sent_) {
        EXPECT_FALSE(sent.is_solicitation());
    }
    EXPECT_EQ(client().status().last_server_interaction, now_);
}

// Row F2 has its tests in qualification_test.cpp.
TEST_F(ClientTest, receives_f2_advertisements_never_reach_the_host) {
    advance(Duration{0});
    advertise();
    advertise();
    EXPECT_TRUE(delivered_.empty());
}

// Row F3.
TEST_F(ClientTest, receives_f3_an_indirect_bubble_and_answers_to_the_embedded_mapping) {
    qualify();
    receive(kServerEndpoint, indirect(peer_address(), kOtherMapping));
    ASSERT_GE(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_EQ(sent_[0].bytes, bubble(own(), peer_address()));
    EXPECT_EQ(counters().consumed, 3U);  // two advertisements, and this
    EXPECT_EQ(client().status().unproven_peers, 1U);
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(ClientTest, receives_f3_an_indirect_bubble_without_origin) {
    qualify();
    receive(kServerEndpoint, indirect(peer_address(), std::nullopt));
    ASSERT_GE(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
}

TEST_F(ClientTest, receives_f3_a_bubble_of_a_native_source_and_answers_to_the_origin) {
    qualify();
    receive(kServerEndpoint, indirect(kNative, kRelay));
    expect_sent(kRelay, bubble(own(), kNative));
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_f3_a_bubble_of_a_link_local_source_and_swaps_the_addresses) {
    qualify();
    receive(kServerEndpoint, indirect(kOldRelaySource, kRelay));
    expect_sent(kRelay, bubble(own(), kOldRelaySource));
}

TEST_F(ClientTest, receives_f3_no_origin_and_no_teredo_source) {
    qualify();
    receive(kServerEndpoint, indirect(kNative, std::nullopt));
    receive(kServerEndpoint, indirect(kOldRelaySource, std::nullopt));
    expect_silent_drop(DropReason::kOriginMissing, 2);
}

TEST_F(ClientTest, receives_f3_origins_that_are_no_targets) {
    qualify();
    std::uint64_t count = 0;
    for (const Endpoint origin : {Endpoint{Ipv4Address{10, 0, 0, 1}, 5000},
                                  Endpoint{Ipv4Address{127, 0, 0, 1}, 5000},
                                  Endpoint{Ipv4Address{224, 0, 0, 1}, 5000},
                                  Endpoint{Ipv4Address{255, 255, 255, 255}, 5000},
                                  Endpoint{Ipv4Address{0, 0, 0, 0}, 5000},
                                  Endpoint{Ipv4Address{240, 0, 0, 1}, 5000},
                                  Endpoint{Ipv4Address{100, 64, 0, 1}, 5000},
                                  Endpoint{Ipv4Address{192, 88, 99, 1}, 5000},
                                  Endpoint{Ipv4Address{169, 254, 0, 1}, 5000},
                                  Endpoint{kRelay.address, 0},
                                  kMapping,
                                  kServerEndpoint,
                                  kSecondaryEndpoint}) {
        receive(kServerEndpoint, indirect(kNative, origin));
        expect_silent_drop(DropReason::kOriginUnusable, ++count);
    }
}

TEST_F(ClientTest, receives_f3_embedded_mappings_that_are_no_targets) {
    qualify();
    receive(kServerEndpoint, indirect(peer_address({Ipv4Address{10, 0, 0, 1}, 5000})));
    receive(kServerEndpoint, indirect(peer_address({kPeerMapping.address, 0})));
    receive(kServerEndpoint, indirect(peer_address(kServerEndpoint)));
    expect_silent_drop(DropReason::kMappedAddressUnusable, 3);
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_f3_more_bubbles_than_are_answered) {
    qualify();
    for (int i = 0; i < 1000; ++i) {
        receive(kServerEndpoint, indirect(peer_address()));
        now_ += milliseconds{1};
    }
    std::uint64_t direct = 0;
    for (const Sent& sent : sent_) {
        direct += sent.to == kPeerMapping ? 1U : 0U;
    }
    EXPECT_LE(direct, 5U);  // burst 3, one each 500 ms
    EXPECT_GE(direct, 4U);
    EXPECT_EQ(drops(DropReason::kAnswerRateLimited), 1000 - direct);
}

TEST_F(ClientTest, receives_f3_one_target_behind_many_addresses) {
    qualify();
    for (std::uint16_t port = 1; port <= 1000; ++port) {
        receive(kServerEndpoint, indirect(peer_address({kPeerMapping.address, port})));
    }
    std::uint64_t direct = 0;
    for (const Sent& sent : sent_) {
        direct += sent.to.address == kPeerMapping.address ? 1U : 0U;
    }
    EXPECT_EQ(direct, kAnswerBurst);
}

TEST_F(ClientTest, receives_f3_many_targets_within_the_limit_of_all) {
    qualify();
    for (std::uint32_t i = 0; i < 2000; ++i) {
        receive(kServerEndpoint, indirect(kNative, Endpoint{Ipv4Address{0x50000000U + i}, 5000}));
    }
    EXPECT_LE(sent_.size(), kAnswerBurstInAll);
    EXPECT_EQ(sent_.size() + drops(DropReason::kAnswerRateLimited), 2000U);
}

// RFC 6081 §5.2.4.2 and §5.2.4.3.
TEST_F(ClientTest, receives_f3_a_nonce_and_repeats_it_in_direct_bubbles) {
    qualify();
    receive(kServerEndpoint, indirect(peer_address(), kPeerMapping, 0xDEADBEEF));
    ASSERT_GE(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_EQ(sent_[0].nonce(), 0xDEADBEEF);
    advance(seconds{3});
    clear();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].nonce(), 0xDEADBEEF);
}

TEST_F(ClientTest, receives_f3_no_nonce_and_forgets_the_earlier_one) {
    qualify();
    receive(kServerEndpoint, indirect(peer_address(), kPeerMapping, 0xDEADBEEF));
    receive(kServerEndpoint, indirect(peer_address()));
    advance(seconds{3});
    clear();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_FALSE(sent_[0].nonce().has_value());
}

TEST_F(ClientTest, receives_f3_and_answers_indirectly_too_while_the_peer_is_not_trusted) {
    qualify();
    receive(kServerEndpoint, indirect(peer_address()));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[1].to, kPeerServerEndpoint);
    EXPECT_TRUE(sent_[1].nonce().has_value());
    clear();
    receive(kServerEndpoint, indirect(peer_address()));  // the 2 s rule ends the ping-pong
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
}

TEST_F(ClientTest, receives_f3_and_answers_only_directly_when_the_peer_is_trusted) {
    qualify();
    make_friend();
    advance(seconds{3});
    receive(kServerEndpoint, indirect(peer_address()));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
}

TEST_F(ClientTest, receives_f3_and_answers_where_the_peer_was_heard_last) {
    qualify();
    send(data_to(peer_address()));
    const std::optional<std::uint32_t> nonce = sent_[1].nonce();
    receive(kOtherMapping, bubble_from(peer_address(), nonce));
    clear();
    receive(kServerEndpoint, indirect(peer_address(), kOtherMapping, 7));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kOtherMapping);
    EXPECT_EQ(sent_[0].nonce(), 7U);
}

// D23 of simultaneous starts: an answer goes out although we have just sent.
TEST_F(ClientTest, receives_f3_and_answers_within_two_seconds_of_its_own_bubble) {
    qualify();
    send(data_to(peer_address()));
    clear();
    receive(kServerEndpoint, indirect(peer_address()));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
}

// Row F4.
TEST_F(ClientTest, receives_f4_a_native_packet_through_the_server_and_tests_its_source) {
    qualify();
    const ByteVector packet = data_from(kNative);
    receive(kServerEndpoint, concatenate({make_origin(kRelay), packet}));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].to, kRelay);
    EXPECT_EQ(sent_[0].bytes, bubble(own(), kNative));
    ASSERT_TRUE(sent_[1].is_test());
    EXPECT_TRUE(delivered_.empty());
    receive(kRelay, reply_to(sent_[1]));
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_f4_nothing_with_an_origin_that_is_no_target) {
    qualify();
    receive(kServerEndpoint,
            concatenate({make_origin(Endpoint{Ipv4Address{10, 0, 0, 1}, 1}), data_from(kNative)}));
    expect_silent_drop(DropReason::kOriginUnusable);
}

// Row F4b.
TEST_F(ClientTest, receives_f4b_data_of_a_peer_through_the_server_and_asks_for_a_direct_way) {
    qualify();
    receive(kServerEndpoint, concatenate({make_origin(kPeerMapping), data_from(peer_address())}));
    ASSERT_GE(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_TRUE(sent_[0].is_bubble());
    EXPECT_TRUE(delivered_.empty());
    EXPECT_EQ(drops(DropReason::kMappingMismatch), 1U);
    clear();
    send(data_to(peer_address()));
    for (const Sent& sent : sent_) {
        EXPECT_NE(sent.to, kServerEndpoint);
    }
}

// Row F5.
TEST_F(ClientTest, receives_f5_a_test_reply_from_a_server_that_is_the_relay) {
    qualify();
    const ByteVector packet = data_to(kNative);
    send(packet);
    const Sent test = sent_[0];
    clear();
    receive(kServerEndpoint, reply_to(test));
    expect_sent(kServerEndpoint, packet);
}

// Case 1.
TEST_F(ClientTest, receives_case_1_from_a_trusted_peers_mapping) {
    qualify();
    make_friend();
    const ByteVector packet = data_from(peer_address(), 1280);
    receive(kPeerMapping, packet);
    expect_delivered(packet);
    EXPECT_TRUE(sent_.empty());
}

TEST_F(ClientTest, receives_case_1_packets_of_60_kib) {
    qualify();
    make_friend();
    const ByteVector packet = data_from(peer_address(), 60 * 1024);
    receive(kPeerMapping, packet);
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_case_1_prolongs_the_validity) {
    qualify();
    make_friend();
    advance(seconds{20});
    receive(kPeerMapping, data_from(peer_address()));
    advance(seconds{20});
    clear();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_FALSE(sent_[0].is_bubble());
}

TEST_F(ClientTest, receives_case_1_bubbles_for_itself) {
    qualify();
    make_friend();
    receive(kPeerMapping, bubble_from(peer_address()));
    EXPECT_TRUE(is_silent());
}

TEST_F(ClientTest, receives_no_case_1_from_another_mapping) {
    qualify();
    make_friend();
    receive(kOtherMapping, data_from(peer_address()));
    expect_silent_drop(DropReason::kMappingMismatch);
    const ByteVector packet = data_to(peer_address());
    send(packet);
    expect_sent(kPeerMapping, packet);
}

// Case 2.
TEST_F(ClientTest, receives_case_2_a_test_reply_and_sends_what_waited_to_its_relay) {
    qualify();
    std::vector<ByteVector> packets;
    for (std::size_t i = 0; i < 3; ++i) {
        packets.push_back(data_to(kNative, 100 + i));
        send(packets.back());
    }
    ASSERT_EQ(sent_.size(), 1U);
    const Sent test = sent_[0];
    clear();
    receive(kRelay, reply_to(test));
    ASSERT_EQ(sent_.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(sent_[i].to, kRelay);
        EXPECT_EQ(sent_[i].bytes, packets[i]);
    }
    EXPECT_TRUE(delivered_.empty());
    EXPECT_EQ(client().status().proven_peers, 1U);
}

TEST_F(ClientTest, receives_case_2_nothing_of_a_reply_with_another_nonce) {
    qualify();
    send(data_to(kNative));
    const Sent test = sent_[0];
    clear();
    receive(kRelay, echo(kNative, own(), wire::Icmpv6Type::kEchoReply, 16));
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(client().status().proven_peers, 0U);
    receive(kRelay, reply_to(test));  // the right one still counts
    EXPECT_EQ(client().status().proven_peers, 1U);
}

TEST_F(ClientTest, receives_case_2_nothing_from_a_relay_that_is_no_target) {
    qualify();
    send(data_to(kNative));
    const Sent test = sent_[0];
    clear();
    receive({Ipv4Address{10, 0, 0, 1}, 6000}, reply_to(test));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

TEST_F(ClientTest, receives_case_2_the_hosts_own_echo_replies_reach_it) {
    qualify();
    make_native_friend();
    const ByteVector reply = echo(kNative, own(), wire::Icmpv6Type::kEchoReply, 56);
    receive(kRelay, reply);
    expect_delivered(reply);
    clear();
    const ByteVector short_reply = echo(kNative, own(), wire::Icmpv6Type::kEchoReply, 16);
    receive(kRelay, short_reply);
    expect_delivered(short_reply);
}

// D7: the path of a native host moves to another relay.
TEST_F(ClientTest, receives_case_2_a_change_of_relay_after_a_test) {
    qualify();
    make_native_friend();
    const ByteVector packet = data_from(kNative);
    receive(kOtherRelay, packet);
    ASSERT_EQ(sent_.size(), 1U);
    ASSERT_TRUE(sent_[0].is_test());
    receive(kOtherRelay, reply_to(sent_[0]));
    expect_delivered(packet);
    clear();
    const ByteVector answer = data_to(kNative);
    send(answer);
    expect_sent(kOtherRelay, answer);
}

TEST_F(ClientTest, receives_case_2_no_change_of_relay_without_an_outstanding_test) {
    qualify();
    receive(kRelay, data_from(kNative));
    const Sent test = sent_.at(0);
    receive(kRelay, reply_to(test));
    clear();
    receive(kOtherRelay, reply_to(test));
    expect_silent_drop(DropReason::kEchoReplyUnexpected);
    const ByteVector packet = data_to(kNative);
    send(packet);
    expect_sent(kRelay, packet);
}

// Case 3.
TEST_F(ClientTest, receives_case_3_an_unsolicited_packet_whose_source_matches) {
    qualify();
    const ByteVector packet = data_from(peer_address());
    receive(kPeerMapping, packet);
    expect_delivered(packet);
    EXPECT_EQ(client().status().unproven_peers, 1U);
    EXPECT_EQ(client().status().proven_peers, 0U);
    clear();
    const ByteVector answer = data_to(peer_address());
    send(answer);
    expect_sent(kPeerMapping, answer);
    receive(kPeerMapping, packet);
    EXPECT_EQ(client().status().proven_peers, 1U);
}

TEST_F(ClientTest, receives_case_3_a_direct_bubble_without_a_nonce) {
    qualify();
    send(data_to(peer_address()));
    clear();
    receive(kPeerMapping, bubble_from(peer_address()));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(ClientTest, receives_case_3_nothing_from_addresses_that_are_no_targets) {
    qualify();
    const Endpoint inside{Ipv4Address{192, 168, 1, 5}, 5000};
    receive(inside, data_from(peer_address(inside)));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

TEST_F(ClientTest, receives_case_3_random_flags_of_peers) {
    qualify();
    const ByteVector packet = data_from(peer_address(kPeerMapping, kPeerServer, 0x7CFF));
    receive(kPeerMapping, packet);
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_case_3_a_later_fragment_without_learning_from_it) {
    qualify();
    ByteVector fragment(16);
    fragment[0] = std::byte{17};
    fragment[3] = std::byte{8};
    const ByteVector packet = ipv6_packet(peer_address(), own(), wire::kFragment, fragment);
    receive(kPeerMapping, packet);
    expect_delivered(packet);
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

// Case 3', RFC 6081 §5.2.4.4.
TEST_F(ClientTest, receives_case_3_prime_our_nonce_from_another_mapping) {
    qualify();
    const ByteVector packet = data_to(peer_address());
    send(packet);
    const std::optional<std::uint32_t> nonce = sent_[1].nonce();
    clear();
    receive(kOtherMapping, bubble_from(peer_address(), nonce));
    expect_sent(kOtherMapping, packet);
    EXPECT_EQ(client().status().proven_peers, 1U);
    clear();
    const ByteVector data = data_from(peer_address());
    receive(kOtherMapping, data);
    expect_delivered(data);
}

TEST_F(ClientTest, receives_case_3_prime_no_other_nonce_and_none) {
    qualify();
    send(data_to(peer_address()));
    const std::optional<std::uint32_t> nonce = sent_[1].nonce();
    clear();
    receive(kOtherMapping, bubble_from(peer_address(), *nonce + 1));
    receive(kOtherMapping, bubble_from(peer_address(), 0));
    receive(kOtherMapping, bubble_from(peer_address()));
    expect_silent_drop(DropReason::kNonceMismatch, 3);
}

TEST_F(ClientTest, receives_case_3_prime_no_nonce_0_where_none_was_sent) {
    qualify();
    receive(kPeerMapping, data_from(peer_address()));
    clear();
    receive(kOtherMapping, bubble_from(peer_address(), 0));
    expect_silent_drop(DropReason::kNonceMismatch);
}

TEST_F(ClientTest, receives_case_3_prime_no_nonce_after_its_time) {
    qualify();
    send(data_to(peer_address()));
    advance(seconds{20});
    advertise();
    const Sent last = sent_.at(7);
    advance(seconds{17});
    clear();
    receive(kOtherMapping, bubble_from(peer_address(), last.nonce()));
    EXPECT_EQ(drops(DropReason::kNonceMismatch), 1U);
}

// Case 6.
TEST_F(ClientTest, receives_case_6_no_data_of_a_mismatching_teredo_source) {
    qualify();
    receive(kOtherMapping, data_from(peer_address()));
    expect_silent_drop(DropReason::kMappingMismatch);
}

TEST_F(ClientTest, receives_case_6_nothing_of_link_local_sources) {
    qualify();
    receive(kPeerMapping, data_from(address("fe80::1")));
    expect_silent_drop(DropReason::kLinkLocalSource);
}

TEST_F(ClientTest, receives_case_6_direct_bubbles_of_relays_in_silence) {
    qualify();
    receive(kRelay, bubble_from(kOldRelaySource));
    receive(kRelay, bubble_from(kNative));
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_case_6_native_data_only_after_a_test) {
    qualify();
    const ByteVector first = data_from(kNative, 100);
    const ByteVector second = data_from(kNative, 101);
    receive(kRelay, first);
    receive(kRelay, second);
    ASSERT_EQ(sent_.size(), 1U);  // one test for both
    EXPECT_EQ(sent_[0].to, kServerEndpoint);
    ASSERT_TRUE(sent_[0].is_test());
    EXPECT_TRUE(delivered_.empty());
    EXPECT_EQ(client().status().unproven_peers, 0U);  // no state before the proof
    receive(kRelay, reply_to(sent_[0]));
    ASSERT_EQ(delivered_.size(), 2U);
    EXPECT_EQ(delivered_[0], first);
    EXPECT_EQ(delivered_[1], second);
    clear();
    receive(kRelay, first);
    expect_delivered(first);
}

TEST_F(ClientTest, receives_case_6_no_held_data_of_another_relay_than_the_proven_one) {
    qualify();
    receive(kOtherRelay, data_from(kNative, 100));
    const ByteVector genuine = data_from(kNative, 101);
    receive(kRelay, genuine);
    const Sent test = sent_.at(0);
    receive(kRelay, reply_to(test));
    expect_delivered(genuine);
    EXPECT_EQ(drops(DropReason::kHeldMismatch), 1U);
}

TEST_F(ClientTest, receives_case_6_held_data_for_8_seconds) {
    qualify();
    receive(kRelay, data_from(kNative));
    advance(seconds{8});
    EXPECT_EQ(drops(DropReason::kHeldExpired), 1U);
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(ClientTest, receives_case_6_no_stateless_reply_after_30_seconds) {
    qualify();
    receive(kRelay, data_from(kNative));
    const Sent test = sent_.at(0);
    advance(seconds{20});
    advertise();
    advance(seconds{11});
    clear();
    receive(kRelay, reply_to(test));
    EXPECT_EQ(client().status().proven_peers, 0U);
}

TEST_F(ClientTest, receives_case_6_sources_that_are_never_tested) {
    qualify();
    std::uint64_t count = 0;
    for (const char* const text : {"2002:c000:204::1",
                                   "2600::5efe:c000:204",
                                   "2600::200:5efe:c000:204",
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
        receive(kRelay, data_from(address(text)));
        expect_silent_drop(DropReason::kSourceNotTestable, ++count);
    }
}

TEST_F(ClientTest, receives_case_6_more_sources_than_are_tested) {
    qualify();
    for (std::uint64_t i = 0; i < 1000; ++i) {
        receive(kRelay, data_from(Ipv6Address{0x2600000000000000U, i}));
        now_ += milliseconds{1};
    }
    EXPECT_LE(sent_.size(), 31U);
    EXPECT_EQ(sent_.size() + drops(DropReason::kTestRateLimited) +
                  drops(DropReason::kHeldQueueFull),
              1000U);
}

TEST_F(ClientTest, receives_case_6_a_bounded_number_of_held_packets) {
    qualify();
    for (int i = 0; i < 100; ++i) {
        receive(kRelay, data_from(kNative));
    }
    EXPECT_EQ(drops(DropReason::kHeldQueueFull), 100U - kHeldPackets);
    EXPECT_EQ(sent_.size(), 1U);
}

// A7: an origin in data from anybody but the server means nothing.
TEST_F(ClientTest, receives_an_origin_from_a_stranger_as_if_it_were_not_there) {
    qualify();
    const ByteVector packet = data_from(peer_address());
    receive(kPeerMapping, concatenate({make_origin(kRelay), packet}));
    EXPECT_TRUE(sent_.empty());
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_no_indirect_bubble_from_anybody_but_the_server) {
    qualify();
    receive(kRelay, indirect(peer_address()));
    expect_silent_drop(DropReason::kNonceMismatch);
    receive({kServer, 3545}, indirect(peer_address()));
    expect_silent_drop(DropReason::kNonceMismatch, 2);
}

}  // namespace
}  // namespace miredo::teredo
