// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/peers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/values.hpp"
#include "dbus/names.hpp"
#include "dbus/sdbus.hpp"
#include "statuses.hpp"

namespace miredo::bus {
namespace {

using ::testing::HasSubstr;

std::string complaint_about(const Dictionary& filter, std::uint32_t limit = 1) {
    try {
        (void)peer_query(filter, 0, limit);
        return "accepted";
    } catch (const sdbus::Error& error) {
        EXPECT_EQ(error.getName(), dbus::error::kInvalidArgs);
        return error.getMessage();
    }
}

TEST(PeerQuery, TakesEveryKey) {
    const auto query = peer_query({{"Address", sdbus::Variant{std::string{"2001:0:1::1"}}},
                                   {"Kind", sdbus::Variant{std::string{"native"}}},
                                   {"State", sdbus::Variant{std::string{"probing"}}}},
                                  20,
                                  1000);
    EXPECT_EQ(query.address, ipv6("2001:0:1::1"));
    EXPECT_EQ(query.kind, teredo::PeerKind::kNative);
    EXPECT_EQ(query.state, teredo::PeerState::kProbing);
    EXPECT_EQ(query.offset, 20U);
    EXPECT_EQ(query.limit, 1000U);
}

TEST(PeerQuery, AsksForAllWithoutAFilter) {
    const auto query = peer_query({}, 0, 1);
    EXPECT_FALSE(query.address || query.kind || query.state);
}

TEST(PeerQuery, SaysWhatIsAllowed) {
    EXPECT_THAT(complaint_about({{"Colour", sdbus::Variant{std::string{"red"}}}}),
                HasSubstr("no key \"Colour\"; it may have: Address, Kind, State"));
    EXPECT_THAT(complaint_about({{"Kind", sdbus::Variant{std::uint32_t{1}}}}),
                HasSubstr("Kind must be a string (s), not u"));
    EXPECT_THAT(complaint_about({{"Kind", sdbus::Variant{std::string{"local"}}}}),
                HasSubstr("one of: teredo, native; not \"local\""));
    EXPECT_THAT(complaint_about({{"State", sdbus::Variant{std::string{""}}}}),
                HasSubstr("one of: direct, relay, probing, idle, failed; not \"\""));
    EXPECT_THAT(complaint_about({{"Address", sdbus::Variant{std::string{"192.0.2.1"}}}}),
                HasSubstr("no IPv6 address: \"192.0.2.1\""));
    EXPECT_THAT(complaint_about({}, 0), HasSubstr("limit is 0; 1 to 1000"));
    EXPECT_THAT(complaint_about({}, 1001), HasSubstr("limit is 1001; 1 to 1000"));
}

TEST(Dictionaries, HoldWhatIsKnown) {
    teredo::PeerStatus peer;
    peer.address = ipv6("2001:0:1::1");
    peer.kind = teredo::PeerKind::kTeredo;
    peer.state = teredo::PeerState::kDirect;
    peer.endpoint = Endpoint{Ipv4Address{192, 0, 2, 7}, 4321};
    peer.last_received = 2s;
    peer.last_transmitted = 3ms;
    peer.queued_packets = 4;
    peer.attempts = 5;
    teredo::PeerStatus unknown;
    unknown.address = ipv6("2001:db8::1");
    unknown.kind = teredo::PeerKind::kNative;
    unknown.state = teredo::PeerState::kProbing;

    const auto dictionaries = bus::dictionaries({peer, unknown});
    ASSERT_EQ(dictionaries.size(), 2U);
    const Dictionary& full = dictionaries[0];
    EXPECT_EQ(full.size(), 8U);
    EXPECT_EQ(full.at("Address").get<std::string>(), "2001:0:1::1");
    EXPECT_EQ(full.at("Kind").get<std::string>(), "teredo");
    EXPECT_EQ(full.at("State").get<std::string>(), "direct");
    EXPECT_EQ(full.at("Endpoint").get<EndpointValue>(),
              (EndpointValue{std::string{"192.0.2.7"}, std::uint16_t{4321}}));
    EXPECT_EQ(full.at("LastReceivedUSec").get<std::uint64_t>(), 2'000'000U);
    EXPECT_EQ(full.at("LastTransmittedUSec").get<std::uint64_t>(), 3000U);
    EXPECT_EQ(full.at("QueuedPackets").get<std::uint32_t>(), 4U);
    EXPECT_EQ(full.at("Attempts").get<std::uint32_t>(), 5U);
    const Dictionary& sparse = dictionaries[1];
    EXPECT_EQ(sparse.size(), 5U);
    EXPECT_EQ(sparse.at("Kind").get<std::string>(), "native");
    EXPECT_EQ(sparse.at("State").get<std::string>(), "probing");
    EXPECT_EQ(sparse.at("QueuedPackets").get<std::uint32_t>(), 0U);
}

}  // namespace
}  // namespace miredo::bus
