// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 5991, Teredo Security Updates: twelve random bits in the address (§3.1), and a cone bit that
// nobody sets or believes any more (§3.2), but for servers (rfc4380_5_3_server_test.cpp).
#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/expectations.hpp"
#include "scenario/names.hpp"
#include "scenario/observation.hpp"
#include "scenario/packets.hpp"
#include "sim/internet.hpp"
#include "sim/plain_host.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

constexpr Endpoint kMapping{Ipv4Address{96, 1, 0, 1}, 50000};

// §3.1: bit by bit, from 0x8000 (cone) to 0x0001. The RFC's picture: C z R R R R U G R R R R R R R
// R.
TEST(Rfc5991, AddressesHaveTwelveRandomBits) {
    conformance::shows("W3", "W4", "W5", "Q21");
    constexpr int kClients = 250;
    Internet internet;
    std::vector<const ClientHost*> clients;
    clients.reserve(kClients);
    for (int i = 0; i < kClients; ++i) {
        clients.push_back(&internet.add_client(NatKind::kNone));
    }
    ASSERT_TRUE(internet.run_until_qualified());
    std::array<int, 16> ones{};
    std::set<std::uint16_t> values;
    for (const ClientHost* client : clients) {
        const std::uint16_t flags = load_be16(client->address()->bytes().subspan(8));
        values.insert(flags);
        for (unsigned bit = 0; bit < ones.size(); ++bit) {
            ones.at(bit) += (flags >> bit) & 1;
        }
    }
    constexpr std::uint16_t kRandom = 0x3CFF;
    for (unsigned bit = 0; bit < ones.size(); ++bit) {
        SCOPED_TRACE(bit);
        if (((kRandom >> bit) & 1) == 0) {
            EXPECT_EQ(ones.at(bit), 0);
        } else {
            EXPECT_GT(ones.at(bit), kClients * 35 / 100);
            EXPECT_LT(ones.at(bit), kClients * 65 / 100);
        }
    }
    EXPECT_GT(values.size(), 230U);  // 2^12 to choose from
}

// §3.1: whatever is there in the address of a peer is the peer's.
TEST(Rfc5991, ThePeersBitsMeanNothing) {
    conformance::shows("W6", "C12");
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kNone);
    sim::PlainHost peer{internet.network()};
    internet.network().attach(peer, {kMapping.address}, sim::Link{});
    ASSERT_TRUE(internet.run_until_qualified());
    internet.run_for(seconds{1});
    constexpr std::array<std::uint16_t, 6> kFlags{0x0000, 0x3CFF, 0x7CFF, 0x4000, 0x8000, 0x0200};
    for (const std::uint16_t flags : kFlags) {
        SCOPED_TRACE(flags);
        const Ipv6Address address =
            wire::TeredoAddress{Internet::kServer, flags, kMapping}.to_ipv6();
        const Instant start = internet.network().now();
        client.ping(address, 1);
        internet.run_for(milliseconds{100});
        const auto first = to(sent_by(internet.network(), client, start), kMapping);
        EXPECT_EQ(of_kind(first, Kind::kBubble).size(), first.size());  // no data yet
        peer.send(kMapping, client.sockets().primary, bubble(address, *client.address()));
        internet.run_for(milliseconds{100});
        const auto all = to(sent_by(internet.network(), client, start), kMapping);
        EXPECT_EQ(of_kind(all, Kind::kEchoRequest).size(), 1U);
    }
}

// §3.2: behind no NAT there is, either.
struct ConeBit : testing::TestWithParam<NatKind> {};

TEST_P(ConeBit, IsInNothingThatAClientSends) {
    conformance::shows("Q4", "Q21");
    Internet internet;
    ClientHost& client = internet.add_client(GetParam());
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(Internet::kNative, 1);
    client.ping(wire::TeredoAddress{Internet::kServer, 0, kMapping}.to_ipv6(), 2);
    internet.run_for(minutes{5});
    const auto sent = sent_by(internet.network(), client);
    EXPECT_GT(sent.size(), 12U);
    for (const Observation& observation : sent) {
        EXPECT_FALSE(wire::has_cone_bit(observation.teredo().packet.source()));
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ConeBit, testing::ValuesIn(sim::kNatKinds), kind_name);

}  // namespace
}  // namespace miredo::scenario
