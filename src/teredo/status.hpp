// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a role tells about itself: plain snapshots, no behaviour.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/drop_reason.hpp"

namespace miredo::teredo {

// Packets, not bytes, unless said. Since the role was made.
struct Counters {
    std::uint64_t datagrams_received = 0;  // from UDP
    std::uint64_t packets_received = 0;    // from the host: tunnel device
    std::uint64_t forwarded_to_udp = 0;
    std::uint64_t forwarded_to_ipv6 = 0;
    std::uint64_t consumed = 0;  // bubbles, advertisements, test replies: they did their work
    std::uint64_t bubbles_sent = 0;
    std::uint64_t solicitations_sent = 0;
    std::uint64_t advertisements_sent = 0;
    std::uint64_t echo_requests_sent = 0;
    std::uint64_t errors_sent = 0;   // ICMPv6 errors
    std::uint64_t trailers_cut = 0;  // server: packets forwarded without all that followed them
    std::array<std::uint64_t, kDropReasonCount> dropped{};

    void drop(DropReason reason, std::uint64_t count = 1) {
        dropped[static_cast<std::size_t>(reason)] += count;
    }
    [[nodiscard]] std::uint64_t drops(DropReason reason) const {
        return dropped[static_cast<std::size_t>(reason)];
    }
    // Those of several roles as one.
    Counters& operator+=(const Counters& other);
};

enum class ClientState : std::uint8_t {
    kQualifying,  // no address
    kQualified,
    kDegraded,  // the server does not answer any more; the address still stands
};
[[nodiscard]] std::string_view to_string(ClientState state);

enum class StateReason : std::uint8_t {
    kNone,
    kNoReply,       // three solicitations unanswered
    kRejected,      // answers came, none was acceptable
    kServerNeeded,  // no server address yet: its name is being resolved
};
[[nodiscard]] std::string_view to_string(StateReason reason);

// What two origins of one mapping tell (RFC 4380 §5.2.1). Since RFC 5991 cone and restricted NATs
// can't be told apart.
enum class NatType : std::uint8_t { kUnknown, kConeOrRestricted, kSymmetric };
[[nodiscard]] std::string_view to_string(NatType type);

struct ClientStatus {
    ClientState state = ClientState::kQualifying;
    StateReason reason = StateReason::kNone;
    // The server answers, and asks for a new key (the confirmation byte, RFC 4380 §5.2.2).
    bool is_key_outdated = false;
    NatType nat_type = NatType::kUnknown;
    Ipv4Address server;
    std::optional<Ipv4Address> secondary;
    std::optional<Ipv6Address> address;  // our Teredo address
    std::optional<Endpoint> mapped;
    std::uint16_t mtu = 1280;
    std::optional<Instant> last_server_interaction;
    // What maintenance goes by, of which 75 to 100 % are used: the configured one, or what the
    // interval determination has found to hold so far.
    Duration refresh_interval{};
    bool is_determining_interval = false;
    std::optional<Duration> server_rtt;  // from the latest answered solicitation to its answer
    std::uint32_t proven_peers = 0;
    std::uint32_t unproven_peers = 0;
    std::uint32_t peer_limit = 0;
    std::uint64_t queued_bytes = 0;
};

struct RelayStatus {
    std::uint32_t proven_peers = 0;
    std::uint32_t unproven_peers = 0;
    std::uint32_t peer_limit = 0;
    std::uint64_t queued_bytes = 0;
};

enum class PeerKind : std::uint8_t {
    kTeredo,
    kNative,  // reached through a relay
};
[[nodiscard]] std::string_view to_string(PeerKind kind);

enum class PeerState : std::uint8_t {
    kDirect,   // packets go straight to its mapping
    kRelay,    // native: packets go to its relay
    kProbing,  // bubbles or connectivity tests are under way
    kIdle,     // was reached, or sent to us, but not of late
    kFailed,   // did not answer
};
[[nodiscard]] std::string_view to_string(PeerState state);

struct PeerStatus {
    Ipv6Address address;
    PeerKind kind = PeerKind::kTeredo;
    PeerState state = PeerState::kIdle;
    std::optional<Endpoint> endpoint;       // nothing while the relay of a native peer is unknown
    std::optional<Duration> last_received;  // so long ago
    std::optional<Duration> last_transmitted;
    std::uint16_t queued_packets = 0;
    std::uint8_t attempts = 0;  // transmissions in the attempt under way
};

struct ServerStatus {
    Ipv4Address primary;
    std::optional<Ipv4Address> secondary;
};

}  // namespace miredo::teredo
