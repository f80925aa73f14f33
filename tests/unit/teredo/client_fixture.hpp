// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A client, its server, a peer behind another server, a relay and a native host, in virtual time.
// The addresses are public ones, so that the filter is the one of the Internet.
#pragma once

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "teredo/client.hpp"
#include "unit/teredo/role_fixture.hpp"

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

// The deviations from a good advertisement that a test wants.
struct Advertisement {
    std::optional<std::uint64_t> nonce;  // none: no authentication
    std::optional<Endpoint> origin = kMapping;
    Ipv4Address prefix_server = kServer;
    Ipv6Address destination = wire::kClientLinkLocal;
    std::uint32_t mtu = 1280;
};

class ClientTest : public RoleTest<Client> {
  protected:
    ClientTest() : RoleTest{default_settings()} {}

    static ClientSettings default_settings() {
        ClientSettings settings;
        settings.server = ServerAddresses{kServer, kSecondary};
        settings.max_peers = 64;
        settings.surroundings.own_addresses = {Ipv4Address{10, 0, 0, 9}};
        settings.surroundings.own_ports = {5555};
        return settings;
    }

    [[nodiscard]] Client& client() { return *role_; }

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

    void expect_unreachable(wire::UnreachableCode code) {
        Ipv6Address source;
        Ipv6Address destination;
        expect_error(code, source, destination);
        EXPECT_EQ(source, wire::teredo_link_local(wire::kConeFlag, kServerEndpoint));
    }
};

}  // namespace miredo::teredo
