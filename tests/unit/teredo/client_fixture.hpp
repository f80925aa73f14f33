// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A client, its server, a peer behind another server, a relay and a native host, in virtual time.
// The addresses are public ones, so that the filter is the one of the Internet.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "teredo/client.hpp"
#include "unit/teredo/packets.hpp"
#include "wire/ndp.hpp"
#include "wire/trailers.hpp"

namespace miredo::teredo {

inline constexpr Ipv4Address kServer{11, 0, 0, 1};
inline constexpr Ipv4Address kSecondary{11, 0, 0, 2};
inline constexpr Endpoint kServerEndpoint{kServer, wire::kTeredoPort};
inline constexpr Endpoint kSecondaryEndpoint{kSecondary, wire::kTeredoPort};
inline constexpr Endpoint kMapping{Ipv4Address{12, 1, 2, 3}, 4096};

inline constexpr Ipv4Address kPeerServer{14, 0, 0, 1};
inline constexpr Endpoint kPeerServerEndpoint{kPeerServer, wire::kTeredoPort};
inline constexpr Endpoint kPeerMapping{Ipv4Address{13, 1, 2, 3}, 5000};
inline constexpr Endpoint kOtherMapping{Ipv4Address{13, 1, 2, 3}, 5001};
inline constexpr Endpoint kRelay{Ipv4Address{15, 0, 0, 1}, 6000};
inline constexpr Endpoint kOtherRelay{Ipv4Address{15, 0, 0, 2}, 6000};
inline constexpr Ipv6Address kNative{0x2600000000000000U, 1};
inline constexpr Ipv6Address kOldRelaySource{0xfe80000000000000U, 0x1234567812345678U};

inline Ipv6Address peer_address(Endpoint mapping = kPeerMapping,
                                Ipv4Address server = kPeerServer,
                                std::uint16_t flags = 0) {
    return wire::TeredoAddress{server, flags, mapping}.to_ipv6();
}

// "11.0.0.1:3544 bubble" and the like: what a datagram is, for expectations that read well.
struct Sent {
    Instant at;
    Endpoint to;
    ByteVector bytes;

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

// The deviations from a good advertisement that a test wants.
struct Advertisement {
    std::optional<std::uint64_t> nonce;  // none: no authentication
    std::optional<Endpoint> origin = kMapping;
    Ipv4Address prefix_server = kServer;
    Ipv6Address destination = wire::kClientLinkLocal;
    std::uint32_t mtu = 1280;
};

class ClientTest : public testing::Test {
  protected:
    static ClientSettings default_settings() {
        ClientSettings settings;
        settings.server = ServerAddresses{kServer, kSecondary};
        settings.max_peers = 64;
        settings.surroundings.own_addresses = {Ipv4Address{10, 0, 0, 9}};
        settings.surroundings.own_ports = {5555};
        return settings;
    }

    void TearDown() override {
        // Whatever still waits is given up in this time: every packet has had its fate.
        advance(seconds{12});
        EXPECT_EQ(client().status().queued_bytes, 0U);
        std::uint64_t fates =
            counters().consumed + counters().forwarded_to_udp + counters().forwarded_to_ipv6;
        for (const std::uint64_t drops : counters().dropped) {
            fates += drops;
        }
        EXPECT_EQ(fates, counters().datagrams_received + counters().packets_received);
    }

    [[nodiscard]] Client& client() { return *client_; }
    [[nodiscard]] const Counters& counters() const { return client_->counters(); }
    [[nodiscard]] std::uint64_t drops(DropReason reason) const { return counters().drops(reason); }
    void use(const ClientSettings& settings) { client_.emplace(settings, random_, now_); }

    // Time goes on; the client is called exactly when it asked for it.
    void advance(Duration span) {
        const Instant end = now_ + span;
        for (int calls = 0;; ++calls) {
            const std::optional<Instant> deadline = client().next_deadline();
            ASSERT_TRUE(deadline.has_value());
            ASSERT_LT(calls, 100000) << "handle_timeout() makes no progress";
            if (*deadline > end) {
                break;
            }
            now_ = std::max(now_, *deadline);
            client().handle_timeout(now_, output_);
            collect();
        }
        now_ = end;
    }

    void receive(Endpoint from, Bytes datagram) {
        client().handle_datagram(now_, {from, datagram}, output_);
        collect();
    }
    void send(Bytes packet) {
        client().handle_packet(now_, packet, output_);
        collect();
    }

