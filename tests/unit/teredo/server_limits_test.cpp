// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// S38, C3, C4, C8: what a server does for strangers has a limit, and theirs is not everybody's.
#include "teredo/server_limits.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "unit/teredo/server_fixture.hpp"

namespace miredo::teredo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServerLimitsTest : public ServerTest {
  protected:
    // How many of `count` datagrams led to something.
    std::uint32_t count_answers(std::uint32_t count, Bytes datagram, Endpoint from) {
        std::uint32_t answers = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            receive(datagram, from);
            answers += is_silent() ? 0 : 1;
            clear();
        }
        return answers;
    }
    ByteVector solicitation_ = from_hex(kSolicitation);
};

TEST_F(ServerLimitsTest, SolicitationsPerBlockOfSources) {
    conformance::shows("S38", "T-C3");
    EXPECT_EQ(count_answers(1000, solicitation_, kClientA), kSolicitationBurst);
    EXPECT_EQ(counters().drops(DropReason::kRateLimited), 1000U - kSolicitationBurst);
    // Other ports and addresses of the /24 share its bucket, others don't.
    const Endpoint neighbour{Ipv4Address{198, 51, 100, 3}, 999};
    EXPECT_EQ(count_answers(10, solicitation_, neighbour), 0U);
    EXPECT_EQ(count_answers(10, solicitation_, kClientB), 10U);
    now_ += seconds{1};
    EXPECT_EQ(count_answers(1000, solicitation_, kClientA), kSolicitationRate);
    now_ += seconds{60};
    EXPECT_EQ(count_answers(1000, solicitation_, kClientA), kSolicitationBurst);
    expect_conservation();
}

// Invalid ones don't use up anybody's share.
TEST_F(ServerLimitsTest, InvalidSolicitationsTakeNothing) {
    ByteVector invalid = solicitation_;
    invalid[7] = std::byte{1};
    EXPECT_EQ(count_answers(1000, invalid, kClientA), 0U);
    EXPECT_EQ(count_answers(1000, solicitation_, kClientA), kSolicitationBurst);
}

// C8: 400 000 forged solicitations a second, from one address or from everywhere; the others'.
TEST_F(ServerLimitsTest, FloodLocksNobodyOut) {
    conformance::shows("T-C8");
    constexpr int kFloodPerMillisecond = 400;
    for (const bool is_from_everywhere : {false, true}) {
        std::uint32_t answered = 0;
        std::uint32_t asked = 0;
        for (int millisecond = 0; millisecond < 500; ++millisecond) {
            for (int i = 0; i < kFloodPerMillisecond; ++i) {
                const Ipv4Address forged{is_from_everywhere
                                             ? 0x0B000000U + random_.uint32() % 0x60000000U
                                             : 0x0B010203U};
                receive(solicitation_, {forged, 1024});
                clear();
            }
            ++asked;
            answered +=
                count_answers(1, solicitation_, {Ipv4Address{0xC6000000U + asked * 256U}, 9});
            now_ += milliseconds{1};
        }
        EXPECT_GE(answered * 100, asked * 99) << is_from_everywhere;
        now_ += seconds{60};
    }
    expect_conservation();
}

// C4: from many sources to one address.
TEST_F(ServerLimitsTest, ForwardsPerTarget) {
    conformance::shows("S38", "T-C4");
    std::uint32_t forwarded = 0;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Endpoint from{Ipv4Address{0x0B000000U + i}, 4095};
        forwarded += count_answers(
            1, bubble(wire::TeredoAddress{kServer, 0, from}.to_ipv6(), kAddressB), from);
    }
    EXPECT_EQ(forwarded, kForwardTargetBurst);
    now_ += seconds{1};
    EXPECT_EQ(count_answers(1000, from_hex(kBubble), kClientA), kForwardTargetRate);
    expect_conservation();
}

TEST_F(ServerLimitsTest, ForwardsPerSource) {
    conformance::shows("S38");
    const auto scan = [this] {
        std::uint32_t forwarded = 0;
        for (std::uint32_t i = 0; i < 2000; ++i) {
            const Endpoint to{Ipv4Address{0x0B000000U + i}, 4095};
            forwarded += count_answers(
                1, bubble(kAddressA, wire::TeredoAddress{kServer, 0, to}.to_ipv6()), kClientA);
        }
        return forwarded;
    };
    EXPECT_EQ(scan(), kForwardSourceBurst);
    now_ += seconds{1};
    EXPECT_EQ(scan(), kForwardSourceRate);
    // Somebody else is not stopped by it.
    const ByteVector other = bubble(kNative, kAddressB);
    EXPECT_EQ(count_answers(10, other, kRelay), 10U);
}

// T7, C7
TEST_F(ServerLimitsTest, EchoesPerNativeTarget) {
    conformance::shows("S38", "T-C7");
    EXPECT_EQ(count_answers(1000, from_hex(kEchoRequest), kClientA), kForwardTargetBurst);
    now_ += seconds{1};
    EXPECT_EQ(count_answers(1000, from_hex(kEchoRequest), kClientA), kForwardTargetRate);
}

TEST_F(ServerLimitsTest, ForwardsInAll) {
    ServerLimits limits{random_};
    std::uint32_t forwarded = 0;
    for (std::uint32_t i = 0; i < 2 * kForwardBurstInAll; ++i) {
        forwarded += limits.try_forward(now_, Ipv4Address{i}, Ipv4Address{~i}) ? 1 : 0;
    }
    EXPECT_EQ(forwarded, kForwardBurstInAll);
    now_ += milliseconds{100};
    EXPECT_TRUE(limits.try_forward(now_, Ipv4Address{1}, Ipv4Address{2}));
}

TEST_F(ServerLimitsTest, AnswersInAll) {
    ServerLimits limits{random_};
    std::uint32_t answered = 0;
    for (std::uint32_t i = 0; i < 2 * kSolicitationBurstInAll; ++i) {
        answered += limits.try_answer(now_, Ipv4Address{i << 8U}) ? 1 : 0;
    }
    EXPECT_EQ(answered, kSolicitationBurstInAll);
}

// As one would have, whichever of them a source or target falls to.
TEST_F(ServerLimitsTest, ShardsShareThem) {
    constexpr std::uint32_t kShards = 3;
    std::uint32_t answered = 0;
    std::uint32_t forwarded = 0;
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
        ServerLimits limits{random_, kShards};
        for (std::uint32_t i = 0; i < 1000; ++i) {
            answered += limits.try_answer(now_, kClientA.address) ? 1 : 0;
            forwarded +=
                limits.try_forward(now_, Ipv4Address{0x0B000000U + i}, kClientB.address) ? 1 : 0;
        }
    }
    EXPECT_GE(answered, kSolicitationBurst);
    EXPECT_LT(answered, kSolicitationBurst + kShards);
    EXPECT_GE(forwarded, kForwardTargetBurst);
    EXPECT_LT(forwarded, kForwardTargetBurst + kShards);
}

}  // namespace
}  // namespace miredo::teredo
