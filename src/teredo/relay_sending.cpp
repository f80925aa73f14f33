// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// From IPv6 to Teredo (RFC 4380 §5.4.1). The cone bit of the destination is ignored (RFC 5991
// §3.2): nothing but bubbles goes to anybody who has not answered one.
#include <algorithm>

#include "teredo/constants.hpp"
#include "teredo/inner_checks.hpp"
#include "teredo/relay.hpp"

namespace miredo::teredo {

using wire::UnreachableCode;

void Relay::handle_packet(Instant now, Bytes packet, Output& output) {
    ++counters_.packets_received;
    if (const std::optional<wire::Ipv6Packet> parsed = wire::Ipv6Packet::parse(packet)) {
        return send(now, *parsed, output);
    }
    counters_.drop(DropReason::kNotIpv6);
}

void Relay::send(Instant now, const wire::Ipv6Packet& packet, Output& output) {
    const auto destination = wire::TeredoAddress::parse(packet.destination(), settings_.prefix);
    if (!destination) {
        return refuse(now,
                      DropReason::kNotTeredoDestination,
                      UnreachableCode::kAddressUnreachable,
                      packet.bytes(),
                      output);
    }
    if (settings_.mode == RelayMode::kHostSpecific && !is_own(packet.source())) {
        return refuse(now,
                      DropReason::kSourceNotOwn,
                      UnreachableCode::kAdministrativelyProhibited,
                      packet.bytes(),
                      output);
    }
    if (const std::optional<DropReason> reason = check_outgoing(packet)) {
        return counters_.drop(*reason);
    }
    if (const std::optional<DropReason> reason = check_target(*destination)) {
        return counters_.drop(*reason);
    }
    Peer* const peer = peers_.find(packet.destination());
    if (peer != nullptr && peer->is_reachable(now)) {
        return peers_.forward(now, *peer, packet.bytes(), output);
    }
    send_when_proven(now, packet, *destination, output);
}

std::optional<DropReason> Relay::check_outgoing(const wire::Ipv6Packet& packet) const {
    const Ipv6Address source = packet.source();
    if (is_impossible_source(source) || source.is_link_local() || embeds_own_address(source) ||
        settings_.prefix.contains(source)) {
        return DropReason::kSourceUnusable;
    }
    return check_contents(packet);
}

// RFC 4380 §5.4.1: "MUST be silently discarded".
std::optional<DropReason> Relay::check_target(const wire::TeredoAddress& destination) const {
    if (rules_.is_own(destination.mapped)) {
        return DropReason::kOwnMapping;
    }
    if (!rules_.may_send_bubble_to(destination.mapped)) {
        return DropReason::kMappedAddressUnusable;
    }
    if (!rules_.may_be_server(destination.server)) {
        return DropReason::kServerAddressUnusable;
    }
    return std::nullopt;
}

void Relay::send_when_proven(Instant now,
                             const wire::Ipv6Packet& packet,
                             const wire::TeredoAddress& destination,
                             Output& output) {
    const auto unreachable = [&](DropReason reason) {
        refuse(now, reason, UnreachableCode::kAddressUnreachable, packet.bytes(), output);
    };
    Peer* peer = peers_.find(packet.destination());
    if (peer != nullptr && peer->is_attempting) {
        peers_.enqueue(now, *peer, packet.bytes());
        return;
    }
    if (const auto reason = check_limits(now, peer, packet, destination)) {
        return unreachable(*reason);
    }
    peer = peers_.obtain(now, packet.destination());
    if (peer == nullptr) {
        return unreachable(DropReason::kPeerTableFull);
    }
    if (peer->mapping.port == 0) {
        peer->mapping = destination.mapped;
    }
    if (attempt(now, *peer, output) == BubbleResult::kLimited) {
        if (peer->nonce_sent_at == kNever) {
            // Nobody was asked: nobody may pass for somebody we have talked to.
            peers_.forget(*peer, DropReason::kRateLimited);
        }
        return unreachable(DropReason::kRateLimited);
    }
    peers_.enqueue(now, *peer, packet.bytes());
}

std::optional<DropReason> Relay::check_limits(Instant now,
                                              const Peer* peer,
                                              const wire::Ipv6Packet& packet,
                                              const wire::TeredoAddress& destination) {
    if (peer != nullptr && !peer->budget.may_spend(now, kBubbleBudgetWindow)) {
        return DropReason::kAttemptBudget;
    }
    constexpr unsigned kBitsBelow48 = 16;
    if (!attempts_by_source_.try_take(now, packet.source().high() >> kBitsBelow48) ||
        !attempts_by_target_.try_take(now, destination.mapped.address.value())) {
        return DropReason::kRateLimited;
    }
    return std::nullopt;
}

// One transmission towards an unproven peer; the next one is due in kAttemptInterval.
BubbleResult Relay::attempt(Instant now, Peer& peer, Output& output) {
    // Row 3: behind a NAT its own side has to be opened as well.
    const BubblePaths paths = settings_.mode == RelayMode::kCone ? BubblePaths::kIndirect
                                                                 : BubblePaths::kDirectAndIndirect;
    const BubbleResult result =
        hole_punching_.send(now, peer, settings_.bubble_source, paths, output);
    if (result == BubbleResult::kSent || result == BubbleResult::kTooSoon) {
        peers_.schedule_attempt(now, peer);
    }
    return result;
}

void Relay::repeat_attempt(Instant now, Peer& peer, Output& output) {
    if (peer.attempts >= kAttempts) {
        return give_up(now, peer, output);
    }
    const BubbleResult result = attempt(now, peer, output);
    if (result == BubbleResult::kLimited) {
        // Somebody else's flood: this peer's turn passes, it is not over.
        peers_.schedule_attempt(now, peer);
    } else if (result == BubbleResult::kNoBudget) {
        give_up(now, peer, output);
    }
}

// The queue goes, the entry stays until somebody needs its place: it is what remembers how many
// bubbles the peer has had (RFC 4380 §5.2.6).
void Relay::give_up(Instant now, Peer& peer, Output& output) {
    peers_.end_attempt(peer);
    peer.is_trusted = false;
    if (const auto teredo = wire::TeredoAddress::parse(peer.address, settings_.prefix)) {
        peer.mapping = teredo->mapped;
    }
    while (const std::optional<Bytes> packet = peers_.dequeue(peer)) {
        refuse(now,
               DropReason::kPeerUnreachable,
               UnreachableCode::kAddressUnreachable,
               *packet,
               output);
    }
}

// Drops a packet and says so to its sender.
void Relay::refuse(
    Instant now, DropReason reason, UnreachableCode code, Bytes packet, Output& output) {
    counters_.drop(reason);
    errors_.send_unreachable(now, error_source(), code, packet, output);
}

// A router forwards nothing from a link-local source: beyond this host only a global one is heard.
Ipv6Address Relay::error_source() const {
    const auto& own = settings_.own_ipv6_addresses;
    const auto global = std::find_if(own.begin(), own.end(), [](const Ipv6Address& address) {
        return !address.is_link_local() && !is_impossible_source(address);
    });
    return settings_.bubble_source.is_link_local() && global != own.end() ? *global
                                                                          : settings_.bubble_source;
}

}  // namespace miredo::teredo
