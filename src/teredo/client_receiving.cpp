// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Datagrams from UDP (RFC 4380 §5.2.3, RFC 6081 §5.2.4).
#include "teredo/client.hpp"
#include "teredo/inner_checks.hpp"
#include "teredo/received_datagram.hpp"

namespace miredo::teredo {

void Client::handle_datagram(Instant now, const Datagram& datagram, Output& output) {
    ++counters_.datagrams_received;
    if (datagram.socket != ServiceSocket::kPrimary) {
        return receive_elsewhere(now, datagram, output);
    }
    const Result<Received, DropReason> received = parse(now, datagram);
    if (!received) {
        return counters_.drop(received.error());
    }
    if (is_advertisement(*received)) {
        return receive_advertisement(now, *received, output);
    }
    if (const std::optional<DropReason> reason = check(*received)) {
        return counters_.drop(*reason);
    }
    if (received->from == qualification_.server()) {
        return receive_from_server(now, *received, output);
    }
    receive_from_peer(now, *received, output);
}

Result<Client::Received, DropReason> Client::parse(Instant now, const Datagram& datagram) {
    if (!is_possible_outer_source(datagram.from)) {
        return Failure{DropReason::kOuterSourceUnusable};
    }
    if (rules_.is_own(datagram.from) && !qualification_.is_server(datagram.from)) {
        return Failure{DropReason::kOwnOuterSource};
    }
    const Result<ReceivedDatagram, DropReason> checked = parse_datagram(datagram.bytes);
    if (!checked) {
        return Failure{checked.error()};
    }
    const Ipv6Address source = checked->datagram.packet.source();
    return Received{datagram.from,
                    checked->datagram,
                    checked->nonce,
                    source,
                    wire::TeredoAddress::parse(source),
                    has_cookie(now, datagram.from, checked->datagram.packet)};
}

// Directly only: nothing that comes through a server has a link-local destination.
bool Client::has_cookie(Instant now, Endpoint from, const wire::Ipv6Packet& packet) {
    if (!packet.is_bubble() || !packet.destination().is_link_local() ||
        qualification_.is_server(from)) {
        return false;
    }
    const Peer* const peer = peers_.find(packet.source());
    return peer != nullptr && hole_punching_.proves(now, *peer, packet.destination());
}

// The inner packet: from somebody who can be, to us, and nothing that must not pass.
std::optional<DropReason> Client::check(const Received& received) const {
    const std::optional<Ipv6Address>& own = qualification_.address();
    if (!own) {
        return DropReason::kNotQualified;
    }
    const bool is_group =
        received.teredo_source && (received.teredo_source->flags & wire::kGroupFlag) != 0;
    if (is_impossible_source(received.source) || is_group) {
        return DropReason::kSourceUnusable;
    }
    if (received.source == *own ||
        (received.teredo_source && received.teredo_source->mapped == qualification_.mapped())) {
        return DropReason::kOwnSource;
    }
    if (received.packet().destination() != *own && !received.has_cookie) {
        return DropReason::kDestinationNotOwn;
    }
    return check_contents(received.packet());
}

// Whatever comes to the address we solicit from, and what our servers advertise elsewhere.
bool Client::is_advertisement(const Received& received) const {
    const wire::Ipv6Packet& packet = received.packet();
    const bool has_type =
        packet.next_header() == wire::kIcmpv6 && !packet.payload().empty() &&
        packet.payload()[0] == static_cast<std::byte>(wire::Icmpv6Type::kRouterAdvertisement);
    return has_type && (packet.destination() == wire::kClientLinkLocal ||
                        qualification_.is_server(received.from));
}

void Client::receive_advertisement(Instant now, const Received& received, Output& output) {
    const auto result =
        qualification_.handle_advertisement(now, received.from, received.datagram, rules_, output);
    if (!result) {
        return counters_.drop(result.error());
    }
    if (*result == Qualification::AddressChange::kChanged) {
        take_over_address(now, output);
    }
    consume();
}

void Client::receive_from_server(Instant now, const Received& received, Output& output) {
    qualification_.handle_server_packet(now);
    if (received.packet().is_bubble()) {
        const std::optional<DropReason> reason = answer_indirect(now, received, output);
        return reason ? counters_.drop(*reason) : consume();
    }
    if (!received.datagram.origin) {
        // The server may be a relay as well.
        return receive_from_peer(now, received, output);
    }
    const Endpoint origin = *received.datagram.origin;
    if (received.teredo_source) {
        // Never record the server as the peer's mapping: make the peer send directly instead.
        const std::optional<DropReason> reason = answer_indirect(now, received, output);
        return counters_.drop(reason.value_or(DropReason::kMappingMismatch));
    }
    if (received.source.is_link_local()) {
        return counters_.drop(DropReason::kLinkLocalSource);
    }
    if (!rules_.may_send_bubble_to(origin)) {
        return counters_.drop(DropReason::kOriginUnusable);
    }
    static_cast<void>(hole_punching_.send_direct_answer(
        now, {received.source, received.packet().destination(), origin, std::nullopt}, output));
    hold(now, received, origin, output);
}

// An indirect bubble: the direct answer goes to the mapping in a Teredo source, and to the origin
// where the source is native or link-local (other implementations' relays and clients).
std::optional<DropReason>
Client::answer_indirect(Instant now, const Received& received, Output& output) {
    IndirectBubble bubble{
        received.source, received.packet().destination(), Endpoint{}, received.nonce};
    if (!received.teredo_source) {
        if (!received.datagram.origin) {
            return DropReason::kOriginMissing;
        }
        bubble.target = *received.datagram.origin;
        if (!rules_.may_send_bubble_to(bubble.target)) {
            return DropReason::kOriginUnusable;
        }
        return hole_punching_.send_direct_answer(now, bubble, output)
                   ? std::nullopt
                   : std::optional{DropReason::kAnswerRateLimited};
    }
    const Endpoint embedded = received.teredo_source->mapped;
    if (!rules_.may_send_bubble_to(embedded)) {
        return DropReason::kMappedAddressUnusable;
    }
    Peer* const peer = obtain_teredo(now, received.source, embedded);
    // RFC 6081 §6.1: behind a symmetric NAT the peer is where it was heard last; not for ever,
    // since who was heard there may have been somebody else.
    bubble.target = peer != nullptr && peer->is_reachable(now) ? peer->mapping : embedded;
    return hole_punching_.answer(now, bubble, peer, rules_, output)
               ? std::nullopt
               : std::optional{DropReason::kAnswerRateLimited};
}

void Client::receive_from_peer(Instant now, const Received& received, Output& output) {
    Peer* const peer = peers_.find(received.source);
    if (receive_test_reply(now, received, peer, output)) {  // RFC 4380 §5.2.3, case 2
        return;
    }
    if (peer != nullptr && peer->is_trusted && peer->mapping == received.from) {  // case 1
        return accept(now, received, *peer, output);
    }
    if (received.teredo_source) {
        return receive_from_teredo(now, received, peer, output);
    }
    if (received.packet().is_bubble()) {
        // From a relay or an old client: all it is for is the NAT on the other side.
        return consume();
    }
    if (received.source.is_link_local()) {
        return counters_.drop(DropReason::kLinkLocalSource);
    }
    hold(now, received, received.from, output);  // case 6
}

void Client::receive_from_teredo(Instant now,
                                 const Received& received,
                                 Peer* peer,
                                 Output& output) {
    const bool is_bubble = received.packet().is_bubble();
    const bool has_proof =
        peer != nullptr && is_bubble &&
        (received.has_cookie || HolePunching::proves(now, *peer, received.nonce));
    // Case 5: on our own link, where the address need not be a global one.
    const bool is_local =
        discovery_.is_on() && peer != nullptr && peer->local_endpoint(now) == received.from;
    if (received.teredo_source->mapped != received.from && !has_proof && !is_local) {
        return counters_.drop(is_bubble ? DropReason::kNonceMismatch
                                        : DropReason::kMappingMismatch);
    }
    // Nor is a peer where its server is: only a forger's bubble comes from there directly.
    const Endpoint peer_server{received.teredo_source->server, wire::kTeredoPort};
    if (!is_local && (!rules_.may_send_bubble_to(received.from) || received.from == peer_server)) {
        return counters_.drop(DropReason::kMappedAddressUnusable);
    }
    if (peer == nullptr && is_later_fragment(received.packet())) {
        return deliver(received.packet(), output);
    }
    // RFC 4380 §5.2.3, case 3, and RFC 6081 §5.2.4.4.
    Peer* const known = obtain_teredo(now, received.source, received.from);
    if (known == nullptr) {
        return counters_.drop(DropReason::kPeerTableFull);
    }
    if (has_proof) {
        known->nonce_sent = 0;
        peers_.prove(*known);
    }
    accept(now, received, *known, output);
}

// The packet is from the peer and came from its mapping, or from a better one.
void Client::accept(Instant now, const Received& received, Peer& peer, Output& output) {
    peers_.accept(now, peer, received.from, output);
    if (received.packet().is_bubble()) {
        return consume();
    }
    deliver(received.packet(), output);
}

// True where the packet was the reply to a connectivity test of ours, and is done with.
bool Client::receive_test_reply(Instant now, const Received& received, Peer* peer, Output& output) {
    if (received.teredo_source) {
        return false;
    }
    const std::optional<TestNonce> nonce = ConnectivityTest::parse_reply(received.packet());
    if (!nonce) {
        return false;
    }
    const bool is_stored = peer != nullptr && ConnectivityTest::proves(now, *peer, *nonce);
    if (!is_stored && !connectivity_test_.proves_stateless(
                          now, *qualification_.address(), received.source, *nonce)) {
        return false;
    }
    // A relay that serves us well is left for another one only where a test is outstanding.
    const bool has_relay = peer != nullptr && peer->is_reachable(now);
    if (!is_stored && has_relay && peer->mapping != received.from && !held_.has(received.source)) {
        counters_.drop(DropReason::kEchoReplyUnexpected);
        return true;
    }
    if (!rules_.may_send_to(received.from)) {
        counters_.drop(DropReason::kMappedAddressUnusable);
        return true;
    }
    if (Peer* const proven = peers_.obtain(now, received.source)) {
        proven->is_test_outstanding = false;
        peers_.accept(now, *proven, received.from, output);
        peers_.prove(*proven);
    }
    consume();
    release_held(received.source, received.from, output);
    return true;
}

// RFC 4380 §5.2.3, case 6: nothing is believed before a connectivity test has shown that the source
// is reached through `relay`. No peer is made for it before.
void Client::hold(Instant now, const Received& received, Endpoint relay, Output& output) {
    if (!is_testable(received.source)) {
        return counters_.drop(DropReason::kSourceNotTestable);
    }
    if (!rules_.may_send_to(relay)) {
        return counters_.drop(DropReason::kOuterSourceUnusable);
    }
    const Bytes packet = received.packet().bytes();
    if (!held_.has_room_for(packet)) {
        return counters_.drop(DropReason::kHeldQueueFull);
    }
    const Peer* const peer = peers_.find(received.source);
    const bool is_tested =
        (peer != nullptr && peer->is_attempting) || held_.is_being_tested(now, received.source);
    if (!is_tested && !connectivity_test_.send_stateless(now, self(), received.source, output)) {
        return counters_.drop(DropReason::kTestRateLimited);
    }
    held_.hold(now, received.source, relay, packet, !is_tested);
}

void Client::release_held(const Ipv6Address& source, Endpoint relay, Output& output) {
    while (const auto held = held_.release(source)) {
        if (held->relay != relay) {
            counters_.drop(DropReason::kHeldMismatch);
            continue;
        }
        output.inject(held->packet);
        ++counters_.forwarded_to_ipv6;
    }
}

void Client::deliver(const wire::Ipv6Packet& packet, Output& output) {
    output.forward_to_ipv6(packet.bytes());
    ++counters_.forwarded_to_ipv6;
}

}  // namespace miredo::teredo
