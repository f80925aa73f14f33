// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A server with two addresses, clients, a relay and what they send. The addresses are those of the
// RFC 6081 figures; they lie in documentation blocks, so the filter is the one of laboratories
// where a test doesn't say otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "teredo/server.hpp"
#include "unit/teredo/packets.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

inline constexpr Ipv4Address kServer{203, 0, 113, 120};
inline constexpr Ipv4Address kSecondServer{203, 0, 113, 121};
inline constexpr Ipv4Address kOtherServer{203, 0, 113, 5};
inline constexpr Ipv4Address kThirdOwnAddress{203, 0, 113, 200};
inline constexpr Endpoint kClientA{Ipv4Address{198, 51, 100, 118}, 4095};
inline constexpr Endpoint kClientB{Ipv4Address{192, 0, 2, 45}, 40000};
inline constexpr Endpoint kRelay{Ipv4Address{192, 0, 2, 77}, 45000};
inline constexpr Ipv6Address kNative{0x20010db800000000U, 2};
inline constexpr Ipv6Address kAddressA{0x20010000cb007178U, 0x0000f00039cc9b89U};  // of client A
inline constexpr Ipv6Address kAddressB{0x20010000cb007178U, 0x28bc63bf3ffffdd2U};

// The entries of the test vectors that a server takes or makes.
inline constexpr std::string_view kSolicitation =
    "6000000000083afffe800000000000000000ffffffffffffff02000000000000000000000000000285007d370000"
    "0000";
inline constexpr std::string_view kConeSolicitation =
    "6000000000083afffe800000000000008000ffffffffffffff0200000000000000000000000000028500fd360000"
    "0000";
inline constexpr std::string_view kAuthentication = "00010000010203040506070800";
inline constexpr std::string_view kOriginA = "0000f00039cc9b89";
inline constexpr std::string_view kAdvertisement =
    "6000000000383afffe800000000000008000f22734ff8e87fe800000000000000000ffffffffffff8600954c0000"
    "000000000000000007d003044040ffffffffffffffff0000000020010000cb007178000000000000000005010000"
    "00000500";
inline constexpr std::string_view kConeAdvertisement =
    "6000000000383afffe800000000000008000f22734ff8e87fe800000000000008000ffffffffffff8600154c0000"
    "000000000000000007d003044040ffffffffffffffff0000000020010000cb007178000000000000000005010000"
    "00000500";
inline constexpr std::string_view kBubble =
    "6000000000003b0020010000cb0071780000f00039cc9b8920010000cb00717828bc63bf3ffffdd2";
inline constexpr std::string_view kBubbleTrailers = "0104deadbeef03080000c0a80107c7380502c822";
inline constexpr std::string_view kEchoRequest =
    "6000000000183a4020010000cb0071780000f00039cc9b8920010db80000000000000000000000028000652b1234"
    "0001101112131415161718191a1b1c1d1e1f";

class ServerTest : public testing::Test {
  protected:
    static ServerSettings default_settings() {
        ServerSettings settings;
        settings.primary = kServer;
        settings.secondary = kSecondServer;
        settings.surroundings.filter = wire::Ipv4Filter{true, {}};
        settings.surroundings.own_addresses = {kServer, kSecondServer, kThirdOwnAddress};
        settings.surroundings.own_ports = {wire::kTeredoPort, kRelay.port};
        return settings;
    }

    void configure(ServerSettings settings) { server_.apply(now_, std::move(settings), output_); }
    // As on the Internet: documentation addresses count as what they are.
    void use_strict_filter() {
        ServerSettings settings = default_settings();
        settings.surroundings.filter = wire::Ipv4Filter{};
        configure(std::move(settings));
    }

    void receive(Bytes datagram,
                 Endpoint from = kClientA,
                 ServiceSocket socket = ServiceSocket::kPrimary) {
        server_.handle_datagram(now_, {from, datagram, socket}, output_);
        collect();
    }
    void receive(std::string_view hex,
                 Endpoint from = kClientA,
                 ServiceSocket socket = ServiceSocket::kPrimary) {
        receive(Bytes{from_hex(hex)}, from, socket);
    }

    // Takes over what the server said.
    void collect() {
        for (sim::RecordingOutput::Action& action : output_.take()) {
            if (auto* const datagram = std::get_if<sim::RecordingOutput::ToUdp>(&action)) {
                sent_.push_back(std::move(*datagram));
            } else if (auto* const packet = std::get_if<sim::RecordingOutput::ToIpv6>(&action)) {
                injected_.push_back(std::move(packet->bytes));
            } else {
                ADD_FAILURE() << "a server has nothing to notify of";
            }
        }
    }
    [[nodiscard]] bool is_silent() const { return sent_.empty() && injected_.empty(); }
    void clear() {
        sent_.clear();
        injected_.clear();
    }

    // The datagram was discarded for `reason`, and nothing else happened.
    void expect_drop(DropReason reason) {
        ++expected_drops_[static_cast<std::size_t>(reason)];
        for (std::size_t i = 0; i < kDropReasonCount; ++i) {
            EXPECT_EQ(counters().dropped[i], expected_drops_[i])
                << to_string(static_cast<DropReason>(i)) << " instead of " << to_string(reason);
        }
        expected_drops_ = counters().dropped;
        EXPECT_TRUE(is_silent());
    }
    // Exactly this left the server since the last look.
    void expect_sent(Endpoint to, Bytes datagram, ServiceSocket socket = ServiceSocket::kPrimary) {
        ASSERT_EQ(sent_.size(), 1U);
        EXPECT_TRUE(injected_.empty());
        EXPECT_EQ(sent_[0].socket, socket);
        EXPECT_EQ(sent_[0].to.to_string(), to.to_string());
        EXPECT_EQ(sent_[0].bytes, ByteVector(datagram.begin(), datagram.end()));
        clear();
    }
    void expect_injected(Bytes packet) {
        ASSERT_EQ(injected_.size(), 1U);
        EXPECT_TRUE(sent_.empty());
        EXPECT_EQ(injected_[0], ByteVector(packet.begin(), packet.end()));
        clear();
    }
    // Every datagram was answered, forwarded or discarded.
    void expect_conservation() {
        std::uint64_t fates =
            counters().consumed + counters().forwarded_to_udp + counters().forwarded_to_ipv6;
        for (const std::uint64_t drops : counters().dropped) {
            fates += drops;
        }
        EXPECT_EQ(fates, counters().datagrams_received + counters().packets_received);
    }

    [[nodiscard]] const Counters& counters() const { return server_.counters(); }

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    Server server_{default_settings(), random_, now_};
    sim::RecordingOutput output_;
    // Since the last clear().
    std::vector<sim::RecordingOutput::ToUdp> sent_;
    std::vector<ByteVector> injected_;

  private:
    decltype(Counters::dropped) expected_drops_{};
};

}  // namespace miredo::teredo
