// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packets of our host (RFC 4380 §5.2.4, RFC 5991 §3.2: the cone bit of peers is ignored).
#include "teredo/client.hpp"
#include "teredo/inner_checks.hpp"

namespace miredo::teredo {

using wire::UnreachableCode;

void Client::handle_packet(Instant now, Bytes packet, Output& output) {
    ++counters_.packets_received;
    if (const std::optional<wire::Ipv6Packet> parsed = wire::Ipv6Packet::parse(packet)) {
        return send(now, *parsed, output);
    }
    counters_.drop(DropReason::kNotIpv6);
}

void Client::send(Instant now, const wire::Ipv6Packet& packet, Output& output) {
    const std::optional<Ipv6Address>& own = qualification_.address();
    if (!own) {
        return refuse(now,
                      DropReason::kNotQualified,
                      UnreachableCode::kAddressUnreachable,
                      packet.bytes(),
                      output);
    }
    const Ipv6Address destination = packet.destination();
    if (is_unusable_destination(destination)) {
        return counters_.drop(DropReason::kDestinationUnusable);
    }
    if (packet.source() != *own) {
        // Servers and relays would refuse it.
        return refuse(now,
                      DropReason::kSourceNotOwn,
                      UnreachableCode::kAdministrativelyProhibited,
                      packet.bytes(),
                      output);
    }
    if (destination == *own) {
        return counters_.drop(DropReason::kOwnMapping);
    }
    if (wire::walk_extension_headers(packet).has_type0_routing) {
        return counters_.drop(DropReason::kType0Routing);
    }
    Peer* const peer = peers_.find(destination);
    if (peer != nullptr && peer->is_reachable(now)) {  // RFC 4380 §5.2.4, case 1
        return peers_.forward(now, *peer, packet.bytes(), output);
    }
    if (const auto teredo = wire::TeredoAddress::parse(destination)) {
        return send_to_teredo(now, packet, *teredo, output);
    }
    send_when_proven(now, peers_.obtain(now, destination), packet, output);  // case 2
}

// RFC 4380 §5.2.4, case 5, and 4 as RFC 5991 has it.
void Client::send_to_teredo(Instant now,
                            const wire::Ipv6Packet& packet,
                            const wire::TeredoAddress& destination,
                            Output& output) {
    if (rules_.is_own(destination.mapped)) {
        return counters_.drop(DropReason::kOwnMapping);
    }
    if (!rules_.may_send_bubble_to(destination.mapped)) {
        return counters_.drop(DropReason::kMappedAddressUnusable);
    }
    if (!rules_.may_be_server(destination.server)) {
        return counters_.drop(DropReason::kServerAddressUnusable);
    }
    send_when_proven(
        now, obtain_teredo(now, packet.destination(), destination.mapped), packet, output);
}

void Client::send_when_proven(Instant now,
                              Peer* peer,
                              const wire::Ipv6Packet& packet,
                              Output& output) {
    if (peer == nullptr) {
        return refuse(now,
                      DropReason::kPeerTableFull,
                      UnreachableCode::kAddressUnreachable,
                      packet.bytes(),
                      output);
    }
    if (!peer->is_attempting && !attempt(now, *peer, output)) {
        return refuse(now,
                      DropReason::kAttemptBudget,
                      UnreachableCode::kAddressUnreachable,
                      packet.bytes(),
                      output);
    }
    peers_.enqueue(now, *peer, packet.bytes());
}

// One transmission towards an unproven peer: bubbles, or a connectivity test. False where the
// budget is used up.
bool Client::attempt(Instant now, Peer& peer, Output& output) {
    if (wire::TeredoAddress::parse(peer.address)) {
        const std::optional<Endpoint> local = local_target(now, peer);
        const BubbleResult result = local ? attempt_locally(now, peer, *local, output)
                                          : hole_punching_.send(now,
                                                                peer,
                                                                *qualification_.address(),
                                                                BubblePaths::kDirectAndIndirect,
                                                                output);
        if (result != BubbleResult::kSent && result != BubbleResult::kTooSoon) {
            return false;
        }
    } else {
        if (!peer.budget.may_spend(now, kTestBudgetWindow)) {
            return false;
        }
        peer.spend_attempt(now);
        connectivity_test_.send(now, self(), peer, output);
    }
    peers_.schedule_attempt(now, peer);
    return true;
}

void Client::repeat_attempt(Instant now, Peer& peer, Output& output) {
    if (peer.attempts >= kAttempts || !attempt(now, peer, output)) {
        give_up(now, peer, output);
    }
}

void Client::give_up(Instant now, Peer& peer, Output& output) {
    peers_.end_attempt(peer);
    peer.is_trusted = false;
    peer.is_test_outstanding = false;
    const auto teredo = wire::TeredoAddress::parse(peer.address);
    peer.mapping = teredo ? teredo->mapped : Endpoint{};
    while (const std::optional<Bytes> packet = peers_.dequeue(peer)) {
        refuse(now,
               DropReason::kPeerUnreachable,
               UnreachableCode::kAddressUnreachable,
               *packet,
               output);
    }
}

// Drops a packet of our host and says so to it. The one who speaks is the router of the link: our
// server's link-local address (RFC 4380 §4).
void Client::refuse(
    Instant now, DropReason reason, UnreachableCode code, Bytes packet, Output& output) {
    counters_.drop(reason);
    const Endpoint server =
        qualification_.servers() ? qualification_.server() : Endpoint{{}, wire::kTeredoPort};
    errors_.send_unreachable(
        now, wire::teredo_link_local(wire::kConeFlag, server), code, packet, output);
}

}  // namespace miredo::teredo
