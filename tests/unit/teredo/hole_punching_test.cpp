// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Bubbles and their budgets on their own, as a relay uses them too (RFC 4380 §5.2.6, RFC 6081
// §5.2).
#include "teredo/hole_punching.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "unit/teredo/packets.hpp"
#include "wire/trailers.hpp"

namespace miredo::teredo {
namespace {

using ToUdp = sim::RecordingOutput::ToUdp;

constexpr Endpoint kMapping{Ipv4Address{13, 1, 2, 3}, 5000};
constexpr Endpoint kServerEndpoint{Ipv4Address{14, 0, 0, 1}, wire::kTeredoPort};
const Ipv6Address peer_address =
    wire::TeredoAddress{kServerEndpoint.address, 0, kMapping}.to_ipv6();
constexpr Ipv6Address kOwn{0x2600000000000000U, 9};

class HolePunchingTest : public testing::Test {
  protected:
    HolePunchingTest() {
        peer_.address = peer_address;
        peer_.mapping = kMapping;
    }

    BubbleResult send(HolePunching& punching, BubblePaths paths = BubblePaths::kDirectAndIndirect) {
        return punching.send(now_, peer_, kOwn, paths, output_);
    }
    std::vector<ToUdp> take() {
        std::vector<ToUdp> result;
        for (const auto& action : output_.take()) {
            result.push_back(std::get<ToUdp>(action));
        }
        return result;
    }
    static std::optional<std::uint32_t> nonce(const ToUdp& datagram) {
        const auto parsed = wire::TeredoDatagram::parse(datagram.bytes);
        return wire::parse_trailers(parsed->trailers).nonce;
    }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    Counters counters_;
    Peer peer_;
    sim::RecordingOutput output_;
    HolePunching punching_{random_, counters_};
};

TEST_F(HolePunchingTest, sends_only_indirectly_where_asked) {
    EXPECT_EQ(send(punching_, BubblePaths::kIndirect), BubbleResult::kSent);
    const auto sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to, kServerEndpoint);
    EXPECT_EQ(nonce(sent[0]), peer_.nonce_sent);
    EXPECT_NE(peer_.nonce_sent, 0U);
}

TEST_F(HolePunchingTest, keeps_two_seconds_between_attempts) {
    conformance::shows("C5");
    EXPECT_EQ(send(punching_), BubbleResult::kSent);
    now_ += seconds{2} - Duration{1};
    EXPECT_EQ(send(punching_), BubbleResult::kTooSoon);
    now_ += Duration{1};
    EXPECT_EQ(send(punching_), BubbleResult::kSent);
    EXPECT_EQ(take().size(), 4U);
}

TEST_F(HolePunchingTest, keeps_two_seconds_after_data_too) {
    conformance::shows("C5");
    peer_.last_tx = now_;
    EXPECT_EQ(send(punching_), BubbleResult::kTooSoon);
}

TEST_F(HolePunchingTest, counts_a_pair_as_one_of_four_in_300_seconds) {
    conformance::shows("C6");
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(send(punching_), BubbleResult::kSent);
        now_ += seconds{2};
    }
    EXPECT_EQ(send(punching_), BubbleResult::kNoBudget);
    now_ += seconds{291};
    EXPECT_EQ(send(punching_), BubbleResult::kNoBudget);
    now_ += seconds{1};
    EXPECT_EQ(send(punching_), BubbleResult::kSent);
    EXPECT_EQ(send(punching_), BubbleResult::kTooSoon);
}

TEST_F(HolePunchingTest, has_a_limit_in_all_for_relays) {
    conformance::shows("R20", "T-D1");
    HolePunching relay{random_, counters_, TokenBucket{kRelayBubbleRate, 1}};
    EXPECT_EQ(send(relay, BubblePaths::kIndirect), BubbleResult::kSent);
    peer_ = Peer{};
    peer_.address = peer_address;
    EXPECT_EQ(send(relay, BubblePaths::kIndirect), BubbleResult::kLimited);
    EXPECT_EQ(peer_.last_tx, kNever);
    now_ += milliseconds{5};
    EXPECT_EQ(send(relay, BubblePaths::kIndirect), BubbleResult::kSent);
}

TEST_F(HolePunchingTest, draws_a_fresh_nonce_for_each_indirect_bubble) {
    conformance::shows("E1");
    send(punching_);
    const std::uint32_t first = peer_.nonce_sent;
    now_ += seconds{2};
    send(punching_);
    EXPECT_NE(peer_.nonce_sent, first);
    EXPECT_FALSE(HolePunching::proves(now_, peer_, first));
    EXPECT_TRUE(HolePunching::proves(now_, peer_, peer_.nonce_sent));
}

