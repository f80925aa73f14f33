// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a configuration says, typed and validated, with names still unresolved: the daemon turns it
// into the engine's settings. Both file forms end here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/settings.hpp"

namespace miredo::config {

// What the kernel may do for an instance, where it can.
struct OffloadSwitches {
    bool tun_tcp = true;
    bool tun_udp = true;
    bool udp_send = true;
    bool udp_receive = true;

    friend bool operator==(const OffloadSwitches&, const OffloadSwitches&) = default;
};

// How many threads share an instance's packets.
inline constexpr std::uint32_t kMostShards = 16;
struct Shards {
    std::uint32_t count = 1;  // 1 to kMostShards; 0: as the machine is

    [[nodiscard]] bool is_automatic() const { return count == 0; }
    friend bool operator==(const Shards&, const Shards&) = default;
};

// Keys that every instance has.
struct TunnelConfiguration {
    std::string interface_name = "teredo";  // 1 to 15 characters (IFNAMSIZ)
    std::string bind_address;               // IPv4 address or host name; empty: any
    std::uint16_t port = 0;                 // 0: chosen by the kernel
    std::uint16_t mtu = 1280;               // 1280 to 65535
    std::optional<std::uint32_t> max_peers;
    std::optional<std::uint64_t> max_memory;  // bytes, for those; the lesser bound counts
    bool allow_private_addresses = false;
    OffloadSwitches offloads = {};

    friend bool operator==(const TunnelConfiguration&, const TunnelConfiguration&) = default;
};

// What a client does where its host has IPv6 by other means (RFC 4380 §5.5).
enum class NativePolicy : std::uint8_t {
    kAuto,    // it stays, for Teredo peers, and leaves the default route to the other IPv6
    kIgnore,  // nothing
    kYield,   // it is no client as long
};

struct ClientConfiguration {
    TunnelConfiguration tunnel;
    std::string server;            // IPv4 address or host name
    std::string secondary_server;  // likewise; empty: the primary's address + 1
    Duration refresh_interval = std::chrono::seconds{30};
    bool default_route = true;
    std::uint32_t route_metric = 1029;
    std::uint32_t route_table = 3544;
    NativePolicy native = NativePolicy::kAuto;
    bool determine_refresh_interval = false;  // RFC 4380 §5.2.7
    bool local_discovery = false;             // RFC 4380 §5.2.8
    // Secure qualification (RFC 4380 §5.2.2): both or neither. Only where the key is: config
    // secrets.hpp reads it.
    std::string client_identifier;  // 1 to 255 printable characters
    std::string secret;             // name of a credential, or absolute path

    friend bool operator==(const ClientConfiguration&, const ClientConfiguration&) = default;
};

struct RelayConfiguration {
    TunnelConfiguration tunnel;
    teredo::RelayMode mode = teredo::RelayMode::kCone;
    Ipv6Prefix prefix = wire::kTeredoPrefix;
    std::vector<Ipv6Prefix> served_prefixes;
    std::uint32_t bubbles_per_second = teredo::kRelayBubbleRate;  // 2 to 1,000,000
    Shards shards;

    friend bool operator==(const RelayConfiguration&, const RelayConfiguration&) = default;
};

struct ServerConfiguration {
    std::string address;            // IPv4 address or host name
    std::string secondary_address;  // likewise; empty: the address + 1, or see single_address
    bool single_address = false;    // there is no second address, not even address + 1
    Ipv6Prefix prefix = wire::kTeredoPrefix;
    std::uint16_t advertised_mtu = 1280;  // 1280 to 65535
    bool allow_private_addresses = false;
    bool require_authentication = false;
    std::string secret;        // as the client's, but with the keys of all clients
    OffloadSwitches offloads;  // those of UDP: there is no tunnel device
    Shards shards;

    friend bool operator==(const ServerConfiguration&, const ServerConfiguration&) = default;
};

// Client and relay exclude each other.
struct Configuration {
    std::optional<ClientConfiguration> client;
    std::optional<RelayConfiguration> relay;
    std::optional<ServerConfiguration> server;
    std::uint8_t syslog_facility = 3;  // number of RFC 5424 §6.2.1; 3: daemon

    friend bool operator==(const Configuration&, const Configuration&) = default;
};

}  // namespace miredo::config
