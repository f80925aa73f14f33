// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Typed and validated settings of the roles. They hold addresses, never names; file syntax is
// config's business. The bounds are those of reliability and performance: each says its unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/constants.hpp"
#include "wire/ipv4_filter.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {

// What the host around the role looks like; the daemon fills it in and keeps it up to date.
struct Surroundings {
    // Which IPv4 addresses out of packets may be sent to.
    wire::Ipv4Filter filter;
    // Addresses of this host: with the port of one of our sockets they are ourselves.
    std::vector<Ipv4Address> own_addresses;
    // Ports of our own sockets (client or relay, and 3544 where a server runs beside it).
    std::vector<std::uint16_t> own_ports;
    // Subnets this host has an address in: who may be a local peer (RFC 4380 §5.2.8).
    std::vector<Ipv4Prefix> attached_subnets;

    // True for the address of a host in one of the attached subnets; their own addresses and their
    // broadcast addresses are nobody's.
    [[nodiscard]] bool is_attached(Ipv4Address address) const;
    // True where a datagram to `endpoint` would come back to one of our own sockets.
    [[nodiscard]] bool is_own(Endpoint endpoint) const;

    friend bool operator==(const Surroundings&, const Surroundings&) = default;
};

struct ServerAddresses {
    Ipv4Address primary;
    // Asked only to tell the NAT's type. Where none is given the next address is tried; a server
    // with a single address leaves the type unknown and nothing else.
    std::optional<Ipv4Address> secondary;

    friend bool operator==(const ServerAddresses&, const ServerAddresses&) = default;
};

// Secure qualification (RFC 4380 §5.2.2): what a client and its server have agreed on. The
// algorithm is HMAC-SHA1.
struct SharedSecret {
    std::vector<std::byte> client_identifier;  // 0 to 255 bytes, sent in the clear
    std::vector<std::byte> key;                // 1 to 255 bytes

    friend bool operator==(const SharedSecret&, const SharedSecret&) = default;
};

struct ClientSettings {
    std::optional<ServerAddresses> server;  // none while its name is not resolved yet
    Duration refresh_interval = std::chrono::seconds{30};  // RFC 4380 §5.2; 75–100 % of it is used
    std::uint32_t max_peers = 16384;
    // With it only authenticated advertisements count; without it the nonce is all that is checked.
    std::optional<SharedSecret> secret;
    // RFC 4380 §5.2.7: on a second port finds out how long an unused binding of the NAT lives, and
    // refreshes no more often than needed. `refresh_interval` is where it begins.
    bool determines_refresh_interval = false;
    // RFC 4380 §5.2.8: looks for clients on the link, and believes who answers (§7.3.4).
    bool discovers_locally = false;
    Surroundings surroundings;

    friend bool operator==(const ClientSettings&, const ClientSettings&) = default;
};

enum class RelayMode : std::uint8_t {
    kCone,          // indirect bubbles only
    kRestricted,    // behind a NAT: also direct bubbles (RFC 4380 §5.4.1)
    kHostSpecific,  // RFC 4380 §5.4: serves this host's own addresses only
};

struct RelaySettings {
    RelayMode mode = RelayMode::kCone;
    Ipv6Prefix prefix = wire::kTeredoPrefix;
    // Destinations accepted from Teredo clients. Empty: every native global unicast address
    // (kCone, kRestricted), this host's addresses (kHostSpecific).
    std::vector<Ipv6Prefix> served_prefixes;
    std::vector<Ipv6Address> own_ipv6_addresses;  // for kHostSpecific
    // Source of our bubbles: "a local IPv6 address" (RFC 4380 §5.4.1).
    Ipv6Address bubble_source = wire::kClientLinkLocal;
    std::uint32_t max_peers = 262144;
    // Bubbles for unknown destinations, in all: so many new peers at most. ≥ 2.
    std::uint32_t bubbles_per_second = kRelayBubbleRate;
    // How many relays share this host's traffic: each has its part of what may be sent on behalf of
    // strangers. Takes effect where the relay is made.
    std::uint32_t shards = 1;
    Surroundings surroundings;

    friend bool operator==(const RelaySettings&, const RelaySettings&) = default;
};

struct ServerSettings {
    Ipv4Address primary;
    // Without it solicitations with the cone bit get no answer, since it has to come from another
    // address (RFC 4380 §5.3.2); clients go on without the bit.
    std::optional<Ipv4Address> secondary;
    Ipv6Prefix prefix = wire::kTeredoPrefix;
    std::uint32_t advertised_mtu = 1280;
    // Of the clients. Two with one identifier: the first is the key that is valid, the second one
    // that still works, whose answers tell the client to get the new one (the confirmation byte).
    // A third one counts for nothing.
    std::vector<SharedSecret> secrets;
    // Solicitations that do not authenticate get no answer (RFC 4380 §5.3.1, rule 4). Without this
    // they get the answer of a server that knows no secrets.
    bool requires_authentication = false;
    std::uint32_t shards = 1;   // as a relay's
    Surroundings surroundings;  // own_addresses includes primary and secondary

    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

}  // namespace miredo::teredo
