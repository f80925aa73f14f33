// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the client receives from anybody but its server (RFC 4380 §5.2.3, RFC 6081 §5.2.4): cases 1
// to 6, one test or more for each.
#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

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
    conformance::shows("W30");
    qualify();
    make_friend();
    const ByteVector packet = data_from(peer_address(), std::size_t{60} * 1024);
    receive(kPeerMapping, packet);
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_case_1_prolongs_the_validity) {
    conformance::shows("C13");
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
    conformance::shows("C23");
    qualify();
    make_friend();
    receive(kPeerMapping, bubble_from(peer_address()));
    EXPECT_TRUE(is_silent());
}

TEST_F(ClientTest, receives_no_case_1_from_another_mapping) {
    conformance::shows("C24", "T-A13");
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
    conformance::shows("C18");
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
    conformance::shows("C19");
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
    conformance::shows("C20");
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

TEST_F(ClientTest, receives_packets_of_one_pair_without_a_difference) {
    qualify();
    make_friend();
    make_native_friend();
    for (const ByteVector& packet : alike(data_from(peer_address()))) {
        receive(kPeerMapping, packet);
        expect_delivered(packet);
        clear();
    }
    for (const ByteVector& packet : alike(data_from(kNative))) {
        receive(kRelay, packet);
        expect_delivered(packet);
        clear();
    }
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
    conformance::shows("C22");
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
    conformance::shows("E7", "C23");
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
    conformance::shows("W6");
    qualify();
    const ByteVector packet = data_from(peer_address(kPeerMapping, kPeerServer, 0x7CFF));
    receive(kPeerMapping, packet);
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_case_3_a_later_fragment_without_learning_from_it) {
    conformance::shows("T-B5");
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
    conformance::shows("E5");
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

// What would be sent there next is data of our host.
TEST_F(ClientTest, receives_case_3_prime_not_from_the_peers_server) {
    qualify();
    send(data_to(peer_address()));
    const std::optional<std::uint32_t> nonce = sent_[1].nonce();
    clear();
    receive(kPeerServerEndpoint, bubble_from(peer_address(), nonce));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

TEST_F(ClientTest, receives_case_3_prime_no_other_nonce_and_none) {
    conformance::shows("E6", "T-A14");
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
    conformance::shows("E6", "T-A14");
    qualify();
    receive(kPeerMapping, data_from(peer_address()));
    clear();
    receive(kOtherMapping, bubble_from(peer_address(), 0));
    expect_silent_drop(DropReason::kNonceMismatch);
}

TEST_F(ClientTest, receives_case_3_prime_no_nonce_after_its_time) {
    conformance::shows("T-A14");
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

// Section 13.6: the second try's cookie, for old implementations that know no nonces.
TEST_F(ClientTest, receives_case_3_prime_an_answer_to_our_cookie_from_another_mapping) {
    qualify();
    const ByteVector packet = data_to(peer_address());
    send(packet);
    advance(seconds{2});
    ASSERT_EQ(sent_.size(), 4U);
    EXPECT_EQ(sent_[1].packet().source(), own());
    EXPECT_EQ(sent_[2].packet().source(), own());  // direct
    EXPECT_EQ(sent_[3].to, kPeerServerEndpoint);
    const Ipv6Address cookie = sent_[3].packet().source();
    EXPECT_EQ(cookie.high(), 0xfe80000000000000U);
    EXPECT_EQ(cookie.low() & 0x0300000000000000U, 0U);
    EXPECT_TRUE(sent_[3].nonce().has_value());
    clear();
    // To a cookie of nobody's, from the server, and in a packet that is no bubble: not ours.
    receive(kOtherMapping, bubble(peer_address(), Ipv6Address{cookie.high(), cookie.low() + 1}));
    receive(kServerEndpoint, bubble(peer_address(), cookie));
    receive(kPeerMapping, ipv6_packet(peer_address(), cookie, 17, ByteVector(8)));
    expect_silent_drop(DropReason::kDestinationNotOwn, 3);

    receive(kOtherMapping, bubble(peer_address(), cookie));
    expect_sent(kOtherMapping, packet);
    EXPECT_EQ(client().status().proven_peers, 1U);
    advance(seconds{40});
    clear();
    receive(kPeerMapping, bubble(peer_address(), cookie));
    EXPECT_EQ(drops(DropReason::kDestinationNotOwn), 4U);
}

// The other side of it: the answer goes to where the bubble came from.
TEST_F(ClientTest, answers_a_cookie_at_its_origin) {
    conformance::shows("C33");
    qualify();
    receive(kServerEndpoint, concatenate({make_origin(kRelay), bubble(kOldRelaySource, own())}));
    expect_sent(kRelay, bubble(own(), kOldRelaySource));
}

// Case 6.
TEST_F(ClientTest, receives_case_6_no_data_of_a_mismatching_teredo_source) {
    conformance::shows("C25");
    qualify();
    receive(kOtherMapping, data_from(peer_address()));
    expect_silent_drop(DropReason::kMappingMismatch);
}

TEST_F(ClientTest, receives_case_6_nothing_of_link_local_sources) {
    conformance::shows("C29", "T-B2");
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
    conformance::shows("C26", "T-A8", "T-A9");
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
    conformance::shows("C27");
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
    conformance::shows("T-A8");
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
    conformance::shows("C36", "T-A8");
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
    conformance::shows("C40", "T-A11");
    qualify();
    for (int i = 0; i < 100; ++i) {
        receive(kRelay, data_from(kNative));
    }
    EXPECT_EQ(drops(DropReason::kHeldQueueFull), 100U - kHeldPackets);
    EXPECT_EQ(sent_.size(), 1U);
}

// A7: an origin in data from anybody but the server means nothing.
TEST_F(ClientTest, receives_an_origin_from_a_stranger_as_if_it_were_not_there) {
    conformance::shows("T-A7");
    qualify();
    const ByteVector packet = data_from(peer_address());
    receive(kPeerMapping, concatenate({make_origin(kRelay), packet}));
    EXPECT_TRUE(sent_.empty());
    expect_delivered(packet);
}

TEST_F(ClientTest, receives_no_indirect_bubble_from_anybody_but_the_server) {
    conformance::shows("T-A7");
    qualify();
    receive(kRelay, indirect(peer_address()));
    expect_silent_drop(DropReason::kNonceMismatch);
    receive({kServer, 3545}, indirect(peer_address()));
    expect_silent_drop(DropReason::kNonceMismatch, 2);
}

}  // namespace
}  // namespace miredo::teredo
