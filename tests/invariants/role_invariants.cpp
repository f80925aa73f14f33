// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What goes in and out, and what client and relay have in common.
#include "invariants/role_invariants.hpp"

#include <algorithm>
#include <utility>

#include "invariants/address_rules.hpp"
#include "invariants/drop_record.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/trailers.hpp"

namespace miredo::invariants {
namespace {

using std::chrono::seconds;

// Limits of reliability's §2.3 and §5.3, by number.
constexpr std::uint32_t kErrorsPerSecond = 10;
constexpr std::uint32_t kTestsPerSecond = 10;
constexpr std::uint32_t kTestBurst = 20;
constexpr std::uint32_t kAnswersPerSecond = 100;
constexpr std::uint32_t kAnswerBurst = 200;
constexpr std::uint32_t kRelayBubblesPerSecond = 200;
constexpr std::size_t kNonceTrailer = 6;

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

void RoleInvariants::begin_secondary_port(Instant now, teredo::Output& next) {
    begin(TurnKind::kSecondaryPort, now, next);
}

void RoleInvariants::begin_settings(Instant now, Settings settings, teredo::Output& next) {
    begin(TurnKind::kSettings, now, next);
    turn_.is_same_settings = settings == settings_;
    const Settings before = std::exchange(settings_, std::move(settings));
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
        // What waited leaves when its peer is heard, for where it was heard. Other sockets than the
        // service port prove nothing: a bubble because of what came there is the role's own.
        if (turn_.is_datagram() && turn_.socket == teredo::ServiceSocket::kPrimary &&
            to == turn_.from && packet && packet->size() == datagram.size() &&
            packet->destination() == turn_.source && pending_.take(turn_.source, {}, datagram)) {
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
    require((is_allowed_target(to, surroundings()) || is_on_link(to)) && to != mapped_,
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

}  // namespace miredo::invariants
