// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The client's sending table, RFC 4380 §5.2.4 as RFC 5991 and RFC 6081 §5.2 have it: one test or
// more for each of its rows.
#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

using wire::UnreachableCode;

// Row 0a.
TEST_F(ClientTest, sends_row_0a_unreachable_while_not_qualified) {
    conformance::shows("Q1");
    send(ipv6_packet(peer_address(kMapping), kNative, 17, {}));
    EXPECT_EQ(drops(DropReason::kNotQualified), 1U);
    EXPECT_TRUE(sent_.empty());
    expect_unreachable(UnreachableCode::kAddressUnreachable);
}

TEST_F(ClientTest, sends_nothing_that_is_not_ipv6) {
    qualify();
    send(ByteVector(40, std::byte{0x45}));
    send(ByteVector(39, std::byte{0x60}));
    expect_silent_drop(DropReason::kNotIpv6, 2);
}

// Row 0b.
TEST_F(ClientTest, sends_row_0b_nothing_to_unusable_destinations) {
    qualify();
    std::uint64_t count = 0;
    for (const char* const text :
         {"ff02::2", "ff0e::1", "fe80::1", "::", "::1", "::ffff:1.2.3.4", "::1.2.3.4"}) {
        send(data_to(address(text)));
        expect_silent_drop(DropReason::kDestinationUnusable, ++count);
    }
}

// Row 0c.
TEST_F(ClientTest, sends_row_0c_prohibited_for_foreign_sources) {
    conformance::shows("C51", "T-B15");
    qualify();
    send(ipv6_packet(address("2600::9"), kNative, 17, {}));
    EXPECT_EQ(drops(DropReason::kSourceNotOwn), 1U);
    EXPECT_TRUE(sent_.empty());
    expect_unreachable(UnreachableCode::kAdministrativelyProhibited);
}

// Row 0d.
TEST_F(ClientTest, sends_row_0d_nothing_to_itself) {
    conformance::shows("C37", "T-A15");
    qualify();
    send(data_to(own()));
    expect_silent_drop(DropReason::kOwnMapping);
}

TEST_F(ClientTest, sends_row_0d_nothing_to_its_own_mapping_in_other_clothes) {
    conformance::shows("C37", "T-A15");
    qualify();
    send(data_to(peer_address(kMapping, kPeerServer, 0x0042)));
    expect_silent_drop(DropReason::kOwnMapping);
}

TEST_F(ClientTest, sends_row_0d_nothing_to_its_own_sockets) {
    conformance::shows("C37");
    ClientSettings settings = default_settings();
    settings.surroundings.own_addresses = {Ipv4Address{16, 0, 0, 1}};
    use(settings);
    qualify();
    send(data_to(peer_address({Ipv4Address{16, 0, 0, 1}, 5555})));
    expect_silent_drop(DropReason::kOwnMapping);
}

TEST_F(ClientTest, sends_no_type_0_routing_header) {
    qualify();
    ByteVector header(24);
    header[0] = std::byte{17};
    header[1] = std::byte{2};
    header[3] = std::byte{1};
    send(ipv6_packet(own(), kNative, wire::kRouting, header));
    expect_silent_drop(DropReason::kType0Routing);
}

// Row 1.
TEST_F(ClientTest, sends_case_1_straight_to_a_valid_trusted_peer) {
    conformance::shows("C13", "W33");
    qualify();
    make_friend();
    const ByteVector packet = data_to(peer_address());
    send(packet);
    expect_sent(kPeerMapping, packet);
    EXPECT_EQ(client().status().queued_bytes, 0U);
}

TEST_F(ClientTest, sends_case_1_without_a_difference_between_packets_of_one_pair) {
    qualify();
    make_friend();
    for (const ByteVector& packet : alike(data_to(peer_address()))) {
        send(packet);
        expect_sent(kPeerMapping, packet);
        clear();
    }
}

TEST_F(ClientTest, sends_case_1_until_30_seconds_after_the_last_reception) {
    conformance::shows("C13");
    qualify();
    make_friend();
    advance(seconds{30} - milliseconds{1});
    clear();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_FALSE(sent_[0].is_bubble());
}

