// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the client receives from its server (RFC 4380 §5.2.3, RFC 6081 §5.2.4): rows F1 to F5, one
// test or more for each.
#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

// Row F1.
TEST_F(ClientTest, receives_f1_every_server_packet_postpones_the_refresh) {
    conformance::shows("Q27");
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
    conformance::shows("Q39");
    advance(Duration{0});
    advertise();
    advertise();
    EXPECT_TRUE(delivered_.empty());
}

// Row F3.
TEST_F(ClientTest, receives_f3_an_indirect_bubble_and_answers_to_the_embedded_mapping) {
    conformance::shows("C31");
    qualify();
    receive(kServerEndpoint, indirect(peer_address(), kOtherMapping));
    ASSERT_GE(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_EQ(sent_[0].bytes, bubble(own(), peer_address()));
    EXPECT_EQ(counters().consumed, 3U);  // two advertisements, and this
    EXPECT_EQ(client().status().unproven_peers, 1U);
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(ClientTest, receives_f3_and_answers_where_the_peer_was_heard_as_long_as_that_is_valid) {
    qualify();
    send(data_to(peer_address()));
    receive(kOtherMapping, bubble_from(peer_address(), sent_[1].nonce()));
    clear();
    receive(kServerEndpoint, indirect(peer_address()));
    ASSERT_FALSE(sent_.empty());
    EXPECT_EQ(sent_[0].to, kOtherMapping);
    advance(seconds{31});
    clear();
    receive(kServerEndpoint, indirect(peer_address()));
    ASSERT_FALSE(sent_.empty());
    EXPECT_EQ(sent_[0].to, kPeerMapping) << "or who took its place once has it for ever";
}

TEST_F(ClientTest, receives_f3_an_indirect_bubble_without_origin) {
    conformance::shows("C31");
    qualify();
    receive(kServerEndpoint, indirect(peer_address(), std::nullopt));
    ASSERT_GE(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
}

TEST_F(ClientTest, receives_f3_a_bubble_of_a_native_source_and_answers_to_the_origin) {
    conformance::shows("C32");
    qualify();
    receive(kServerEndpoint, indirect(kNative, kRelay));
    expect_sent(kRelay, bubble(own(), kNative));
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_f3_a_bubble_of_a_link_local_source_and_swaps_the_addresses) {
    conformance::shows("C33");
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
    conformance::shows("C34", "T-A6");
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
    conformance::shows("T-A6");
    qualify();
    receive(kServerEndpoint, indirect(peer_address({Ipv4Address{10, 0, 0, 1}, 5000})));
    receive(kServerEndpoint, indirect(peer_address({kPeerMapping.address, 0})));
    receive(kServerEndpoint, indirect(peer_address(kServerEndpoint)));
    expect_silent_drop(DropReason::kMappedAddressUnusable, 3);
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, receives_f3_more_bubbles_than_are_answered) {
    conformance::shows("C35", "T-A6");
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
    conformance::shows("C35", "T-A6");
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
    conformance::shows("C35", "T-A6");
    qualify();
    for (std::uint32_t i = 0; i < 2000; ++i) {
        receive(kServerEndpoint, indirect(kNative, Endpoint{Ipv4Address{0x50000000U + i}, 5000}));
    }
    EXPECT_LE(sent_.size(), kAnswerBurstInAll);
    EXPECT_EQ(sent_.size() + drops(DropReason::kAnswerRateLimited), 2000U);
}

// RFC 6081 §5.2.4.2 and §5.2.4.3.
TEST_F(ClientTest, receives_f3_a_nonce_and_repeats_it_in_direct_bubbles) {
    conformance::shows("E2");
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
    conformance::shows("E4");
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
    conformance::shows("E8");
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
    conformance::shows("C34");
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

}  // namespace
}  // namespace miredo::teredo
