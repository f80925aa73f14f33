// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A relay, a Teredo client with its server, and a native host, in virtual time. The addresses are
// public ones, so that the filter is the one of the Internet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "teredo/relay.hpp"
#include "unit/teredo/packets.hpp"
#include "wire/trailers.hpp"

namespace miredo::teredo {

class RelayTest : public testing::Test {
  protected:
    static constexpr Endpoint kOwn{Ipv4Address{15, 0, 0, 1}, 45000};
    static constexpr Ipv4Address kPeerServer{14, 0, 0, 1};
    static constexpr Endpoint kPeerServerEndpoint{kPeerServer, wire::kTeredoPort};
    static constexpr Endpoint kMapping{Ipv4Address{13, 1, 2, 3}, 5000};
    static constexpr Endpoint kOtherMapping{Ipv4Address{13, 1, 2, 3}, 5001};
    static constexpr Ipv6Address kHost{0x2600000000000000U, 1};
    static constexpr Ipv6Address kOwnIpv6{0x2600000000000001U, 7};

    static Ipv6Address teredo(Endpoint mapped = kMapping,
                              Ipv4Address server = kPeerServer,
                              std::uint16_t flags = 0x0423) {
        return wire::TeredoAddress{server, flags, mapped}.to_ipv6();
    }
    static RelaySettings default_settings(RelayMode mode = RelayMode::kCone) {
        RelaySettings settings;
        settings.mode = mode;
        settings.max_peers = 64;
        settings.own_ipv6_addresses = {kOwnIpv6};
        settings.surroundings.own_addresses = {kOwn.address, Ipv4Address{15, 0, 0, 2}};
        settings.surroundings.own_ports = {kOwn.port, wire::kTeredoPort};
        return settings;
    }

    void TearDown() override {
        // Whatever still waits is given up in this time: every packet has had its fate.
        advance(seconds{12});
        EXPECT_EQ(relay().status().queued_bytes, 0U);
        std::uint64_t fates =
            counters().consumed + counters().forwarded_to_udp + counters().forwarded_to_ipv6;
        for (const std::uint64_t drops : counters().dropped) {
            fates += drops;
        }
        EXPECT_EQ(fates, counters().datagrams_received + counters().packets_received);
    }

    [[nodiscard]] Relay& relay() { return *relay_; }
    [[nodiscard]] const Counters& counters() const { return relay_->counters(); }
    [[nodiscard]] std::uint64_t drops(DropReason reason) const { return counters().drops(reason); }
    void use(const RelaySettings& settings) { relay_.emplace(settings, random_, now_); }

