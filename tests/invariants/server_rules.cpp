// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a server may say, and to whom (RFC 4380 §5.3).
#include <algorithm>

#include "invariants/address_rules.hpp"
#include "invariants/role_invariants.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/trailers.hpp"

namespace miredo::invariants {
namespace {

constexpr std::size_t kMaximumTrailers = 64;
constexpr std::size_t kMaximumEcho = 88;

}  // namespace

void RoleInvariants::check_server_datagram(teredo::ServiceSocket socket,
                                           Endpoint to,
                                           Bytes datagram) {
    turn_.reaction_bytes += datagram.size();
    ++turn_.reactions;
    const auto parsed = wire::TeredoDatagram::parse(datagram);
    require(turn_.is_datagram() && turn_.datagram && parsed,
            "S6",
            "a server that speaks without being spoken to");
    if (!turn_.datagram || !parsed) {
        return;
    }
    // C8: what a server made is not for another one, or it goes on for ever.
    require(!turn_.datagram->origin, "S6", "something passed on that a server had passed on");
    const auto& own = surroundings().own_addresses;
    const bool is_solicited = wire::is_valid_router_solicitation(*turn_.packet);
    require(std::find(own.begin(), own.end(), to.address) == own.end() &&
                is_allowed_target(to, surroundings()),
            "S2",
            "a datagram to an address that is not usable, or our own");
    if (is_solicited) {
        return check_advertisement(socket, to, *parsed);
    }
    check_forwarded(socket, to, *parsed);
}

// RFC 4380 §5.3.1, §5.3.2.
void RoleInvariants::check_advertisement(teredo::ServiceSocket socket,
                                         Endpoint to,
                                         const wire::TeredoDatagram& advertisement) {
    ++turn_.advertisements;
    const bool wants_other = (turn_.source.low() >> 63U) != 0;
    require(to == turn_.from && advertisement.origin == turn_.from &&
                advertisement.trailers.empty(),
            "S6",
            "an advertisement to somebody who did not solicit it");
    require((socket != turn_.socket) == wants_other, "S6", "answered from the wrong address");
    const auto& asked = turn_.datagram->authentication;
    const auto& told = advertisement.authentication;
    require(asked.has_value() == told.has_value() && (!asked || asked->nonce == told->nonce),
            "S5",
            "an advertisement without the nonce of its solicitation");
    const auto parsed = wire::parse_router_advertisement(advertisement.packet);
    const auto prefix_told =
        parsed ? wire::TeredoAddress::parse(parsed->prefix.address, prefix()) : std::nullopt;
    require(prefix_told && parsed->prefix_count == 1 && parsed->prefix.length == 64 &&
                prefix_told->server == server()->primary &&
                parsed->mtu == server()->advertised_mtu &&
                advertisement.packet.destination() == turn_.source,
            "S6",
            "an advertisement that tells something else than our settings");
}

// RFC 4380 §5.3.1, rules 5 to 7: bubbles and connectivity tests, as they are.
void RoleInvariants::check_forwarded(teredo::ServiceSocket socket,
                                     Endpoint to,
                                     const wire::TeredoDatagram& forwarded) {
    ++turn_.forwarded_to_udp;
    require(socket == teredo::ServiceSocket::kPrimary, "S6", "forwarded from the wrong address");
    require(equal(forwarded.packet.bytes(), turn_.packet->bytes()),
            "S6",
            "a packet changed on its way");
    require(turn_.is_bubble() ||
                (turn_.packet->payload().size() <= kMaximumEcho && wire::parse_echo(*turn_.packet)),
            "S6",
            "passed on, and neither bubble nor connectivity test");
    require(
        !forwarded.authentication && forwarded.trailers.size() <= kMaximumTrailers &&
            forwarded.trailers.size() <= turn_.datagram->trailers.size() &&
            equal(forwarded.trailers, turn_.datagram->trailers.first(forwarded.trailers.size())) &&
            wire::parse_trailers(forwarded.trailers).well_formed_size == forwarded.trailers.size(),
        "S6",
        "more behind a packet than its trailers");
    const auto target = wire::TeredoAddress::parse(turn_.destination, prefix());
    const auto source = wire::TeredoAddress::parse(turn_.source, prefix());
    require(target && target->mapped == to, "S2", "passed on to somebody it was not for");
    require(!source || source->mapped == turn_.from, "S1", "from elsewhere than it says");
    const bool is_client = target && target->server == server()->primary;
    require(source || is_client, "S1", "for a client that is not ours, from nobody's");
    require(is_client ? forwarded.origin == turn_.from : !forwarded.origin,
            "S6",
            "the origin indication is not where it came from");
}

// Rule 4: a connectivity test leaves for the native network.
void RoleInvariants::check_native(Bytes packet) {
    ++turn_.forwarded_to_ipv6;
    ++turn_.reactions;
    require(turn_.is_datagram() && turn_.packet && turn_.packet->size() == packet.size(),
            "S6",
            "a server that speaks without being spoken to");
    if (!turn_.packet || turn_.packet->size() != packet.size()) {
        return;
    }
    constexpr std::size_t kHopLimit = 7;
    const Bytes received = turn_.packet->bytes();
    require(equal(packet.first(kHopLimit), received.first(kHopLimit)) &&
                equal(packet.subspan(kHopLimit + 1), received.subspan(kHopLimit + 1)),
            "S6",
            "a packet changed on its way");
    require(received[kHopLimit] > std::byte{1} &&
                std::to_integer<unsigned>(packet[kHopLimit]) + 1 ==
                    std::to_integer<unsigned>(received[kHopLimit]),
            "S13",
            "a hop limit that is not one less");
    const auto echo = wire::parse_echo(*turn_.packet);
    const auto source = wire::TeredoAddress::parse(turn_.source, prefix());
    require(echo && echo->type == wire::Icmpv6Type::kEchoRequest && source &&
                source->mapped == turn_.from && source->server == server()->primary,
            "S1",
            "no connectivity test of a client of ours");
    require(!is_special(turn_.destination) && !prefix().contains(turn_.destination) &&
                !embeds(turn_.destination, surroundings().own_addresses),
            "S2",
            "a packet to where the native network has nobody");
}

}  // namespace miredo::invariants
