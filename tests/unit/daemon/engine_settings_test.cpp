// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/engine_settings.hpp"

#include <span>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/edges.hpp"
#include "teredo/peer_table.hpp"

namespace miredo::daemon {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

TEST(NextAddress, is_the_deployed_convention_for_the_secondary) {
    EXPECT_EQ(next_address(Ipv4Address{45, 10, 1, 2}), (Ipv4Address{45, 10, 1, 3}));
    EXPECT_EQ(next_address(Ipv4Address{45, 10, 1, 255}), (Ipv4Address{45, 10, 2, 0}));
    EXPECT_FALSE(next_address(Ipv4Address{255, 255, 255, 255}));
}

TEST(ClientSettings, take_over_the_configuration) {
    config::ClientConfiguration configuration;
    configuration.refresh_interval = std::chrono::seconds{10};
    configuration.tunnel.max_peers = 100;
    configuration.determine_refresh_interval = true;
    configuration.local_discovery = true;
    configuration.client_identifier = "me";
    configuration.secret = "teredo";
    config::Secrets secrets;
    secrets.client_key = "hush";
    const teredo::ServerAddresses server{Ipv4Address{45, 10, 1, 2}, Ipv4Address{45, 10, 1, 3}};
    const teredo::ClientSettings settings = client_settings(configuration, secrets, server, {});
    EXPECT_EQ(settings.server, server);
    EXPECT_EQ(settings.refresh_interval, std::chrono::seconds{10});
    EXPECT_EQ(settings.max_peers, 100U);
    EXPECT_TRUE(settings.determines_refresh_interval);
    EXPECT_TRUE(settings.discovers_locally);
    ASSERT_TRUE(settings.secret);
    EXPECT_EQ(settings.secret->client_identifier, bytes_of("me"));
    EXPECT_EQ(settings.secret->key, bytes_of("hush"));
}

TEST(ClientSettings, without_max_peers_use_the_engine_s_default) {
    const teredo::ClientSettings settings = client_settings({}, {}, std::nullopt, {});
    EXPECT_EQ(settings.max_peers, teredo::ClientSettings{}.max_peers);
    EXPECT_FALSE(settings.secret);
    EXPECT_FALSE(settings.determines_refresh_interval);
    EXPECT_FALSE(settings.discovers_locally);
}

TEST(RelaySettings, bound_peers_by_number_and_by_memory) {
    constexpr std::size_t kBytes = teredo::PeerTable::kBytesPerPeer;
    config::RelayConfiguration configuration;
    configuration.tunnel.max_memory = 1000 * kBytes + kBytes - 1;
    EXPECT_EQ(relay_settings(configuration, {}, {}).max_peers, 1000U);
    configuration.tunnel.max_peers = 999;
    EXPECT_EQ(relay_settings(configuration, {}, {}).max_peers, 999U);
    configuration.tunnel.max_memory = std::uint64_t{1} << 40U;
    EXPECT_EQ(relay_settings(configuration, {}, {}).max_peers, 999U);
    configuration.tunnel.max_peers.reset();
    EXPECT_EQ(relay_settings(configuration, {}, {}).max_peers, teredo::RelaySettings{}.max_peers);
}

TEST(RelaySettings, divide_the_bound_among_shards) {
    config::RelayConfiguration configuration;
    configuration.tunnel.max_peers = 1000;
    EXPECT_EQ(relay_settings(configuration, {}, {}, 3).max_peers, 333U);
    EXPECT_EQ(relay_settings(configuration, {}, {}, 3).shards, 3U);
    constexpr std::size_t kBytes = std::size_t{64} * 1024;
    configuration.tunnel.max_memory = kBytes;
    EXPECT_EQ(relay_settings(configuration, {}, {}, 16).max_peers,
              kBytes / teredo::PeerTable::kBytesPerPeer / 16);
    EXPECT_EQ(server_settings({}, {}, {}, {}, 4).shards, 4U);
}

TEST(AutomaticShards, are_as_many_as_the_cpus_where_there_are_enough) {
    for (const std::uint32_t cpus : {1U, 2U, 3U}) {
        EXPECT_EQ(automatic_shards(cpus), 1U);
    }
    EXPECT_EQ(automatic_shards(4), 4U);
    EXPECT_EQ(automatic_shards(8), 8U);
    EXPECT_EQ(automatic_shards(256), 8U);
    EXPECT_EQ(wanted_shards({5}), 5U);
    EXPECT_GE(wanted_shards({0}), 1U);
}

TEST(RelaySettings, take_over_the_configuration) {
    config::RelayConfiguration configuration;
    configuration.mode = teredo::RelayMode::kRestricted;
    configuration.served_prefixes = {*Ipv6Prefix::parse("2a00:1234::/32")};
    configuration.bubbles_per_second = 7000;
    const teredo::RelaySettings settings = relay_settings(configuration, {}, {});
    EXPECT_EQ(settings.bubbles_per_second, 7000U);
    EXPECT_EQ(settings.mode, teredo::RelayMode::kRestricted);
    EXPECT_EQ(settings.served_prefixes, configuration.served_prefixes);
}

TEST(ServerSettings, take_over_the_configuration) {
    config::ServerConfiguration configuration;
    configuration.advertised_mtu = 1400;
    const teredo::ServerAddresses addresses{Ipv4Address{45, 10, 1, 2}, std::nullopt};
    configuration.require_authentication = true;
    config::Secrets secrets;
    secrets.server = {{bytes_of("me"), bytes_of("hush")}};
    const teredo::ServerSettings settings = server_settings(configuration, secrets, addresses, {});
    EXPECT_EQ(settings.primary, (Ipv4Address{45, 10, 1, 2}));
    EXPECT_FALSE(settings.secondary);
    EXPECT_EQ(settings.advertised_mtu, 1400U);
    EXPECT_EQ(settings.secrets, secrets.server);
    EXPECT_TRUE(settings.requires_authentication);
}

}  // namespace
}  // namespace miredo::daemon
