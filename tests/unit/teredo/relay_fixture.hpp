// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A relay, a Teredo client with its server, and a native host, in virtual time. The addresses are
// public ones, so that the filter is the one of the Internet.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "teredo/relay.hpp"
#include "unit/teredo/role_fixture.hpp"

namespace miredo::teredo {

class RelayTest : public RoleTest<Relay> {
  protected:
    RelayTest() : RoleTest{default_settings()} {}

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

    [[nodiscard]] Relay& relay() { return *role_; }

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

    // Exactly this since the last clear(), which it is then.
    void expect_sent(Endpoint to, Bytes datagram) {
        RoleTest::expect_sent(to, datagram);
        EXPECT_TRUE(delivered_.empty());
        clear();
    }
    void expect_delivered(Bytes packet) {
        RoleTest::expect_delivered(packet);
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
    // Likewise the second try's: its source is the peer's cookie.
    std::uint32_t expect_cookie_bubble(std::size_t index, const Ipv6Address& peer = teredo()) {
        const Ipv6Address cookie = sent_.at(index).packet().source();
        EXPECT_EQ(cookie.high(), 0xfe80000000000000U);
        EXPECT_EQ(cookie.low() & 0x0300000000000000U, 0U);
        EXPECT_NE(cookie, wire::kClientLinkLocal);
        const Ipv6Address usual = std::exchange(relay_source_, cookie);
        const std::uint32_t nonce = expect_indirect_bubble(index, peer);
        relay_source_ = usual;
        return nonce;
    }
    void expect_unreachable(wire::UnreachableCode code, const Ipv6Address& to = kHost) {
        Ipv6Address source;
        Ipv6Address destination;
        expect_error(code, source, destination);
        EXPECT_EQ(source, kOwnIpv6);
        EXPECT_EQ(destination, to);
        EXPECT_TRUE(sent_.empty());
        clear();
    }

    Ipv6Address relay_source_ = wire::kClientLinkLocal;
};

}  // namespace miredo::teredo
