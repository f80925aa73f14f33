// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/engine_settings.hpp"

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

TEST(NextAddress, is_the_deployed_convention_for_the_secondary) {
    EXPECT_EQ(next_address(Ipv4Address{45, 10, 1, 2}), (Ipv4Address{45, 10, 1, 3}));
    EXPECT_EQ(next_address(Ipv4Address{45, 10, 1, 255}), (Ipv4Address{45, 10, 2, 0}));
    EXPECT_FALSE(next_address(Ipv4Address{255, 255, 255, 255}));
}

TEST(ClientSettings, take_over_the_configuration) {
    config::ClientConfiguration configuration;
    configuration.refresh_interval = std::chrono::seconds{10};
    configuration.tunnel.max_peers = 100;
    const teredo::ServerAddresses server{Ipv4Address{45, 10, 1, 2}, Ipv4Address{45, 10, 1, 3}};
    const teredo::ClientSettings settings = client_settings(configuration, server, {});
    EXPECT_EQ(settings.server, server);
    EXPECT_EQ(settings.refresh_interval, std::chrono::seconds{10});
    EXPECT_EQ(settings.max_peers, 100U);
}

TEST(ClientSettings, without_max_peers_use_the_engine_s_default) {
    EXPECT_EQ(client_settings({}, std::nullopt, {}).max_peers, teredo::ClientSettings{}.max_peers);
}

TEST(RelaySettings, take_over_the_configuration) {
    config::RelayConfiguration configuration;
    configuration.mode = teredo::RelayMode::kRestricted;
    configuration.served_prefixes = {*Ipv6Prefix::parse("2a00:1234::/32")};
    const teredo::RelaySettings settings = relay_settings(configuration, {}, {});
    EXPECT_EQ(settings.mode, teredo::RelayMode::kRestricted);
    EXPECT_EQ(settings.served_prefixes, configuration.served_prefixes);
}

TEST(ServerSettings, take_over_the_configuration) {
    config::ServerConfiguration configuration;
    configuration.advertised_mtu = 1400;
    const teredo::ServerAddresses addresses{Ipv4Address{45, 10, 1, 2}, std::nullopt};
    const teredo::ServerSettings settings = server_settings(configuration, addresses, {});
    EXPECT_EQ(settings.primary, (Ipv4Address{45, 10, 1, 2}));
    EXPECT_FALSE(settings.secondary);
    EXPECT_EQ(settings.advertised_mtu, 1400U);
}

}  // namespace
}  // namespace miredo::daemon
