// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/error_sender.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "sim/recording_output.hpp"
#include "unit/teredo/packets.hpp"

namespace miredo::teredo {
namespace {

constexpr Ipv6Address kSource{0xfe80000000000000U, 1};
constexpr Ipv6Address kFrom{0x2600000000000000U, 1};
constexpr Ipv6Address kTo{0x2600000000000000U, 2};

class ErrorSenderTest : public testing::Test {
  protected:
    void send(const ByteVector& about) {
        sender_.send_unreachable(
            now_, kSource, wire::UnreachableCode::kAddressUnreachable, about, output_);
    }

    Instant now_{std::chrono::hours{1}};
    Counters counters_;
    sim::RecordingOutput output_;
    ErrorSender sender_{counters_};
};

TEST_F(ErrorSenderTest, tells_the_sender) {
    send(ipv6_packet(kFrom, kTo, 17, ByteVector(8)));
    const auto actions = output_.take();
    ASSERT_EQ(actions.size(), 1U);
    const auto& bytes = std::get<sim::RecordingOutput::ToIpv6>(actions[0]).bytes;
    const auto packet = wire::Ipv6Packet::parse(bytes);
    ASSERT_TRUE(packet.has_value());
    EXPECT_EQ(packet->source(), kSource);
    EXPECT_EQ(packet->destination(), kFrom);
}

TEST_F(ErrorSenderTest, is_silent_about_what_may_not_be_answered_and_spends_nothing) {
    conformance::shows("T-D7");
    for (int i = 0; i < 100; ++i) {
        send(ipv6_packet(kFrom, address("ff02::1"), 17, ByteVector(8)));
        send(ipv6_packet(address("::"), kTo, 17, ByteVector(8)));
        send(echo(kFrom, kTo, wire::Icmpv6Type::kDestinationUnreachable));
        send(ByteVector(10));
    }
    EXPECT_TRUE(output_.take().empty());
    send(ipv6_packet(kFrom, kTo, 17, ByteVector(8)));
    EXPECT_EQ(output_.take().size(), 1U);
    EXPECT_EQ(counters_.errors_sent, 1U);
}

TEST_F(ErrorSenderTest, sends_ten_per_second) {
    conformance::shows("C21", "T-D7");
    for (int i = 0; i < 100; ++i) {
        send(ipv6_packet(kFrom, kTo, 17, ByteVector(8)));
    }
    EXPECT_EQ(output_.take().size(), kErrorBurst);
    now_ += seconds{1};
    for (int i = 0; i < 100; ++i) {
        sender_.send_time_exceeded(
            now_, kSource, ipv6_packet(kFrom, kTo, 17, ByteVector(8)), output_);
    }
    EXPECT_EQ(output_.take().size(), kErrorRate);
}

}  // namespace
}  // namespace miredo::teredo
