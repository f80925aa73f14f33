// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "statuses.hpp"

namespace miredo::bus {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

daemon::ClientDetails client_of(const daemon::InstanceStatus& status) {
    return std::get<daemon::ClientDetails>(status.details);
}

TEST(ChangedProperties, AreNoneWithoutAChange) {
    EXPECT_THAT(changed_properties(client_status(), client_status()), IsEmpty());
    EXPECT_THAT(changed_properties(client_of(client_status()), client_of(client_status())),
                IsEmpty());
}

TEST(ChangedProperties, DoNotNameWhatIsSilentOrConstant) {
    auto after = client_status();
    after.peers->count = 15;
    after.peers->proven = 10;
    EXPECT_THAT(changed_properties(client_status(), after), IsEmpty());

    auto details = client_of(after);
    details.last_reply = 96s;
    details.server_rtt = 35ms;
    EXPECT_THAT(changed_properties(client_of(client_status()), details), IsEmpty());
}

TEST(ChangedProperties, NameWhatIsAnother) {
    auto after = client_status();
    after.state = daemon::InstanceState::kQualified;
    after.reason = "";
    EXPECT_THAT(changed_properties(client_status(), after), ElementsAre("State", "StateReason"));

    after = client_status();
    after.interface.reset();
    after.peers.reset();
    EXPECT_THAT(changed_properties(client_status(), after),
                ElementsAre("InterfaceName", "InterfaceIndex", "Mtu", "PeerLimit"));
}

TEST(ChangedProperties, NameAnAddressesEndWithItsTime) {
    auto after = client_of(client_status());
    after.address.reset();
    EXPECT_THAT(changed_properties(client_of(client_status()), after),
                ElementsAre("Address", "AddressAssignedTimestamp"));
}

TEST(ChangedProperties, KnowRelayAndServer) {
    const auto relay = std::get<daemon::RelayDetails>(relay_status().details);
    auto other_relay = relay;
    other_relay.mode = teredo::RelayMode::kCone;
    other_relay.served_prefixes.pop_back();
    EXPECT_THAT(changed_properties(relay, other_relay), ElementsAre("Mode", "ServedPrefixes"));

    const auto server = std::get<daemon::ServerDetails>(server_status().details);
    auto other_server = server;
    other_server.secondary.reset();
    other_server.advertised_mtu = 1400;
    EXPECT_THAT(changed_properties(server, other_server),
                ElementsAre("SecondaryAddress", "AdvertisedMtu"));
}

TEST(AddressChange, TellsWhy) {
    const auto qualified = client_status();
    auto without = client_status();
    without.reason = "rejected";
    std::get<daemon::ClientDetails>(without.details).address.reset();
    auto elsewhere = client_status();
    std::get<daemon::ClientDetails>(elsewhere.details).address = ipv6("2001:0:1::1");
    const std::string address = "2001:0:c000:201:2c31:f226:3fff:fdf1";

    auto change = address_change(without, qualified);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->old_address, "");
    EXPECT_EQ(change->new_address, address);
    EXPECT_EQ(change->reason, "qualified");

    change = address_change(qualified, elsewhere);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->old_address, address);
    EXPECT_EQ(change->new_address, "2001:0:1::1");
    EXPECT_EQ(change->reason, "mapping-changed");

    change = address_change(qualified, without);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->new_address, "");
    EXPECT_EQ(change->reason, "rejected");
}

TEST(AddressChange, IsNothingWhereTheAddressIsTheSame) {
    EXPECT_FALSE(address_change(client_status(), client_status()));
    EXPECT_FALSE(address_change(relay_status(), relay_status()));
}

}  // namespace
}  // namespace miredo::bus
