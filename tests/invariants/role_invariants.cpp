// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What client and relay have in common, and the accounts of all three.
#include "invariants/role_invariants.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "invariants/address_rules.hpp"
#include "invariants/drop_record.hpp"
#include "teredo/constants.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/trailers.hpp"

namespace miredo::invariants {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using teredo::DropReason;

// Limits of reliability's §2.3 and §5.3, by number.
constexpr std::uint32_t kErrorsPerSecond = 10;
constexpr std::uint32_t kTestsPerSecond = 10;
constexpr std::uint32_t kTestBurst = 20;
constexpr std::uint32_t kAnswersPerSecond = 100;
constexpr std::uint32_t kAnswerBurst = 200;
constexpr std::uint32_t kRelayBubblesPerSecond = 200;
// 64 steps of one timeout, each of two bubbles at most, and what qualification has to say.
constexpr std::uint32_t kMaximumActions = 2 * 64 + 16;
// A direct and an indirect bubble with their nonces, or a bubble and a connectivity test.
constexpr std::size_t kMaximumReaction = 46 + 64;
constexpr std::size_t kMaximumQueued = std::size_t{256 + 64} * 1024;
constexpr std::uint16_t kQueuedForOne = 8;
constexpr Duration kQueueLife = seconds{8};
constexpr Duration kAttemptInterval = seconds{2};
constexpr Duration kPeerValidity = seconds{30};
constexpr Duration kIdle = minutes{10} - seconds{1};
constexpr std::size_t kNonceTrailer = 6;
constexpr std::uint32_t kFewPeers = 64;

std::uint64_t sum_of(const std::array<std::uint64_t, teredo::kDropReasonCount>& dropped) {
    return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

std::uint64_t fates(const teredo::Counters& counters) {
    return counters.consumed + counters.forwarded_to_udp + counters.forwarded_to_ipv6 +
           sum_of(counters.dropped);
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

// Drops of this turn that the input itself may have suffered; others are of packets that waited.
std::uint64_t input_drops(const teredo::Counters& now, const teredo::Counters& before) {
    const auto evicted = static_cast<std::size_t>(DropReason::kPeerEvicted);
    return sum_of(now.dropped) - sum_of(before.dropped) -
           (now.dropped[evicted] - before.dropped[evicted]);
}

bool is_listed(std::span<const teredo::PeerStatus> peers, const Ipv6Address& address) {
    return std::any_of(peers.begin(), peers.end(), [&](const teredo::PeerStatus& peer) {
        return peer.address == address;
    });
}

}  // namespace

RoleInvariants::RoleInvariants(Settings settings)
    : settings_{std::move(settings)},
      errors_{kErrorsPerSecond, kErrorsPerSecond},
      tests_{kTestsPerSecond, kTestBurst},
      answers_{kAnswersPerSecond, kAnswerBurst},
      attempts_{kRelayBubblesPerSecond, kRelayBubblesPerSecond} {}

RoleInvariants::~RoleInvariants() {
    record_drops(before_);
}

void RoleInvariants::begin(TurnKind kind, Instant now, teredo::Output& next) {
    next_ = &next;
    turn_ = {};
    turn_.kind = kind;
    turn_.now = now;
    started_ = started_.value_or(now);
}

void RoleInvariants::begin_datagram(Instant now,
                                    const teredo::Datagram& datagram,
                                    teredo::Output& next) {
    begin(TurnKind::kDatagram, now, next);
    turn_.from = datagram.from;
    turn_.socket = datagram.socket;
    turn_.input_size = datagram.bytes.size();
    if (const auto parsed = wire::TeredoDatagram::parse(datagram.bytes)) {
        turn_.datagram = *parsed;
        turn_.packet = parsed->packet;
        turn_.source = parsed->packet.source();
        turn_.destination = parsed->packet.destination();
    }
}

void RoleInvariants::begin_packet(Instant now, Bytes packet, teredo::Output& next) {
    begin(TurnKind::kPacket, now, next);
    turn_.input_size = packet.size();
    turn_.packet = wire::Ipv6Packet::parse(packet);
    if (turn_.packet) {
        turn_.source = turn_.packet->source();
        turn_.destination = turn_.packet->destination();
    }
}

void RoleInvariants::begin_timeout(Instant now, teredo::Output& next) {
    begin(TurnKind::kTimeout, now, next);
}

void RoleInvariants::begin_requalify(Instant now, teredo::Output& next) {
    begin(TurnKind::kRequalify, now, next);
}

void RoleInvariants::begin_settings(Instant now, Settings settings, teredo::Output& next) {
    begin(TurnKind::kSettings, now, next);
    turn_.is_same_settings = settings == settings_;
    const teredo::Surroundings former = surroundings();
    const Settings before = std::exchange(settings_, std::move(settings));
    const bool is_known =
        std::find(former_surroundings_.begin(), former_surroundings_.end(), former) !=
        former_surroundings_.end();
    if (!is_known && former != surroundings()) {
        former_surroundings_.push_back(former);
    }
    if (const auto* const old = std::get_if<teredo::RelaySettings>(&before)) {
        const teredo::RelaySettings& changed = *relay();
        if (old->mode != changed.mode || old->prefix != changed.prefix) {
            attempts_ = {kRelayBubblesPerSecond, kRelayBubblesPerSecond};
        }
        if (old->prefix != changed.prefix || old->max_peers != changed.max_peers) {
            peers_.clear();
        }
    } else if (const auto* const client_before = std::get_if<teredo::ClientSettings>(&before)) {
        if (client_before->max_peers != client()->max_peers) {
            peers_.clear();
        }
    }
}

void RoleInvariants::require(bool holds, std::string_view invariant, std::string_view what) {
    if (!holds && !violation_) {
        violation_ = Violation{invariant, what};
    }
}

const teredo::Surroundings& RoleInvariants::surroundings() const {
    return std::visit(
        [](const auto& settings) -> const teredo::Surroundings& { return settings.surroundings; },
        settings_);
}

const Ipv6Prefix& RoleInvariants::prefix() const {
    return relay() != nullptr ? relay()->prefix
                              : (server() != nullptr ? server()->prefix : wire::kTeredoPrefix);
}

bool RoleInvariants::is_own_server(Endpoint endpoint, bool also_secondary) const {
    if (client() == nullptr || !client()->server || endpoint.port != wire::kTeredoPort) {
        return false;
    }
    const teredo::ServerAddresses& servers = *client()->server;
    const Ipv4Address secondary =
        servers.secondary.value_or(Ipv4Address{servers.primary.value() + 1});
    return endpoint.address == servers.primary || (also_secondary && endpoint.address == secondary);
}

void RoleInvariants::forward_to_udp(Endpoint to, Bytes packet) {
    ++turn_.actions;
    ++turn_.forwarded_to_udp;
    require(turn_.kind == TurnKind::kPacket && is_input(packet, turn_) &&
                turn_.forwarded_to_udp == 1,
            "S6",
            "forwarded to UDP: something else than the host's packet, once");
    require(client() == nullptr || address_.has_value(), "S9", "data without an address");
    check_target(to);
    const KnownPeer* const peer = peers_.find(turn_.destination);
    require(peer != nullptr && peer->heard_at && turn_.now - *peer->heard_at < kPeerValidity &&
                peer->heard_from == to,
            "S2",
            "data to where the peer was not heard in the last 30 s");
    next_->forward_to_udp(to, packet);
}

void RoleInvariants::forward_to_ipv6(Bytes packet) {
    ++turn_.actions;
    ++turn_.forwarded_to_ipv6;
    require(turn_.is_datagram() && is_input(packet, turn_) && turn_.forwarded_to_ipv6 == 1,
            "S6",
            "forwarded to IPv6: something else than the packet received, once");
    if (turn_.packet) {
        require(packet.size() == wire::kIpv6HeaderSize + load_be16(packet.subspan(4)) &&
                    (std::to_integer<unsigned>(packet[0]) >> 4U) == 6,
                "S1",
                "not a whole IPv6 packet");
        if (client() != nullptr) {
            check_client_reception(*turn_.packet);
        } else {
            check_relay_reception(*turn_.packet);
        }
    }
    next_->forward_to_ipv6(packet);
}

void RoleInvariants::send(teredo::ServiceSocket socket, Endpoint to, Bytes datagram) {
    ++turn_.actions;
    if (server() != nullptr) {
        check_server_datagram(socket, to, datagram);
    } else {
        const auto packet = wire::Ipv6Packet::parse(datagram);
        // What waited leaves when its peer is heard, for where it was heard.
        if (turn_.is_datagram() && to == turn_.from && packet &&
            packet->size() == datagram.size() && packet->destination() == turn_.source &&
            pending_.take(turn_.source, {}, datagram)) {
            ++turn_.forwarded_to_udp;
            check_target(to);
        } else if (client() != nullptr) {
            check_client_datagram(socket, to, datagram);
        } else {
            require(socket == teredo::ServiceSocket::kPrimary, "S6", "no such socket");
            check_relay_datagram(to, datagram);
        }
    }
    next_->send(socket, to, datagram);
}

void RoleInvariants::inject(Bytes packet) {
    ++turn_.actions;
    const auto parsed = wire::Ipv6Packet::parse(packet);
    require(parsed && parsed->size() == packet.size(), "S1", "not a whole IPv6 packet");
    if (server() != nullptr) {
        check_native(packet);
    } else if (parsed && turn_.is_datagram()) {
        check_released(*parsed);
    } else if (parsed) {
        check_error(*parsed);
    }
    next_->inject(packet);
}

void RoleInvariants::notify(const teredo::Event& event) {
    ++turn_.actions;
    ++turn_.events;
    require(client() != nullptr, "S6", "an event of a role that has none");
    if (client() != nullptr) {
        check_client_event(event);
    }
    next_->notify(event);
}

void RoleInvariants::note_attempt(const Ipv6Address& peer, Duration window) {
    KnownPeer& known = peers_.obtain(peer);
    if (const auto wrong = known.attempts.note(turn_.now, window)) {
        require(false, "S3", *wrong);
    }
    if (!turn_.is_datagram()) {
        known.sent_at = turn_.now;
    }
}

void RoleInvariants::check_target(Endpoint to) {
    // Attempts that are under way, and peers that are reached, outlive a change of settings.
    const bool was_allowed =
        !turn_.is_datagram() &&
        std::any_of(former_surroundings_.begin(),
                    former_surroundings_.end(),
                    [&](const auto& former) { return is_allowed_target(to, former); });
    // A server that gives its own address for our mapping harms nobody but itself.
    require((is_allowed_target(to, surroundings()) || was_allowed || is_on_link(to)) &&
                (to != mapped_ || is_own_server(to)),
            "S2",
            "a datagram to an address that is not usable, or our own");
}

// RFC 4380 §5.2.8: where only clients that discover each other on the link may send to.
bool RoleInvariants::is_on_link(Endpoint endpoint) const {
    const auto& subnets = surroundings().attached_subnets;
    return client() != nullptr && client()->discovers_locally && endpoint.port != 0 &&
           !surroundings().is_own(endpoint) &&
           std::any_of(subnets.begin(), subnets.end(), [&](const Ipv4Prefix& subnet) {
               return subnet.contains(endpoint.address);
           });
}

// A datagram that is nothing but a bubble, direct or indirect.
void RoleInvariants::check_bubble(Endpoint to, const wire::TeredoDatagram& bubble) {
    ++turn_.bubbles;
    require(!bubble.authentication && !bubble.origin &&
                (bubble.trailers.empty() || (bubble.trailers.size() == kNonceTrailer &&
                                             wire::parse_trailers(bubble.trailers).nonce)),
            "S6",
            "more in a bubble than a nonce");
    check_target(to);
    // RFC 4380 §5.2.7: to our own secondary port, to see whether it is still open. Only that one
    // goes without a nonce.
    if (client() != nullptr && client()->determines_refresh_interval && is_own_server(to, false) &&
        bubble.trailers.empty()) {
        return;
    }
    const auto peer = wire::TeredoAddress::parse(bubble.packet.destination(), prefix());
    const bool to_server = peer && to == Endpoint{peer->server, wire::kTeredoPort};
    const KnownPeer* const known = peers_.find(bubble.packet.destination());
    // A peer that is where its server is: nobody can tell one from the other.
    const bool is_ambiguous =
        to_server && (peer->mapped == to || (turn_.from == to && !is_own_server(to, false)) ||
                      (known != nullptr && known->heard_from == to));
    if (to_server && !is_ambiguous) {
        return check_indirect_bubble(bubble);
    }
    if (is_ambiguous && !turn_.is_datagram()) {
        KnownPeer& known_there = peers_.obtain(bubble.packet.destination());
        known_there.sent_at = turn_.now;
        // Of two the indirect one is the last.
        known_there.bubble_nonce = wire::parse_trailers(bubble.trailers).nonce;
        known_there.bubble_nonce_at = turn_.now;
    }
    require(is_ambiguous || !is_own_server(to), "S2", "a direct bubble to our own server");
    if (turn_.is_datagram() && !is_ambiguous) {
        require(answers_.note(turn_.now), "S4", "answers to bubbles above their rate");
    }
}

void RoleInvariants::check_indirect_bubble(const wire::TeredoDatagram& bubble) {
    const Ipv6Address& peer = bubble.packet.destination();
    note_attempt(peer, seconds{300});
    KnownPeer& known = peers_.obtain(peer);
    known.bubble_nonce = wire::parse_trailers(bubble.trailers).nonce;
    known.bubble_nonce_at = turn_.now;
    const Ipv6Address source = bubble.packet.source();
    if (source.is_link_local() && (relay() == nullptr || source != relay()->bubble_source)) {
        peers_.note_cookie(turn_.now, peer, source);
    }
}

// RFC 4443 §2.4.
void RoleInvariants::check_error(const wire::Ipv6Packet& error) {
    ++turn_.errors;
    require(errors_.note(turn_.now), "S13", "more ICMPv6 errors than ten per second");
    const Bytes message = error.payload();
    const bool is_error = error.next_header() == wire::kIcmpv6 &&
                          message.size() >= wire::kIcmpv6HeaderSize + wire::kIpv6HeaderSize &&
                          (message[0] == std::byte{1} || message[0] == std::byte{3});
    require(is_error && error.size() <= wire::kMinimumMtu && error.hop_limit() == 255 &&
                wire::pseudo_header_checksum(
                    error.source(), error.destination(), wire::kIcmpv6, message) == 0,
            "S13",
            "given to the host: no well-formed ICMPv6 error");
    if (!is_error) {
        return;
    }
    const Bytes quoted = message.subspan(wire::kIcmpv6HeaderSize);
    const Ipv6Address source = Ipv6Address::load(quoted.subspan(8));
    const Ipv6Address destination = Ipv6Address::load(quoted.subspan(24));
    const bool is_about_error = quoted[6] == static_cast<std::byte>(wire::kIcmpv6) &&
                                (quoted.size() == wire::kIpv6HeaderSize ||
                                 std::to_integer<unsigned>(quoted[wire::kIpv6HeaderSize]) < 128);
    require(!source.is_unspecified() && !source.is_multicast() && !destination.is_multicast() &&
                !is_about_error && error.destination() == source,
            "S13",
            "an ICMPv6 error about what deserves none");
    const bool is_about_input =
        turn_.kind == TurnKind::kPacket && turn_.packet &&
        equal(quoted, turn_.packet->bytes().first(std::min(quoted.size(), turn_.packet->size())));
    require(is_about_input || pending_.has_quoted(quoted),
            "S6",
            "an ICMPv6 error about a packet that the host has not sent");
}

bool RoleInvariants::wants_peers(const RoleView& view) const {
    const PeerCounts peers = counts(view);
    return peers.limit != 0 &&
           (peers.limit <= kFewPeers || peers.all() < peers_before_ ||
            peers_before_ >= peers.limit || unproven_before_ >= peers.unproven_limit() ||
            turn_.now - *started_ >= kIdle);
}

const std::optional<Violation>& RoleInvariants::check(const RoleView& view) {
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
    require(fates(now) <= inputs(now), "S16", "more fates than packets");
    const std::uint64_t waiting = inputs(now) - fates(now);
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
    const bool is_kept = !view.peers || is_listed(*view.peers, turn_.source);
    if (was_accepted(view) && is_kept) {
        KnownPeer& peer = peers_.obtain(turn_.source);
        if (peer.used_at && turn_.now - *peer.used_at >= kIdle) {
            peer.is_friend = false;
            peer.sent_at.reset();
        }
        peer.is_friend = peer.is_friend || peer.sent_at.has_value();
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
    const bool is_kept_waiting = input_drops(view.counters, before_) == 0 &&
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
