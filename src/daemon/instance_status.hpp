// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What an instance shows of itself: plain snapshots for the control surface and the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"

namespace miredo::daemon {

enum class InstanceState : std::uint8_t {
    kStarting,   // sockets and device are not there yet
    kResolving,  // client: the server's address is not known yet
    kDormant,    // client: the host has other IPv6, and Native=yield
    kProbing,    // client: the server is being asked
    kQualified,  // client: there is an address
    kDegraded,   // client: the server does not answer any more; the address still stands
    kFailed,     // client: the server has not answered; it is asked again, less and less often
    kRunning,    // relay and server
};
// The word of the control surface, "qualified". Stable.
[[nodiscard]] std::string_view to_string(InstanceState state);

// A moment on the clocks that people and programs read, in microseconds.
struct Timestamp {
    std::uint64_t realtime = 0;   // CLOCK_REALTIME, since 1970
    std::uint64_t monotonic = 0;  // CLOCK_MONOTONIC

    [[nodiscard]] static Timestamp now();
    friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

// Something that is not as it should be, in one line, with its remedy.
struct HealthItem {
    std::string id;  // stable: "no-firewall-rule"
    std::string text;

    friend bool operator==(const HealthItem&, const HealthItem&) = default;
};

// Work on packets that the kernel does for an instance, where it can.
struct OffloadStatus {
    std::string_view name;  // stable: "tun-tcp", "tun-udp", "udp-send" or "udp-receive"
    bool on = false;
    std::string refusal;  // why it is off, as the kernel says; empty: the configuration says so

    friend bool operator==(const OffloadStatus&, const OffloadStatus&) = default;
};

struct InterfaceStatus {
    std::string name;
    std::uint32_t index = 0;
    std::uint16_t mtu = 0;

    friend bool operator==(const InterfaceStatus&, const InterfaceStatus&) = default;
};

struct PeerCounts {
    std::uint64_t count = 0;
    std::uint64_t proven = 0;  // of them; we have sent to them and heard back
    std::uint64_t limit = 0;

    friend bool operator==(const PeerCounts&, const PeerCounts&) = default;
};

struct ClientDetails {
    std::optional<Ipv6Address> address;
    Timestamp address_since;  // while there is an address
    std::string server_name;  // as configured
    std::optional<Ipv4Address> server;
    std::optional<Ipv4Address> secondary;
    std::optional<Endpoint> mapped;
    teredo::NatType nat_type = teredo::NatType::kUnknown;
    Duration refresh_interval{};
    std::optional<Duration> last_reply;  // so long ago
    std::optional<Duration> server_rtt;
    bool has_native_ipv6 = false;  // the host, by other means

    friend bool operator==(const ClientDetails&, const ClientDetails&) = default;
};

struct RelayDetails {
    Ipv6Prefix prefix;
    teredo::RelayMode mode = teredo::RelayMode::kCone;
    std::vector<Ipv6Prefix> served_prefixes;

    friend bool operator==(const RelayDetails&, const RelayDetails&) = default;
};

struct ServerDetails {
    std::optional<Ipv4Address> primary;  // nothing until its name is resolved
    std::optional<Ipv4Address> secondary;
    Ipv6Prefix prefix;
    std::uint16_t advertised_mtu = 0;

    friend bool operator==(const ServerDetails&, const ServerDetails&) = default;
};

struct InstanceStatus {
    std::string_view name;  // and role: "client", "relay" or "server"
    InstanceState state = InstanceState::kStarting;
    std::string_view reason;  // a word, "no-reply"; empty: nothing to explain
    std::string message;      // one line of English
    Timestamp since;
    std::optional<InterfaceStatus> interface;
    std::optional<Endpoint> local;        // of the UDP socket
    std::optional<PeerCounts> peers;      // a server has none
    std::size_t shards = 0;               // threads that share the packets
    std::vector<OffloadStatus> offloads;  // while there is a shard; a server has those of UDP only
    std::vector<HealthItem> health;
    std::variant<ClientDetails, RelayDetails, ServerDetails> details;
};

// Counters by name, "DatagramsReceived", those of discarded packets as "Dropped.mapping-mismatch".
// Stable names. At most some tens of milliseconds old.
using Statistics = std::map<std::string, std::uint64_t>;

// Which peers to list: those that match all that is given.
struct PeerQuery {
    std::optional<teredo::PeerKind> kind;
    std::optional<teredo::PeerState> state;
    std::optional<Ipv6Address> address;
    std::uint64_t offset = 0;
    std::uint32_t limit = 0;
};

struct PeerPage {
    std::vector<teredo::PeerStatus> peers;
    std::uint64_t total = 0;  // that match
};

}  // namespace miredo::daemon