    // Time goes on; the relay is called exactly when it asked for it.
    void advance(Duration span) {
        const Instant end = now_ + span;
        for (int calls = 0; relay().next_deadline() && *relay().next_deadline() <= end; ++calls) {
            ASSERT_LT(calls, 100'000) << "handle_timeout() makes no progress";
            now_ = std::max(now_, *relay().next_deadline());
            relay().handle_timeout(now_, output_);
            collect();
        }
        now_ = end;
    }
    void receive(Endpoint from, Bytes datagram) {
        relay().handle_datagram(now_, {from, datagram}, output_);
        collect();
    }
    void send(Bytes packet) {
        relay().handle_packet(now_, packet, output_);
        collect();
    }
    void collect() {
        for (sim::RecordingOutput::Action& action : output_.take()) {
            if (auto* const datagram = std::get_if<sim::RecordingOutput::ToUdp>(&action)) {
                sent_.push_back({now_, datagram->to, std::move(datagram->bytes)});
            } else if (auto* const packet = std::get_if<sim::RecordingOutput::ToIpv6>(&action)) {
                delivered_.push_back(std::move(packet->bytes));
            } else {
                ADD_FAILURE() << "a relay has nothing to notify of";
            }
        }
    }
    void clear() {
        sent_.clear();
        delivered_.clear();
    }
    [[nodiscard]] bool is_silent() const { return sent_.empty() && delivered_.empty(); }

    // `mark` tells packets apart.
    static ByteVector data(const Ipv6Address& from,
                           const Ipv6Address& to,
                           std::uint8_t mark = 0,
                           std::size_t size = 60) {
        return ipv6_packet(from, to, 17, ByteVector(size, std::byte{mark}));
    }
    static ByteVector bubble_with(const Ipv6Address& from, std::optional<std::uint32_t> nonce) {
        return concatenate({wire::build_bubble(from, wire::kClientLinkLocal, nonce).bytes()});
    }
    // A client that we asked and that answered.
    void make_peer(const Ipv6Address& address, Endpoint mapping) {
        send(data(kHost, address));
        receive(mapping, bubble(address, wire::kClientLinkLocal));
        clear();
    }

    // Exactly this since the last clear(), to UDP or to IPv6.
    void expect_sent(Endpoint to, Bytes datagram) {
        ASSERT_EQ(sent_.size(), 1U);
        EXPECT_EQ(sent_[0].to.to_string(), to.to_string());
        EXPECT_EQ(sent_[0].bytes, ByteVector(datagram.begin(), datagram.end()));
        EXPECT_TRUE(delivered_.empty());
        clear();
    }
    void expect_delivered(Bytes packet) {
        ASSERT_EQ(delivered_.size(), 1U);
        EXPECT_EQ(delivered_[0], ByteVector(packet.begin(), packet.end()));
        EXPECT_TRUE(sent_.empty());
        clear();
    }
    // An indirect bubble through the peer's server (R4); its nonce.
    std::uint32_t expect_indirect_bubble(std::size_t index, const Ipv6Address& peer = teredo()) {
        if (index >= sent_.size()) {
            ADD_FAILURE() << "nothing sent";
            return 0;
        }
        EXPECT_EQ(sent_[index].to.to_string(), kPeerServerEndpoint.to_string());
        const auto parsed = wire::TeredoDatagram::parse(sent_[index].bytes);
        if (!parsed || !parsed->packet.is_bubble()) {
            ADD_FAILURE() << "no bubble";
            return 0;
        }
        EXPECT_FALSE(parsed->authentication || parsed->origin);
        EXPECT_EQ(parsed->packet.source(), relay_source_);
        EXPECT_EQ(parsed->packet.destination(), peer);
        const auto nonce = wire::parse_trailers(parsed->trailers).nonce;
        EXPECT_TRUE(nonce && *nonce != 0);
        return nonce.value_or(0);
    }
    void expect_silent_drop(DropReason reason, std::uint64_t times = 1) {
        EXPECT_EQ(drops(reason), times) << to_string(reason);
        EXPECT_TRUE(is_silent()) << to_string(reason);
    }
    void expect_unreachable(wire::UnreachableCode code, const Ipv6Address& to = kHost) {
        ASSERT_EQ(delivered_.size(), 1U);
        const auto error = wire::Ipv6Packet::parse(delivered_[0]);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->source(), kOwnIpv6);
        EXPECT_EQ(error->destination(), to);
        EXPECT_EQ(error->next_header(), wire::kIcmpv6);
        ASSERT_GE(error->payload().size(), wire::kIcmpv6HeaderSize);
        EXPECT_EQ(error->payload()[0], std::byte{1});
        EXPECT_EQ(error->payload()[1], static_cast<std::byte>(code));
        EXPECT_TRUE(sent_.empty());
        clear();
    }

    struct Sent {
        Instant at;
        Endpoint to;
        ByteVector bytes;
    };
    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    std::optional<Relay> relay_{std::in_place, default_settings(), random_, now_};
    sim::RecordingOutput output_;
    Ipv6Address relay_source_ = wire::kClientLinkLocal;
    // Since the last clear().
    std::vector<Sent> sent_;
    std::vector<ByteVector> delivered_;
};

}  // namespace miredo::teredo
