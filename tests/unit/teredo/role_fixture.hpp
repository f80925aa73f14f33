// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role in virtual time, with a record of all that it did: what the tests of client and relay
// stand on. Every test ends with the conservation of packets: each one had exactly one fate.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "unit/teredo/packets.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::teredo {

// A datagram the role sent, and what it is.
struct Sent {
    Instant at;
    Endpoint to;
    ByteVector bytes;
    ServiceSocket socket = ServiceSocket::kPrimary;

    [[nodiscard]] wire::TeredoDatagram parsed() const {
        return wire::TeredoDatagram::parse(bytes).value();
    }
    [[nodiscard]] wire::Ipv6Packet packet() const { return parsed().packet; }
    [[nodiscard]] bool is_bubble() const { return packet().is_bubble(); }
    [[nodiscard]] std::optional<std::uint32_t> nonce() const {
        return wire::parse_trailers(parsed().trailers).nonce;
    }
    [[nodiscard]] bool is_solicitation() const {
        return wire::is_valid_router_solicitation(packet());
    }
    [[nodiscard]] bool is_test() const {
        const auto echo = wire::parse_echo(packet());
        return echo && echo->type == wire::Icmpv6Type::kEchoRequest && echo->data.size() == 16;
    }
};

template <typename R>
class RoleTest : public testing::Test {
  protected:
    template <typename Settings>
    explicit RoleTest(const Settings& settings) {
        use(settings);
    }

    void TearDown() override {
        // Whatever still waits is given up in this time: every packet has had its fate.
        advance(seconds{12});
        EXPECT_EQ(role_->status().queued_bytes, 0U);
        std::uint64_t fates =
            counters().consumed + counters().forwarded_to_udp + counters().forwarded_to_ipv6;
        for (const std::uint64_t drops : counters().dropped) {
            fates += drops;
        }
        EXPECT_EQ(fates, counters().datagrams_received + counters().packets_received);
    }

    [[nodiscard]] const Counters& counters() const { return role_->counters(); }
    [[nodiscard]] std::uint64_t drops(DropReason reason) const { return counters().drops(reason); }
    template <typename Settings>
    void use(const Settings& settings) {
        role_.emplace(settings, random_, now_);
    }

    // Time goes on; the role is called exactly when it asked for it.
    void advance(Duration span) {
        const Instant end = now_ + span;
        for (int calls = 0; role_->next_deadline() && *role_->next_deadline() <= end; ++calls) {
            ASSERT_LT(calls, 100'000) << "handle_timeout() makes no progress";
            now_ = std::max(now_, *role_->next_deadline());
            role_->handle_timeout(now_, output_);
            collect();
        }
        now_ = end;
    }
    void receive(Endpoint from, Bytes datagram, ServiceSocket socket = ServiceSocket::kPrimary) {
        role_->handle_datagram(now_, {from, datagram, socket}, output_);
        collect();
    }
    void send(Bytes packet) {
        role_->handle_packet(now_, packet, output_);
        collect();
    }
    void collect() {
        for (sim::RecordingOutput::Action& action : output_.take()) {
            if (auto* const datagram = std::get_if<sim::RecordingOutput::ToUdp>(&action)) {
                sent_.push_back({now_, datagram->to, std::move(datagram->bytes), datagram->socket});
            } else if (auto* const packet = std::get_if<sim::RecordingOutput::ToIpv6>(&action)) {
                delivered_.push_back(std::move(packet->bytes));
            } else {
                events_.push_back(*std::get_if<Event>(&action));
            }
        }
    }
    void clear() {
        sent_.clear();
        delivered_.clear();
        events_.clear();
    }
    [[nodiscard]] bool is_silent() const {
        return sent_.empty() && delivered_.empty() && events_.empty();
    }

    // Exactly one datagram, or packet, since the last clear(), and this one.
    void expect_sent(Endpoint to, Bytes datagram) {
        ASSERT_EQ(sent_.size(), 1U);
        EXPECT_EQ(sent_[0].to.to_string(), to.to_string());
        EXPECT_EQ(sent_[0].bytes, ByteVector(datagram.begin(), datagram.end()));
    }
    void expect_delivered(Bytes packet) {
        ASSERT_EQ(delivered_.size(), 1U);
        EXPECT_EQ(delivered_[0], ByteVector(packet.begin(), packet.end()));
    }
    // The input before this was discarded for `reason`; nothing at all was said.
    void expect_silent_drop(DropReason reason, std::uint64_t times = 1) {
        EXPECT_EQ(drops(reason), times) << to_string(reason);
        EXPECT_TRUE(is_silent()) << to_string(reason);
    }
    // An ICMPv6 error went to our host, and nothing else; its source and destination.
    void expect_error(wire::UnreachableCode code, Ipv6Address& source, Ipv6Address& destination) {
        ASSERT_EQ(delivered_.size(), 1U);
        const auto error = wire::Ipv6Packet::parse(delivered_[0]);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->next_header(), wire::kIcmpv6);
        ASSERT_GE(error->payload().size(), wire::kIcmpv6HeaderSize);
        EXPECT_EQ(error->payload()[0], std::byte{1});
        EXPECT_EQ(error->payload()[1], static_cast<std::byte>(code));
        source = error->source();
        destination = error->destination();
    }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    std::optional<R> role_;
    sim::RecordingOutput output_;
    // Since the last clear().
    std::vector<Sent> sent_;
    std::vector<ByteVector> delivered_;
    std::vector<Event> events_;
};

}  // namespace miredo::teredo
