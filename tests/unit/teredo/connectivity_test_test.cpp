// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/connectivity_test.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "unit/teredo/packets.hpp"

namespace miredo::teredo {
namespace {

constexpr Ipv6Address kOwn{0x200100000B000001U, 1};
constexpr Ipv6Address kNative{0x2600000000000000U, 1};
constexpr Ipv6Address kOther{0x2600000000000000U, 2};
constexpr ConnectivityTest::Self kSelf{kOwn, {Ipv4Address{11, 0, 0, 1}, 3544}};

class ConnectivityTestTest : public testing::Test {
  protected:
    // What the native host answers to the latest request.
    TestNonce answer() {
        const auto actions = output_.take();
        request_ = std::get<sim::RecordingOutput::ToUdp>(actions.back()).bytes;
        const auto request = wire::Ipv6Packet::parse(request_);
        wire::EchoMessage echo = wire::parse_echo(*request).value();
        echo.type = wire::Icmpv6Type::kEchoReply;
        const wire::EchoPacket reply =
            wire::build_echo(request->destination(), request->source(), 60, echo);
        return ConnectivityTest::parse_reply(wire::Ipv6Packet::parse(reply.bytes()).value())
            .value();
    }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    Counters counters_;
    sim::RecordingOutput output_;
    ConnectivityTest test_{random_, counters_};
    std::vector<std::byte> request_;
};

TEST_F(ConnectivityTestTest, is_proven_by_the_nonce_of_the_peer) {
    conformance::shows("C19");
    Peer peer;
    peer.address = kNative;
    test_.send(now_, kSelf, peer, output_);
    const TestNonce nonce = answer();
    EXPECT_TRUE(ConnectivityTest::proves(now_, peer, nonce));
    EXPECT_FALSE(ConnectivityTest::proves(now_, peer, {nonce.high, nonce.low ^ 1U}));
    EXPECT_FALSE(ConnectivityTest::proves(now_, peer, {nonce.high ^ 1U, nonce.low}));
    EXPECT_FALSE(ConnectivityTest::proves(now_ + kTestNonceWindow, peer, nonce));
    peer.is_test_outstanding = false;
    EXPECT_FALSE(ConnectivityTest::proves(now_, peer, nonce));
}

TEST_F(ConnectivityTestTest, keeps_the_nonce_for_the_repeats_of_one_attempt) {
    Peer peer;
    peer.address = kNative;
    test_.send(now_, kSelf, peer, output_);
    const TestNonce first = answer();
    peer.attempts = 1;
    test_.send(now_, kSelf, peer, output_);
    EXPECT_EQ(answer(), first);
    peer.attempts = 0;
    test_.send(now_, kSelf, peer, output_);
    EXPECT_NE(answer(), first);
}

TEST_F(ConnectivityTestTest, proves_without_state_between_15_and_30_seconds) {
    ASSERT_TRUE(test_.send_stateless(now_, kSelf, kNative, output_));
    const TestNonce nonce = answer();
    for (int i = 0; i <= 15; ++i) {
        EXPECT_TRUE(test_.proves_stateless(now_ + i * seconds{1}, kOwn, kNative, nonce));
    }
    EXPECT_FALSE(test_.proves_stateless(now_ + kTestNonceWindow, kOwn, kNative, nonce));
    EXPECT_FALSE(test_.proves_stateless(now_, kOwn, kOther, nonce));
    EXPECT_FALSE(test_.proves_stateless(now_, kOther, kNative, nonce));
    EXPECT_FALSE(test_.proves_stateless(now_, kOwn, kNative, {0, 0}));
}

TEST_F(ConnectivityTestTest, is_sent_ten_times_per_second_at_most_without_state) {
    conformance::shows("C36", "T-A8");
    std::uint32_t sent = 0;
    for (int i = 0; i < 1000; ++i) {
        sent += test_.send_stateless(now_, kSelf, kNative, output_) ? 1U : 0U;
    }
    EXPECT_EQ(sent, kTestBurst);
    now_ += seconds{1};
    for (int i = 0; i < 1000; ++i) {
        sent += test_.send_stateless(now_, kSelf, kNative, output_) ? 1U : 0U;
    }
    EXPECT_EQ(sent, kTestBurst + kTestRate);
    EXPECT_EQ(counters_.echo_requests_sent, sent);
}

TEST_F(ConnectivityTestTest, reads_nothing_but_replies_of_its_form) {
    conformance::shows("T-B10");
    const auto parse = [](const ByteVector& packet) {
        return ConnectivityTest::parse_reply(wire::Ipv6Packet::parse(packet).value());
    };
    EXPECT_TRUE(parse(echo(kNative, kOwn, wire::Icmpv6Type::kEchoReply, 16)));
    EXPECT_FALSE(parse(echo(kNative, kOwn, wire::Icmpv6Type::kEchoReply, 15)));
    EXPECT_FALSE(parse(echo(kNative, kOwn, wire::Icmpv6Type::kEchoReply, 17)));
    EXPECT_FALSE(parse(echo(kNative, kOwn, wire::Icmpv6Type::kEchoRequest, 16)));
    ByteVector wrong_checksum = echo(kNative, kOwn, wire::Icmpv6Type::kEchoReply, 16);
    wrong_checksum.back() ^= std::byte{1};
    EXPECT_FALSE(parse(wrong_checksum));
    EXPECT_FALSE(parse(bubble(kNative, kOwn)));
}

}  // namespace
}  // namespace miredo::teredo
