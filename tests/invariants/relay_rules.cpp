// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a relay may say, and to whom (RFC 4380 §5.4).
#include <algorithm>

#include "invariants/address_rules.hpp"
#include "invariants/role_invariants.hpp"

namespace miredo::invariants {

void RoleInvariants::check_relay_datagram(Endpoint to, Bytes datagram) {
    ++turn_.reactions;
    turn_.reaction_bytes += datagram.size();
    const auto parsed = wire::TeredoDatagram::parse(datagram);
    if (!parsed || !parsed->packet.is_bubble()) {
        return require(false, "S6", "a datagram of no known kind");
    }
    const wire::Ipv6Packet& packet = parsed->packet;
    require(packet.source() == relay()->bubble_source || packet.source().is_link_local(),
            "S6",
            "a bubble that is not from us");
    require(wire::TeredoAddress::parse(packet.destination(), prefix()).has_value(),
            "S6",
            "a bubble to somebody who has no Teredo address");
    require(turn_.is_datagram() || attempts_.note(turn_.now),
            "S4",
            "bubbles for strangers above their rate");
    check_bubble(to, *parsed);
}

// RFC 4380 §5.4.2: from somebody we have talked to, at the mapping in its address or where our
// nonce came back from.
void RoleInvariants::check_relay_reception(const wire::Ipv6Packet& packet) {
    const auto source = wire::TeredoAddress::parse(packet.source(), prefix());
    require(source.has_value(), "S1", "a packet whose source is no Teredo address");
    if (!source) {
        return;
    }
    const KnownPeer* const known = peers_.find(packet.source());
    require(known != nullptr && (known->sent_at || known->heard_at),
            "S1",
            "a packet from somebody we have not talked to");
    require(source->mapped == turn_.from ||
                (known != nullptr && known->proven_mapping == turn_.from),
            "S1",
            "a packet from elsewhere than the peer's mapping");
    require(is_served(packet.destination()), "S1", "a packet to where we do not serve");
}

bool RoleInvariants::is_served(const Ipv6Address& destination) const {
    const teredo::RelaySettings& settings = *relay();
    if (is_special(destination) || settings.prefix.contains(destination) ||
        (destination.high() >> 32U) == 0x20010000U ||
        embeds(destination, settings.surroundings.own_addresses)) {
        return false;
    }
    const auto& served = settings.served_prefixes;
    if (!served.empty()) {
        return std::any_of(served.begin(), served.end(), [&](const Ipv6Prefix& prefix) {
            return prefix.contains(destination);
        });
    }
    const auto& own = settings.own_ipv6_addresses;
    return settings.mode == teredo::RelayMode::kHostSpecific
               ? std::find(own.begin(), own.end(), destination) != own.end()
               : is_global_unicast(destination);
}

}  // namespace miredo::invariants