TEST_F(HolePunchingTest, takes_no_nonce_for_a_proof_that_was_not_sent) {
    conformance::shows("E6", "T-A14");
    EXPECT_FALSE(HolePunching::proves(now_, peer_, 0));
    EXPECT_FALSE(HolePunching::proves(now_, peer_, std::nullopt));
    send(punching_);
    EXPECT_FALSE(HolePunching::proves(now_, peer_, std::nullopt));
}

TEST_F(HolePunchingTest, takes_a_nonce_for_30_seconds) {
    conformance::shows("T-A14");
    send(punching_);
    EXPECT_TRUE(HolePunching::proves(now_ + seconds{30} - Duration{1}, peer_, peer_.nonce_sent));
    EXPECT_FALSE(HolePunching::proves(now_ + seconds{30}, peer_, peer_.nonce_sent));
}

TEST_F(HolePunchingTest, repeats_the_nonce_received_in_direct_bubbles_only) {
    conformance::shows("E2");
    peer_.nonce_received = 42;
    send(punching_);
    const auto sent = take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].to, kMapping);
    EXPECT_EQ(nonce(sent[0]), 42U);
    EXPECT_NE(nonce(sent[1]), 42U);
}

TEST_F(HolePunchingTest, does_not_count_an_answer_as_sent_of_our_own_accord) {
    EXPECT_TRUE(punching_.answer(
        now_, {peer_address, kOwn, kMapping, std::nullopt}, &peer_, TargetRules{}, output_));
    EXPECT_EQ(take().size(), 2U);
    EXPECT_EQ(peer_.last_tx, kNever);
    EXPECT_EQ(send(punching_), BubbleResult::kTooSoon);  // but the spacing holds
}

TEST_F(HolePunchingTest, answers_only_directly_where_the_peers_server_is_no_target) {
    peer_.address = wire::TeredoAddress{Ipv4Address{10, 0, 0, 1}, 0, kMapping}.to_ipv6();
    EXPECT_TRUE(punching_.answer(
        now_, {peer_.address, kOwn, kMapping, std::nullopt}, &peer_, TargetRules{}, output_));
    const auto sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to, kMapping);
}

TEST_F(HolePunchingTest, answers_a_peer_three_times_and_then_each_half_second) {
    conformance::shows("C35");
    const IndirectBubble bubble{peer_address, kOwn, kMapping, std::nullopt};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(punching_.answer(now_, bubble, &peer_, TargetRules{}, output_));
    }
    EXPECT_FALSE(punching_.answer(now_, bubble, &peer_, TargetRules{}, output_));
    now_ += milliseconds{499};
    EXPECT_FALSE(punching_.answer(now_, bubble, &peer_, TargetRules{}, output_));
    now_ += milliseconds{1};
    EXPECT_TRUE(punching_.answer(now_, bubble, &peer_, TargetRules{}, output_));
}

TEST_F(HolePunchingTest, answers_a_hundred_per_second_in_all) {
    conformance::shows("C35");
    std::uint32_t answered = 0;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const Endpoint target{Ipv4Address{0x50000000U + i}, 5000};
        answered += punching_.send_direct_answer(now_, {kOwn, kOwn, target, std::nullopt}, output_)
                        ? 1U
                        : 0U;
    }
    EXPECT_EQ(answered, kAnswerBurstInAll);
    now_ += seconds{1};
    for (std::uint32_t i = 5000; i < 10'000; ++i) {
        const Endpoint target{Ipv4Address{0x50000000U + i}, 5000};
        answered += punching_.send_direct_answer(now_, {kOwn, kOwn, target, std::nullopt}, output_)
                        ? 1U
                        : 0U;
    }
    EXPECT_EQ(answered, kAnswerBurstInAll + kAnswerRate);
}

TEST_F(HolePunchingTest, sends_through_the_servers_of_another_prefix) {
    const Ipv6Prefix prefix{Ipv6Address{0x2600123400000000U, 0}, 32};
    HolePunching punching{random_, counters_, std::nullopt, prefix};
    peer_.address = wire::TeredoAddress{kServerEndpoint.address, 0, kMapping}.to_ipv6(prefix);
    EXPECT_EQ(send(punching, BubblePaths::kIndirect), BubbleResult::kSent);
    const auto sent = take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to, kServerEndpoint);
}

}  // namespace
}  // namespace miredo::teredo
