// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/status.hpp"

namespace miredo::teredo {

Counters& Counters::operator+=(const Counters& other) {
    static_assert(sizeof(Counters) == (11 + kDropReasonCount) * sizeof(std::uint64_t));
    datagrams_received += other.datagrams_received;
    packets_received += other.packets_received;
    forwarded_to_udp += other.forwarded_to_udp;
    forwarded_to_ipv6 += other.forwarded_to_ipv6;
    consumed += other.consumed;
    bubbles_sent += other.bubbles_sent;
    solicitations_sent += other.solicitations_sent;
    advertisements_sent += other.advertisements_sent;
    echo_requests_sent += other.echo_requests_sent;
    errors_sent += other.errors_sent;
    trailers_cut += other.trailers_cut;
    for (std::size_t i = 0; i < dropped.size(); ++i) {
        dropped[i] += other.dropped[i];
    }
    return *this;
}

std::string_view to_string(ClientState state) {
    switch (state) {
    case ClientState::kQualifying:
        return "qualifying";
    case ClientState::kQualified:
        return "qualified";
    case ClientState::kDegraded:
        return "degraded";
    }
    return {};
}

std::string_view to_string(StateReason reason) {
    switch (reason) {
    case StateReason::kNone:
        return "none";
    case StateReason::kNoReply:
        return "no-reply";
    case StateReason::kRejected:
        return "rejected";
    case StateReason::kServerNeeded:
        return "server-needed";
    }
    return {};
}

std::string_view to_string(NatType type) {
    switch (type) {
    case NatType::kUnknown:
        return "unknown";
    case NatType::kConeOrRestricted:
        return "cone-or-restricted";
    case NatType::kSymmetric:
        return "symmetric";
    }
    return {};
}

std::string_view to_string(PeerKind kind) {
    switch (kind) {
    case PeerKind::kTeredo:
        return "teredo";
    case PeerKind::kNative:
        return "native";
    }
    return {};
}

std::string_view to_string(PeerState state) {
    switch (state) {
    case PeerState::kDirect:
        return "direct";
    case PeerState::kRelay:
        return "relay";
    case PeerState::kProbing:
        return "probing";
    case PeerState::kIdle:
        return "idle";
    case PeerState::kFailed:
        return "failed";
    }
    return {};
}

}  // namespace miredo::teredo
