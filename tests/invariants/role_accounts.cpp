// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The accounts of all three roles: after each turn, what went in and out against what the role
// says.
#include <algorithm>
#include <numeric>

#include "invariants/role_invariants.hpp"
#include "teredo/constants.hpp"
#include "wire/icmpv6.hpp"
#include "wire/trailers.hpp"

namespace miredo::invariants {
namespace {

using std::chrono::seconds;
using teredo::DropReason;

// 64 steps of one timeout, each of two bubbles at most, and what qualification has to say.
constexpr std::uint32_t kMaximumActions = 2 * 64 + 16;
// A direct and an indirect bubble with their nonces, or a bubble and a connectivity test.
constexpr std::size_t kMaximumReaction = 46 + 64;
constexpr std::size_t kMaximumQueued = std::size_t{256 + 64} * 1024;
constexpr std::uint16_t kQueuedForOne = 8;
constexpr Duration kQueueLife = seconds{8};
constexpr Duration kAttemptInterval = seconds{2};
constexpr std::uint32_t kFewPeers = 64;

std::uint64_t sum_of(const std::array<std::uint64_t, teredo::kDropReasonCount>& dropped) {
    return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

std::uint64_t fates(const teredo::Counters& counters, std::uint64_t dropped) {
    return counters.consumed + counters.forwarded_to_udp + counters.forwarded_to_ipv6 + dropped;
}

std::uint64_t inputs(const teredo::Counters& counters) {
    return counters.datagrams_received + counters.packets_received;
}

std::uint64_t queued_bytes(const RoleView& view) {
    return view.client != nullptr ? view.client->queued_bytes
                                  : (view.relay != nullptr ? view.relay->queued_bytes : 0);
}

struct PeerCounts {
    std::uint32_t proven = 0;
    std::uint32_t unproven = 0;
    std::uint32_t limit = 0;

    [[nodiscard]] std::uint32_t all() const { return proven + unproven; }
    [[nodiscard]] std::uint32_t unproven_limit() const { return std::max(limit / 2, 1U); }
};

PeerCounts counts(const RoleView& view) {
    if (view.client != nullptr) {
        return {view.client->proven_peers, view.client->unproven_peers, view.client->peer_limit};
    }
    if (view.relay != nullptr) {
        return {view.relay->proven_peers, view.relay->unproven_peers, view.relay->peer_limit};
    }
    return {};
}

bool is_listed(std::span<const teredo::PeerStatus> peers, const Ipv6Address& address) {
    return std::any_of(peers.begin(), peers.end(), [&](const teredo::PeerStatus& peer) {
        return peer.address == address;
    });
}

}  // namespace

bool RoleInvariants::wants_peers(const RoleView& view) const {
    const PeerCounts peers = counts(view);
    return peers.limit != 0 &&
           (peers.limit <= kFewPeers || peers.all() < peers_before_ ||
            peers_before_ >= peers.limit || unproven_before_ >= peers.unproven_limit() ||
            turn_.now - *started_ >= kIdle);
}

const std::optional<Violation>& RoleInvariants::check(const RoleView& view) {
    dropped_ = sum_of(view.counters.dropped);
    check_work();
    check_fates(view);
    if (view.client != nullptr) {
        check_client_status(*view.client);
    }
    if (server() == nullptr) {
        check_bounds(view);
        check_deadline(view);
        check_peers(view);
        learn(view);
    } else {
        require(!view.next_deadline, "S14", "a server waits for nothing");
    }
    before_ = view.counters;
    dropped_before_ = dropped_;
    peers_before_ = counts(view).all();
    unproven_before_ = counts(view).unproven;
    return violation_;
}

void RoleInvariants::check_work() {
    require(turn_.actions <= kMaximumActions, "S15", "too much done for one event");
    require(!turn_.is_same_settings || turn_.actions == 0,
            "S18",
            "settings that are the same made a difference");
    if (!turn_.is_datagram()) {
        return;
    }
    if (server() != nullptr) {
        require(turn_.actions <= 1, "S6", "a server makes one of one");
        // Counted with IPv4 and UDP headers, as the wire does: 7/4.
        constexpr std::size_t kOuterHeaders = 28;
        require(turn_.actions == 0 || 4 * (turn_.reaction_bytes + kOuterHeaders) <=
                                          7 * (turn_.input_size + kOuterHeaders),
                "S4",
                "a server that amplifies");
        return;
    }
    require(turn_.reactions <= 2, "S6", "more than two datagrams because of one");
    // An advertisement is vouched for by its nonce; what it causes is a solicitation.
    require(turn_.reaction_bytes <= kMaximumReaction || turn_.solicitations > 0,
            "S4",
            "more sent than a stranger's datagram is worth");
}

void RoleInvariants::check_fates(const RoleView& view) {
    const teredo::Counters& now = view.counters;
    require(now.datagrams_received - before_.datagrams_received == (turn_.is_datagram() ? 1 : 0) &&
                now.packets_received - before_.packets_received ==
                    (turn_.kind == TurnKind::kPacket ? 1 : 0),
            "S16",
            "an input that was not counted once");
    require(now.forwarded_to_udp - before_.forwarded_to_udp == turn_.forwarded_to_udp &&
                now.forwarded_to_ipv6 - before_.forwarded_to_ipv6 == turn_.forwarded_to_ipv6 &&
                now.bubbles_sent - before_.bubbles_sent == turn_.bubbles &&
                now.solicitations_sent - before_.solicitations_sent == turn_.solicitations &&
                now.advertisements_sent - before_.advertisements_sent == turn_.advertisements &&
                now.echo_requests_sent - before_.echo_requests_sent == turn_.tests &&
                now.errors_sent - before_.errors_sent == turn_.errors,
            "S16",
            "the counters do not say what was done");
    const std::uint64_t with_fate = fates(now, dropped_);
    require(with_fate <= inputs(now), "S16", "more fates than packets");
    const std::uint64_t waiting = inputs(now) - with_fate;
    const std::uint64_t bytes = queued_bytes(view);
    require((waiting == 0) == (bytes == 0) && bytes >= waiting * wire::kIpv6HeaderSize,
            "S16",
            "packets that neither wait nor had a fate");
    if (waiting == 0) {
        pending_.clear();
        held_.clear();
    }
}

void RoleInvariants::check_bounds(const RoleView& view) {
    const PeerCounts peers = counts(view);
    const std::uint32_t wanted = client() != nullptr ? client()->max_peers : relay()->max_peers;
    require(peers.limit == std::max(wanted, 1U) && peers.all() <= peers.limit &&
                peers.unproven <= peers.unproven_limit(),
            "S7",
            "more peers than allowed");
    require(queued_bytes(view) <= kMaximumQueued, "S7", "more bytes queued than allowed");
}

void RoleInvariants::check_deadline(const RoleView& view) {
    require(client() == nullptr || view.next_deadline, "S14", "a client that waits for nothing");
    require(queued_bytes(view) == 0 ||
                (view.next_deadline && *view.next_deadline <= turn_.now + kQueueLife),
            "S14",
            "packets wait, and no deadline with them");
    const bool is_still_due =
        turn_.kind == TurnKind::kTimeout && view.next_deadline && *view.next_deadline <= turn_.now;
    idle_timeouts_ = is_still_due ? idle_timeouts_ + 1 : 0;
    // One timeout does 64 steps; everything there is has its turn sooner or later.
    constexpr std::uint32_t kPacketsAtMost = 1024;
    require(idle_timeouts_ <= 2 + (counts(view).limit + kPacketsAtMost) / 64,
            "S14",
            "a deadline that stays due whatever is done");
}

void RoleInvariants::check_peers(const RoleView& view) {
    if (!view.peers) {
        return;
    }
    for (const teredo::PeerStatus& peer : *view.peers) {
        require(peer.queued_packets <= kQueuedForOne, "S7", "more packets queued than allowed");
        if (peer.state == teredo::PeerState::kProbing) {
            require(view.next_deadline && *view.next_deadline <= turn_.now + kAttemptInterval,
                    "S14",
                    "an attempt without a deadline");
        }
        require(turn_.forwarded_to_udp == 0 || turn_.kind != TurnKind::kPacket ||
                    peer.address != turn_.destination || peer.queued_packets == 0,
                "S10",
                "a packet overtook others to the same peer");
    }
    const bool kept = peers_.keep_only(turn_.now, *view.peers);
    require(kept || turn_.kind == TurnKind::kSettings, "S8", "a friend had to make room");
}

// Whether the datagram came from the peer in the inner source, as far as the role is concerned.
bool RoleInvariants::was_accepted(const RoleView& view) {
    const bool is_elsewhere =
        client() != nullptr && turn_.socket != teredo::ServiceSocket::kPrimary;
    if (!turn_.is_datagram() || !turn_.packet || is_elsewhere) {
        return false;
    }
    const teredo::Counters& now = view.counters;
    if (now.consumed != before_.consumed || now.forwarded_to_ipv6 != before_.forwarded_to_ipv6) {
        // What the server passes on is no sign of life of the peer's mapping, and a bubble without
        // a Teredo source says nothing at all, but that a relay that was proven still is one.
        const KnownPeer* const known = peers_.find(turn_.source);
        const bool is_relay = known != nullptr && known->proven_mapping == turn_.from;
        const bool is_silent_bubble =
            turn_.is_bubble() &&
            (is_own_server(turn_.from, false) ||
             (!wire::TeredoAddress::parse(turn_.source, prefix()) && !is_relay));
        return client() == nullptr || !is_silent_bubble;
    }
    // A relay knows the peer by then; the packet goes nowhere for its own sake.
    constexpr std::array kForItsContents{DropReason::kType0Routing,
                                         DropReason::kExtensionHeaders,
                                         DropReason::kNeighborDiscovery,
                                         DropReason::kDestinationNotServed};
    return relay() != nullptr &&
           std::any_of(kForItsContents.begin(), kForItsContents.end(), [&](DropReason reason) {
               return now.drops(reason) != before_.drops(reason);
           });
}

void RoleInvariants::learn(const RoleView& view) {
    if (was_accepted(view) && (!view.peers || is_listed(*view.peers, turn_.source))) {
        KnownPeer& peer = peers_.obtain(turn_.source);
        if (peer.used_at && turn_.now - *peer.used_at >= kIdle) {
            peer.is_friend = false;
            peer.sent_at.reset();
        }
        // A relay's bubble counts with a client that has not given the native peer up meanwhile.
        const bool is_doubtful = client() != nullptr && turn_.is_bubble() &&
                                 !wire::TeredoAddress::parse(turn_.source, prefix());
        peer.is_friend = !is_doubtful && (peer.is_friend || peer.sent_at.has_value());
        peer.attempts.answered();
        peer.heard_at = turn_.now;
        peer.heard_from = turn_.from;
        peer.used_at = turn_.now;
        const auto nonce = wire::parse_trailers(turn_.datagram->trailers).nonce;
        if (nonce && nonce == peer.bubble_nonce &&
            turn_.now - peer.bubble_nonce_at < kPeerValidity) {
            peer.proven_mapping = turn_.from;
        }
        if (turn_.is_bubble() && peers_.is_cookie(turn_.now, turn_.source, turn_.destination)) {
            peer.proven_mapping = turn_.from;
        }
        const auto echo = wire::parse_echo(*turn_.packet);
        if (echo && echo->data.size() == 16 &&
            peers_.is_test(turn_.now, turn_.source, echo->data)) {
            peer.proven_mapping = turn_.from;
        }
    }
    // The input itself was not dropped; who was evicted had packets that waited before.
    const std::uint64_t evicted =
        view.counters.drops(DropReason::kPeerEvicted) - before_.drops(DropReason::kPeerEvicted);
    const bool is_kept_waiting = dropped_ - dropped_before_ == evicted &&
                                 view.counters.consumed == before_.consumed &&
                                 turn_.forwarded_to_udp == 0 && turn_.forwarded_to_ipv6 == 0;
    if (turn_.kind == TurnKind::kPacket && turn_.packet &&
        (is_kept_waiting || turn_.forwarded_to_udp != 0)) {
        if (KnownPeer* const peer = peers_.find(turn_.destination)) {
            peer->used_at = turn_.now;
            peer->sent_at = turn_.forwarded_to_udp != 0 ? turn_.now : peer->sent_at;
        }
    }
    if (!is_kept_waiting || !turn_.packet) {
        return;
    }
    if (turn_.kind == TurnKind::kPacket) {
        pending_.add(turn_.destination, {}, turn_.packet->bytes());
    } else if (turn_.is_datagram()) {
        const bool is_relayed = is_own_server(turn_.from, false) && turn_.datagram->origin;
        held_.add(
            turn_.source, is_relayed ? *turn_.datagram->origin : turn_.from, turn_.packet->bytes());
    }
}

}  // namespace miredo::invariants
