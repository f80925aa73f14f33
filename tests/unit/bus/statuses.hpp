// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One status of each role, with something in every field; tests/fixtures/describe.json shows the
// same client and server.
#pragma once

#include <string_view>

#include "daemon/instance_status.hpp"

namespace miredo::bus {

using namespace std::chrono_literals;

inline Ipv6Address ipv6(std::string_view text) {
    return Ipv6Address::parse(text).value_or(Ipv6Address{});
}
inline Ipv6Prefix prefix(std::string_view text) {
    return Ipv6Prefix::parse(text).value_or(Ipv6Prefix{});
}

inline daemon::InstanceStatus client_status() {
    daemon::ClientDetails client;
    client.address = ipv6("2001:0:c000:201:2c31:f226:3fff:fdf1");
    client.address_since = {1763719200000000, 50000000};
    client.server_name = "teredo.example.net";
    client.server = Ipv4Address{192, 0, 2, 1};
    client.secondary = Ipv4Address{192, 0, 2, 2};
    client.mapped = Endpoint{Ipv4Address{192, 0, 2, 14}, 3545};
    client.nat_type = teredo::NatType::kConeOrRestricted;
    client.refresh_interval = 30s;
    client.last_reply = 95s;
    client.server_rtt = 34ms;

    daemon::InstanceStatus status;
    status.name = "client";
    status.state = daemon::InstanceState::kDegraded;
    status.reason = "no-reply";
    status.message = "the server does not answer any more";
    status.since = {1763726400000000, 60000000};
    status.interface = daemon::InterfaceStatus{"teredo", 5, 1280};
    status.local = Endpoint{Ipv4Address{}, 40000};
    status.peers = daemon::PeerCounts{14, 9, 32768};
    status.shards = 1;
    status.offloads = {{"tun-tcp", true, {}},
                       {"tun-udp", false, {}},
                       {"udp-send", false, "Input/output error"},
                       {"udp-receive", true, {}}};
    status.health = {{"no-firewall-rule", "no nftables rule mentions teredo or its group 3544"}};
    status.details = client;
    return status;
}

inline daemon::InstanceStatus relay_status() {
    daemon::RelayDetails relay;
    relay.prefix = prefix("2001::/32");
    relay.mode = teredo::RelayMode::kRestricted;
    relay.served_prefixes = {prefix("2001:db8::/32"), prefix("2001:db8:1::/48")};

    daemon::InstanceStatus status;
    status.name = "relay";
    status.state = daemon::InstanceState::kRunning;
    status.message = "relaying for 2001::/32";
    status.since = {1763726400000001, 60000001};
    status.interface = daemon::InterfaceStatus{"teredo", 6, 1400};
    status.local = Endpoint{Ipv4Address{192, 0, 2, 9}, 3545};
    status.peers = daemon::PeerCounts{3, 2, 262144};
    status.shards = 4;
    status.offloads = {{"tun-tcp", false, {}},
                       {"tun-udp", false, {}},
                       {"udp-send", false, {}},
                       {"udp-receive", false, {}}};
    status.details = relay;
    return status;
}

inline daemon::InstanceStatus server_status() {
    daemon::ServerDetails server;
    server.primary = Ipv4Address{192, 0, 2, 1};
    server.secondary = Ipv4Address{192, 0, 2, 2};
    server.prefix = prefix("2001::/32");
    server.advertised_mtu = 1280;

    daemon::InstanceStatus status;
    status.name = "server";
    status.state = daemon::InstanceState::kRunning;
    status.message = "serving on 192.0.2.1 and 192.0.2.2";
    status.since = {1763726400000000, 60000000};
    status.local = Endpoint{Ipv4Address{192, 0, 2, 1}, 3544};
    status.shards = 1;
    status.offloads = {{"udp-send", true, {}}, {"udp-receive", true, {}}};
    status.details = server;
    return status;
}

}  // namespace miredo::bus
