// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// From what the configuration says, with names resolved and the host looked at, to the engine's
// settings.
#pragma once

#include <optional>
#include <vector>

#include "config/configuration.hpp"
#include "config/secrets.hpp"
#include "teredo/settings.hpp"

namespace miredo::daemon {

// RFC 4380 §5.2: a client knows two addresses of its server; deployed servers use neighbours.
// Nothing where there is no next address.
[[nodiscard]] std::optional<Ipv4Address> next_address(Ipv4Address address);

[[nodiscard]] teredo::ClientSettings
client_settings(const config::ClientConfiguration& configuration,
                const config::Secrets& secrets,
                std::optional<teredo::ServerAddresses> server,
                teredo::Surroundings surroundings);

// Of each of `shards`, here and below: what is bounded is bounded for all of them together.
[[nodiscard]] teredo::RelaySettings relay_settings(const config::RelayConfiguration& configuration,
                                                   std::vector<Ipv6Address> own_ipv6_addresses,
                                                   teredo::Surroundings surroundings,
                                                   std::uint32_t shards = 1);

[[nodiscard]] teredo::ServerSettings
server_settings(const config::ServerConfiguration& configuration,
                const config::Secrets& secrets,
                const teredo::ServerAddresses& addresses,
                teredo::Surroundings surroundings,
                std::uint32_t shards = 1);

}  // namespace miredo::daemon