TEST_F(ClientTest, sends_bubbles_again_when_the_validity_has_run_out) {
    conformance::shows("C14");
    qualify();
    make_friend();
    advance(seconds{30});
    clear();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_TRUE(sent_[0].is_bubble());
    EXPECT_TRUE(sent_[1].is_bubble());
}

// Row 2.
TEST_F(ClientTest, sends_case_2_a_connectivity_test_before_data_to_a_native_host) {
    conformance::shows("C15");
    qualify();
    send(data_to(kNative));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].to, kServerEndpoint);
    ASSERT_TRUE(sent_[0].is_test());
    const wire::Ipv6Packet test = sent_[0].packet();
    EXPECT_EQ(test.source(), own());
    EXPECT_EQ(test.destination(), kNative);
    EXPECT_EQ(test.hop_limit(), kTestHopLimit);
    EXPECT_LE(test.payload().size(), 88U);
    EXPECT_EQ(client().status().queued_bytes, 100U);
}

TEST_F(ClientTest, sends_case_2_four_tests_two_seconds_apart_with_one_nonce) {
    conformance::shows("C17");
    qualify();
    const Instant start = now_;
    send(data_to(kNative));
    advance(seconds{9});
    ASSERT_EQ(sent_.size(), 4U);
    for (std::size_t i = 0; i < sent_.size(); ++i) {
        EXPECT_TRUE(sent_[i].is_test());
        EXPECT_EQ(sent_[i].at - start, i * kAttemptInterval);
        EXPECT_EQ(sent_[i].bytes, sent_[0].bytes);
    }
}

TEST_F(ClientTest, sends_case_2_a_new_nonce_for_each_peer_and_test) {
    conformance::shows("C16");
    qualify();
    send(data_to(kNative));
    send(data_to(address("2600::2")));
    ASSERT_EQ(sent_.size(), 2U);
    const ByteVector first(sent_[0].bytes.end() - 16, sent_[0].bytes.end());
    const ByteVector second(sent_[1].bytes.end() - 16, sent_[1].bytes.end());
    EXPECT_NE(first, second);
}

TEST_F(ClientTest, sends_case_2_anew_when_the_validity_has_run_out) {
    qualify();
    make_native_friend();
    advance(seconds{30});
    clear();
    send(data_to(kNative));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_TRUE(sent_[0].is_test());
}

TEST_F(ClientTest, sends_no_fifth_test_in_30_seconds) {
    qualify();
    send(data_to(kNative));
    advance(seconds{9});
    clear();
    send(data_to(kNative));
    EXPECT_TRUE(sent_.empty());
    EXPECT_EQ(drops(DropReason::kAttemptBudget), 1U);
    expect_unreachable(UnreachableCode::kAddressUnreachable);
    advance(seconds{22});
    clear();
    send(data_to(kNative));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_TRUE(sent_[0].is_test());
}

// Row 4: RFC 5991 §3.2.
TEST_F(ClientTest, sends_case_4_no_data_for_a_cone_bit) {
    conformance::shows("C12");
    qualify();
    send(data_to(peer_address(kPeerMapping, kPeerServer, wire::kConeFlag)));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_TRUE(sent_[0].is_bubble());
    EXPECT_TRUE(sent_[1].is_bubble());
}

// Row 5.
TEST_F(ClientTest, sends_case_5_a_direct_and_an_indirect_bubble) {
    conformance::shows("C1", "C2", "C3", "C4", "E1", "E3");
    qualify();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].to, kPeerMapping);
    EXPECT_EQ(sent_[1].to, kPeerServerEndpoint);
    for (const Sent& sent : sent_) {
        ASSERT_TRUE(sent.is_bubble());
        EXPECT_EQ(sent.packet().source(), own());
        EXPECT_EQ(sent.packet().destination(), peer_address());
        EXPECT_EQ(sent.packet().hop_limit(), 0);
    }
    EXPECT_EQ(sent_[0].bytes.size(), 40U);
    EXPECT_FALSE(sent_[0].nonce().has_value());  // RFC 6081 §5.2.4.2
    EXPECT_TRUE(sent_[1].nonce().has_value());   // RFC 6081 §5.2.4.1
    EXPECT_EQ(client().status().queued_bytes, 100U);
}

