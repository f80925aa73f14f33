// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// From Teredo to IPv6 (RFC 4380 §5.4.2, RFC 6081 §5.2.4.4).
#include <algorithm>

#include "teredo/inner_checks.hpp"
#include "teredo/received_datagram.hpp"
#include "teredo/relay.hpp"

namespace miredo::teredo {

void Relay::handle_datagram(Instant now, const Datagram& datagram, Output& output) {
    ++counters_.datagrams_received;
    if (const std::optional<DropReason> reason = receive(now, datagram, output)) {
        counters_.drop(*reason);
    }
}

// The reason to discard the datagram; nothing where it was forwarded or did its work.
std::optional<DropReason> Relay::receive(Instant now, const Datagram& datagram, Output& output) {
    const Endpoint from = datagram.from;
    if (!is_possible_outer_source(from) || !rules_.is_usable(from.address)) {
        return DropReason::kOuterSourceUnusable;
    }
    if (rules_.is_own(from)) {
        return DropReason::kOwnOuterSource;
    }
    // Authentication and origin mean nothing to a relay: they are read over.
    const Result<ReceivedDatagram, DropReason> received = parse_datagram(datagram.bytes);
    if (!received) {
        return received.error();
    }
    const wire::Ipv6Packet& packet = received->datagram.packet;
    const auto source = wire::TeredoAddress::parse(packet.source(), settings_.prefix);
    if (!source) {
        return DropReason::kNotTeredoSource;
    }
    if ((source->flags & wire::kGroupFlag) != 0) {
        return DropReason::kSourceUnusable;
    }
    Peer* const peer = peers_.find(packet.source());
    const bool has_proof = peer != nullptr && packet.is_bubble() &&
                           (HolePunching::proves(now, *peer, received->nonce) ||
                            hole_punching_.proves(now, *peer, packet.destination()));
    // The mapping of a peer behind a symmetric NAT is the one recorded with its nonce.
    const bool is_recorded = peer != nullptr && peer->is_trusted && peer->mapping == from;
    if (source->mapped != from && !has_proof && !is_recorded) {
        return packet.is_bubble() ? DropReason::kNonceMismatch : DropReason::kMappingMismatch;
    }
    // No client is where its server is: only a forger's bubble comes from there directly.
    if (from == Endpoint{source->server, wire::kTeredoPort}) {
        return DropReason::kMappedAddressUnusable;
    }
    if (peer == nullptr) {
        return DropReason::kUnknownPeer;
    }
    if (has_proof) {
        peer->nonce_sent = 0;  // good for once
    }
    peers_.accept(now, *peer, from, output);
    if (packet.is_bubble()) {
        ++counters_.consumed;
        return std::nullopt;
    }
    return forward_to_ipv6(packet, output);
}

std::optional<DropReason> Relay::forward_to_ipv6(const wire::Ipv6Packet& packet, Output& output) {
    if (const std::optional<DropReason> reason = check_contents(packet)) {
        return reason;
    }
    if (!is_served(packet.destination())) {
        return DropReason::kDestinationNotServed;
    }
    // The kernel decrements the hop limit: it forwards what comes out of the device.
    output.forward_to_ipv6(packet.bytes());
    ++counters_.forwarded_to_ipv6;
    return std::nullopt;
}

bool Relay::is_served(const Ipv6Address& destination) const {
    if (is_unusable_destination(destination) || destination.is_site_local() ||
        settings_.prefix.contains(destination) || wire::kTeredoPrefix.contains(destination) ||
        embeds_own_address(destination)) {
        return false;
    }
    if (!settings_.served_prefixes.empty()) {
        return std::any_of(settings_.served_prefixes.begin(),
                           settings_.served_prefixes.end(),
                           [&](const Ipv6Prefix& prefix) { return prefix.contains(destination); });
    }
    return settings_.mode == RelayMode::kHostSpecific ? is_own(destination)
                                                      : kGlobalUnicast.contains(destination);
}

}  // namespace miredo::teredo
