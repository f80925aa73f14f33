// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What can be read on the bus, by everybody.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"
#include "proxies.hpp"

namespace miredo::bus {
namespace {

using ::testing::ElementsAre;

class Properties : public BusTest {
  protected:
    Properties() {
        control_->add(client_status()).counters = {{"DatagramsReceived", 1200}};
        control_->add(relay_status());
        control_->add(server_status());
        control_->files = {"/etc/miredo/miredo.conf", "/etc/miredo/\xFF.conf"};
    }
};

TEST_F(Properties, OfTheManager) {
    in_client([](sdbus::IConnection& connection) {
        ManagerProxy manager{connection};
        EXPECT_EQ(manager.Version(), MIREDO_VERSION);
        EXPECT_EQ(manager.State(), "degraded");
        ASSERT_EQ(manager.Health().size(), 1U);
        EXPECT_EQ(manager.Health()[0].get<0>(), "no-firewall-rule");
        EXPECT_EQ(manager.Health()[0].get<1>(), "warning");
        EXPECT_EQ(manager.Health()[0].get<2>(),
                  "no nftables rule mentions teredo or its group 3544");
        EXPECT_THAT(manager.ConfigurationFiles(),
                    ElementsAre("/etc/miredo/miredo.conf", "/etc/miredo/\xEF\xBF\xBD.conf"));
    });
}

TEST_F(Properties, OfAnInstance) {
    in_client([](sdbus::IConnection& connection) {
        InstanceProxy client{connection, "client"};
        EXPECT_EQ(client.Name(), "client");
        EXPECT_EQ(client.Role(), "client");
        EXPECT_EQ(client.State(), "degraded");
        EXPECT_EQ(client.StateReason(), "no-reply");
        EXPECT_EQ(client.StateMessage(), "the server does not answer any more");
        EXPECT_EQ(client.StateChangeTimestamp(), 1763726400000000U);
        EXPECT_EQ(client.StateChangeTimestampMonotonic(), 60000000U);
        EXPECT_EQ(client.InterfaceName(), "teredo");
        EXPECT_EQ(client.InterfaceIndex(), 5);
        EXPECT_EQ(client.Mtu(), 1280U);
        EXPECT_EQ(client.LocalEndpoint(),
                  (sdbus::Struct<std::string, std::uint16_t>{"0.0.0.0", std::uint16_t{40000}}));
        EXPECT_EQ(client.PeerCount(), 14U);
        EXPECT_EQ(client.PeerLimit(), 32768U);
        EXPECT_EQ(client.Statistics(),
                  (std::map<std::string, std::uint64_t>{{"DatagramsReceived", 1200}}));
        EXPECT_EQ(client.Offloads(),
                  (std::map<std::string, std::string>{{"tun-tcp", "on"},
                                                      {"tun-udp", "off"},
                                                      {"udp-send", "refused: Input/output error"},
                                                      {"udp-receive", "on"}}));

        InstanceProxy server{connection, "server"};
        EXPECT_EQ(server.InterfaceName(), "");
        EXPECT_EQ(server.InterfaceIndex(), 0);
        EXPECT_EQ(server.PeerLimit(), 0U);
    });
}

TEST_F(Properties, OfAClient) {
    in_client([](sdbus::IConnection& connection) {
        ClientProxy client{connection};
        EXPECT_EQ(client.Address(), "2001:0:c000:201:2c31:f226:3fff:fdf1");
        EXPECT_EQ(client.AddressAssignedTimestamp(), 1763719200000000U);
        EXPECT_EQ(client.ServerName(), "teredo.example.net");
        EXPECT_EQ(client.ServerAddress(), "192.0.2.1");
        EXPECT_EQ(client.SecondaryServerAddress(), "192.0.2.2");
        EXPECT_EQ(client.MappedEndpoint(),
                  (sdbus::Struct<std::string, std::uint16_t>{"192.0.2.14", std::uint16_t{3545}}));
        EXPECT_EQ(client.NatType(), "cone-or-restricted");
        EXPECT_FALSE(client.NativeIpv6());
        EXPECT_EQ(client.RefreshIntervalUSec(), 30'000'000U);
        const std::uint64_t now = daemon::Timestamp::now().realtime;
        const std::uint64_t then = client.LastReplyTimestamp();
        EXPECT_GE(then + 95'000'000U, now);
        EXPECT_LE(then + 95'000'000U, daemon::Timestamp::now().realtime);
        EXPECT_EQ(client.ServerRttUSec(), 34'000U);
    });
}

TEST_F(Properties, OfAClientThatKnowsNothingYet) {
    control_->all[0]->shown.details = daemon::ClientDetails{};
    in_client([](sdbus::IConnection& connection) {
        ClientProxy client{connection};
        EXPECT_EQ(client.Address(), "");
        EXPECT_EQ(client.AddressAssignedTimestamp(), 0U);
        EXPECT_EQ(client.ServerAddress(), "");
        EXPECT_EQ(client.MappedEndpoint(),
                  (sdbus::Struct<std::string, std::uint16_t>{"", std::uint16_t{0}}));
        EXPECT_EQ(client.LastReplyTimestamp(), 0U);
        EXPECT_EQ(client.ServerRttUSec(), 0U);
    });
}

TEST_F(Properties, OfRelayAndServer) {
    in_client([](sdbus::IConnection& connection) {
        RelayProxy relay{connection, instance_path("relay")};
        EXPECT_EQ(relay.Prefix(), "2001::/32");
        EXPECT_EQ(relay.Mode(), "restricted");
        EXPECT_THAT(relay.ServedPrefixes(), ElementsAre("2001:db8::/32", "2001:db8:1::/48"));

        ServerProxy server{connection, instance_path("server")};
        EXPECT_EQ(server.PrimaryAddress(), "192.0.2.1");
        EXPECT_EQ(server.SecondaryAddress(), "192.0.2.2");
        EXPECT_EQ(server.Prefix(), "2001::/32");
        EXPECT_EQ(server.AdvertisedMtu(), 1280U);
    });
}

TEST_F(Properties, AreAllInOneCallToTheObjectManager) {
    in_client([](sdbus::IConnection& connection) {
        std::map<sdbus::ObjectPath, dbus::InterfacesAndProperties> objects;
        dbus::make_proxy(connection, dbus::kBusName, dbus::kManagerPath)
            ->callMethod("GetManagedObjects")
            .onInterface("org.freedesktop.DBus.ObjectManager")
            .storeResultsTo(objects);
        ASSERT_EQ(objects.size(), 3U);
        const std::map<std::string, std::pair<std::string, std::size_t>> roles{
            {"client", {"Client", 11}}, {"relay", {"Relay", 3}}, {"server", {"Server", 4}}};
        for (const auto& [name, role] : roles) {
            auto& interfaces = objects[instance_path(name)];
            const auto& [word, count] = role;
            EXPECT_EQ(interfaces[dbus::InterfaceName{"org.miredo.Miredo1.Instance"}].size(), 15U);
            EXPECT_EQ(interfaces[dbus::InterfaceName{"org.miredo.Miredo1." + word}].size(), count);
        }
    });
}

TEST_F(Properties, ManagerFindsInstances) {
    in_client([](sdbus::IConnection& connection) {
        ManagerProxy manager{connection};
        const auto listed = manager.ListInstances();
        ASSERT_EQ(listed.size(), 3U);
        EXPECT_EQ(listed[1].get<0>(), "relay");
        EXPECT_EQ(listed[1].get<1>(), "relay");
        EXPECT_EQ(listed[1].get<2>(), "running");
        EXPECT_EQ(listed[1].get<3>(), instance_path("relay"));
        EXPECT_EQ(manager.GetInstance("server"), instance_path("server"));
        EXPECT_EQ(manager.GetInstanceByInterface(6), instance_path("relay"));

        EXPECT_EQ(result_of([&] { (void)manager.GetInstance("isatap"); }).error_name,
                  dbus::error::kNoSuchInstance);
        for (const int index : {0, -1, 7}) {
            EXPECT_EQ(result_of([&] { (void)manager.GetInstanceByInterface(index); }).error_name,
                      dbus::error::kNoSuchInstance);
        }
    });
}

TEST_F(Properties, DescribeGivesAllOfIt) {
    in_client([](sdbus::IConnection& connection) {
        const auto all = nlohmann::json::parse(ManagerProxy{connection}.Describe());
        EXPECT_EQ(all["schema"], "miredo.status/1");
        ASSERT_EQ(all["instances"].size(), 3U);
        const auto one = nlohmann::json::parse(InstanceProxy{connection, "client"}.Describe());
        EXPECT_EQ(one, all["instances"][0]);
        EXPECT_EQ(one["statistics"]["DatagramsReceived"], 1200);
    });
}

}  // namespace
}  // namespace miredo::bus