TEST_F(ClientTest, sends_case_5_four_pairs_two_seconds_apart) {
    conformance::shows("C7", "E1");
    qualify();
    const Instant start = now_;
    send(data_to(peer_address()));
    advance(seconds{9});
    ASSERT_EQ(sent_.size(), 8U);
    for (std::size_t i = 0; i < sent_.size(); ++i) {
        EXPECT_EQ(sent_[i].at - start, (i / 2) * kAttemptInterval);
        EXPECT_TRUE(sent_[i].is_bubble());
    }
    EXPECT_NE(sent_[1].nonce(), sent_[3].nonce());  // fresh for each
}

TEST_F(ClientTest, sends_case_5_one_pair_for_a_burst_of_packets) {
    conformance::shows("C5");
    qualify();
    for (int i = 0; i < 10; ++i) {
        send(data_to(peer_address()));
        advance(milliseconds{10});
    }
    EXPECT_EQ(sent_.size(), 2U);
    EXPECT_EQ(drops(DropReason::kQueueFull), 2U);  // eight wait
}

TEST_F(ClientTest, sends_case_5_nothing_where_the_mapped_address_is_not_global_unicast) {
    conformance::shows("C10");
    qualify();
    std::uint64_t count = 0;
    for (const char* const text : {"0.1.2.3",
                                   "127.0.0.1",
                                   "10.0.0.1",
                                   "172.16.0.1",
                                   "192.168.0.1",
                                   "169.254.1.1",
                                   "192.88.99.1",
                                   "224.0.0.253",
                                   "255.255.255.255",
                                   "100.64.0.1",
                                   "198.18.0.1",
                                   "240.0.0.1"}) {
        send(data_to(peer_address({Ipv4Address::parse(text).value(), 5000})));
        expect_silent_drop(DropReason::kMappedAddressUnusable, ++count);
    }
    EXPECT_EQ(client().status().unproven_peers, 0U);
}

TEST_F(ClientTest, sends_case_5_nothing_to_port_0) {
    qualify();
    send(data_to(peer_address({kPeerMapping.address, 0})));
    expect_silent_drop(DropReason::kMappedAddressUnusable);
}

TEST_F(ClientTest, sends_case_5_nothing_to_its_servers_service_port_as_a_peer) {
    qualify();
    send(data_to(peer_address(kServerEndpoint)));
    send(data_to(peer_address(kSecondaryEndpoint)));
    expect_silent_drop(DropReason::kMappedAddressUnusable, 2);
}

TEST_F(ClientTest, sends_case_5_nothing_where_the_server_address_is_not_global_unicast) {
    conformance::shows("C11");
    qualify();
    send(data_to(peer_address(kPeerMapping, Ipv4Address{127, 0, 0, 1})));
    send(data_to(peer_address(kPeerMapping, Ipv4Address{10, 0, 0, 1})));
    expect_silent_drop(DropReason::kServerAddressUnusable, 2);
}

TEST_F(ClientTest, sends_case_5_nothing_through_a_server_at_its_own_mapping) {
    Advertisement mapped_to_3544;
    mapped_to_3544.origin = Endpoint{kMapping.address, wire::kTeredoPort};
    advance(Duration{0});
    advertise(mapped_to_3544);
    ASSERT_TRUE(client().status().address);
    clear();
    send(data_to(peer_address(kPeerMapping, kMapping.address)));
    expect_silent_drop(DropReason::kServerAddressUnusable);
}

TEST_F(ClientTest, sends_no_bubble_within_two_seconds_of_the_last_transmission) {
    conformance::shows("C5");
    qualify();
    make_friend();
    advance(seconds{29});
    send(data_to(peer_address()));  // still case 1
    advance(milliseconds{1500});
    clear();
    send(data_to(peer_address()));
    EXPECT_TRUE(sent_.empty());
    advance(seconds{2});
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_TRUE(sent_[0].is_bubble());
}