    void collect() {
        for (sim::RecordingOutput::Action& action : output_.take()) {
            if (auto* const datagram = std::get_if<sim::RecordingOutput::ToUdp>(&action)) {
                sent_.push_back({now_, datagram->to, std::move(datagram->bytes)});
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

    // Server.
    [[nodiscard]] static ByteVector make_advertisement(const Advertisement& advertisement) {
        ByteVector result;
        if (advertisement.nonce) {
            wire::Authentication authentication;
            authentication.nonce = *advertisement.nonce;
            result.resize(13);
            wire::write_authentication(result, authentication);
        }
        const wire::RouterAdvertisementPacket packet = wire::build_router_advertisement(
            {.source = wire::teredo_link_local(wire::kConeFlag, kServerEndpoint),
             .destination = advertisement.destination,
             .prefix = wire::TeredoAddress{advertisement.prefix_server, 0, {}}.to_ipv6(),
             .mtu = advertisement.mtu});
        return concatenate({result, make_origin(advertisement.origin), packet.bytes()});
    }
    [[nodiscard]] static ByteVector make_origin(std::optional<Endpoint> origin) {
        ByteVector result;
        if (origin) {
            result.resize(wire::kOriginSize);
            wire::write_origin(result, *origin);
        }
        return result;
    }
    // The nonce of the latest solicitation to `server`.
    [[nodiscard]] std::optional<std::uint64_t> last_nonce(Endpoint server = kServerEndpoint) const {
        const auto latest = std::find_if(sent_.rbegin(), sent_.rend(), [&](const Sent& sent) {
            return sent.to == server && sent.is_solicitation();
        });
        if (latest != sent_.rend()) {
            return latest->parsed().authentication.value().nonce;
        }
        return std::nullopt;
    }
    void advertise(Advertisement advertisement = {}, Endpoint from = kServerEndpoint) {
        if (!advertisement.nonce) {
            advertisement.nonce = last_nonce(from);
        }
        receive(from, make_advertisement(advertisement));
    }

    // Qualified behind a NAT that is not symmetric, with nothing outstanding.
    void qualify() {
        advance(Duration{0});
        advertise();
        advertise({}, kSecondaryEndpoint);
        ASSERT_EQ(client().status().state, ClientState::kQualified);
        clear();
    }
    [[nodiscard]] Ipv6Address own() { return client().status().address.value(); }

    // Packets.
    [[nodiscard]] ByteVector data_to(const Ipv6Address& to, std::size_t size = 100) {
        return ipv6_packet(own(), to, 17, ByteVector(size - wire::kIpv6HeaderSize));
    }
    [[nodiscard]] ByteVector data_from(const Ipv6Address& from, std::size_t size = 100) {
        return ipv6_packet(from, own(), 17, ByteVector(size - wire::kIpv6HeaderSize));
    }
    [[nodiscard]] ByteVector bubble_from(const Ipv6Address& from,
                                         std::optional<std::uint32_t> nonce = std::nullopt) {
        return concatenate({wire::build_bubble(from, own(), nonce).bytes()});
    }
    [[nodiscard]] ByteVector indirect(const Ipv6Address& from,
                                      std::optional<Endpoint> origin = kPeerMapping,
                                      std::optional<std::uint32_t> nonce = std::nullopt) {
        return concatenate({make_origin(origin), bubble_from(from, nonce)});
    }
    // The native host's answer to a test of ours.
    [[nodiscard]] static ByteVector reply_to(const Sent& test) {
        const wire::Ipv6Packet request = test.packet();
        wire::EchoMessage echo = wire::parse_echo(request).value();
        echo.type = wire::Icmpv6Type::kEchoReply;
        return concatenate(
            {wire::build_echo(request.destination(), request.source(), 60, echo).bytes()});
    }

    // A peer that we sent to and that answered.
    void make_friend(const Ipv6Address& address = peer_address(), Endpoint mapping = kPeerMapping) {
        send(data_to(address));
        receive(mapping, bubble_from(address));
        clear();
    }
    // A native host reached through `relay`.
    void make_native_friend(const Ipv6Address& address = kNative, Endpoint relay = kRelay) {
        send(data_to(address));
        ASSERT_EQ(sent_.size(), 1U);
        receive(relay, reply_to(sent_.back()));
        clear();
    }

    template <typename T>
    [[nodiscard]] std::vector<T> events() const {
        std::vector<T> result;
        for (const Event& event : events_) {
            if (const T* const found = std::get_if<T>(&event)) {
                result.push_back(*found);
            }
        }
        return result;
    }

    // Exactly one datagram since the last clear(), and this one.
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
        EXPECT_TRUE(is_silent());
    }
    void expect_unreachable(wire::UnreachableCode code) {
        ASSERT_EQ(delivered_.size(), 1U);
        const auto packet = wire::Ipv6Packet::parse(delivered_[0]);
        ASSERT_TRUE(packet.has_value());
        ASSERT_GE(packet->payload().size(), 2U);
        EXPECT_EQ(packet->next_header(), wire::kIcmpv6);
        EXPECT_EQ(packet->payload()[0], std::byte{1});
        EXPECT_EQ(packet->payload()[1], static_cast<std::byte>(code));
    }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    std::optional<Client> client_{std::in_place, default_settings(), random_, now_};
    sim::RecordingOutput output_;
    // Since the last clear().
    std::vector<Sent> sent_;
    std::vector<ByteVector> delivered_;
    std::vector<Event> events_;
};

}  // namespace miredo::teredo
