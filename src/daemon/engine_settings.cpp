// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/engine_settings.hpp"

#include <algorithm>
#include <utility>

#include "teredo/peer_table.hpp"

namespace miredo::daemon {

std::optional<Ipv4Address> next_address(Ipv4Address address) {
    if (address.is_broadcast()) {
        return std::nullopt;
    }
    return Ipv4Address{address.value() + 1};
}

namespace {

// The lesser of what the two keys allow.
std::uint32_t peer_limit(const config::TunnelConfiguration& tunnel, std::uint32_t otherwise) {
    const std::uint64_t peers = tunnel.max_peers.value_or(otherwise);
    const std::uint64_t in_memory =
        tunnel.max_memory ? *tunnel.max_memory / teredo::PeerTable::kBytesPerPeer : peers;
    return static_cast<std::uint32_t>(std::min(peers, in_memory));
}

}  // namespace

teredo::ClientSettings client_settings(const config::ClientConfiguration& configuration,
                                       const config::Secrets& secrets,
                                       std::optional<teredo::ServerAddresses> server,
                                       teredo::Surroundings surroundings) {
    teredo::ClientSettings settings;
    settings.server = server;
    settings.refresh_interval = configuration.refresh_interval;
    settings.determines_refresh_interval = configuration.determine_refresh_interval;
    settings.discovers_locally = configuration.local_discovery;
    settings.secret = config::client_secret(configuration, secrets);
    settings.max_peers = peer_limit(configuration.tunnel, settings.max_peers);
    settings.surroundings = std::move(surroundings);
    return settings;
}

teredo::RelaySettings relay_settings(const config::RelayConfiguration& configuration,
                                     std::vector<Ipv6Address> own_ipv6_addresses,
                                     teredo::Surroundings surroundings,
                                     std::uint32_t shards) {
    teredo::RelaySettings settings;
    settings.mode = configuration.mode;
    settings.prefix = configuration.prefix;
    settings.served_prefixes = configuration.served_prefixes;
    settings.own_ipv6_addresses = std::move(own_ipv6_addresses);
    settings.max_peers =
        std::max(peer_limit(configuration.tunnel, settings.max_peers) / shards, 1U);
    settings.shards = shards;
    settings.bubbles_per_second = configuration.bubbles_per_second;
    settings.surroundings = std::move(surroundings);
    return settings;
}

teredo::ServerSettings server_settings(const config::ServerConfiguration& configuration,
                                       const config::Secrets& secrets,
                                       const teredo::ServerAddresses& addresses,
                                       teredo::Surroundings surroundings,
                                       std::uint32_t shards) {
    teredo::ServerSettings settings;
    settings.primary = addresses.primary;
    settings.secondary = addresses.secondary;
    settings.prefix = configuration.prefix;
    settings.advertised_mtu = configuration.advertised_mtu;
    settings.secrets = secrets.server;
    settings.requires_authentication = configuration.require_authentication;
    settings.shards = shards;
    settings.surroundings = std::move(surroundings);
    return settings;
}

}  // namespace miredo::daemon