// Row fail.
TEST_F(ClientTest, sends_row_fail_unreachable_for_each_queued_packet) {
    qualify();
    for (int i = 0; i < 3; ++i) {
        send(data_to(peer_address()));
    }
    advance(seconds{8});
    EXPECT_EQ(drops(DropReason::kPeerUnreachable), 3U);
    EXPECT_EQ(delivered_.size(), 3U);
    EXPECT_EQ(client().status().queued_bytes, 0U);
}

TEST_F(ClientTest, sends_row_fail_no_more_than_four_pairs_in_300_seconds) {
    conformance::shows("C6");
    qualify();
    const Instant start = now_;
    while (now_ < start + seconds{299}) {
        send(data_to(peer_address()));
        advance(seconds{1});
        ASSERT_TRUE(client().status().address.has_value());
        if (!sent_.empty() && sent_.back().is_solicitation()) {
            advertise();
        }
    }
    int bubbles = 0;
    for (const Sent& sent : sent_) {
        bubbles += sent.to == kPeerMapping ? 1 : 0;
    }
    EXPECT_EQ(bubbles, 4);
    EXPECT_GT(drops(DropReason::kAttemptBudget), 200U);
    clear();
    advance(seconds{2});
    send(data_to(peer_address()));
    EXPECT_EQ(counters().bubbles_sent, 10U);
}

TEST_F(ClientTest, sends_row_fail_errors_within_their_rate) {
    conformance::shows("C21");
    qualify();
    for (std::uint64_t i = 0; i < 40; ++i) {
        send(ipv6_packet(address("2600::9"), kNative, 17, {}));
    }
    EXPECT_EQ(delivered_.size(), kErrorBurst);
    EXPECT_EQ(counters().errors_sent, kErrorBurst);
    EXPECT_EQ(drops(DropReason::kSourceNotOwn), 40U);
}

TEST_F(ClientTest, sends_queued_packets_in_order_when_the_peer_answers) {
    conformance::shows("C9");
    qualify();
    std::vector<ByteVector> packets;
    for (std::size_t i = 0; i < 8; ++i) {
        packets.push_back(data_to(peer_address(), 100 + i));
        send(packets.back());
    }
    clear();
    receive(kPeerMapping, bubble_from(peer_address()));
    ASSERT_EQ(sent_.size(), 8U);
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(sent_[i].to, kPeerMapping);
        EXPECT_EQ(sent_[i].bytes, packets[i]);
    }
    EXPECT_TRUE(delivered_.empty());
}

TEST_F(ClientTest, sends_bubbles_again_after_an_answer_reset_the_budget) {
    conformance::shows("C8");
    qualify();
    send(data_to(peer_address()));
    advance(seconds{6});  // four pairs
    receive(kPeerMapping, bubble_from(peer_address()));
    advance(seconds{16});
    advertise();
    advance(seconds{24});
    clear();
    send(data_to(peer_address()));
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_TRUE(sent_[0].is_bubble());
}

// What waits is bounded by peer and in all.
TEST_F(ClientTest, queues_8_kib_for_a_peer_and_256_kib_in_all) {
    conformance::shows("C40", "T-A11");
    ClientSettings settings = default_settings();
    settings.max_peers = 4096;
    use(settings);
    qualify();
    for (std::uint16_t peer = 1; peer <= 200; ++peer) {
        const Ipv6Address to = peer_address({kPeerMapping.address, peer});
        for (int i = 0; i < 10; ++i) {
            send(data_to(to, 1280));
        }
    }
    EXPECT_LE(client().status().queued_bytes, kQueueBytesInAll);
    EXPECT_GT(client().status().queued_bytes, kQueueBytesInAll - 1280);
    EXPECT_GT(drops(DropReason::kQueueFull), 0U);
}

}  // namespace
}  // namespace miredo::teredo
