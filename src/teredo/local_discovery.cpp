// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/local_discovery.hpp"

#include "teredo/constants.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

void LocalDiscovery::handle_timeout(Instant now, const Ipv6Address& own, Output& output) {
    if (due_ && *due_ <= now) {
        due_ = now + random_.uniform(kShortestDiscoveryInterval, kLongestDiscoveryInterval);
        send(own, output);
    }
}

void LocalDiscovery::send(const Ipv6Address& own, Output& output) {
    output.send(
        ServiceSocket::kPrimary, kDiscoveryEndpoint, wire::build_discovery_bubble(own).bytes());
    ++counters_.bubbles_sent;
}

std::optional<DropReason> LocalDiscovery::check(Endpoint from,
                                                const wire::Ipv6Packet& packet,
                                                const Ipv6Address& own,
                                                Endpoint mapped,
                                                const TargetRules& rules) const {
    if (!is_on() || !packet.is_bubble() || packet.destination() != wire::kAllNodes) {
        return DropReason::kDiscoveryInvalid;
    }
    const auto source = wire::TeredoAddress::parse(packet.source());
    if (!source || (source->flags & wire::kGroupFlag) != 0 || source->mapped.port == 0 ||
        !rules.is_usable(source->mapped.address)) {
        return DropReason::kNotTeredoSource;
    }
    if (packet.source() == own || source->mapped == mapped) {
        return DropReason::kOwnSource;
    }
    if (!rules.is_attached(from.address)) {
        return DropReason::kDiscoveryNotLocal;
    }
    // The RFC leaves it to us; without it anybody on the link could pass for any peer of ours.
    if (source->mapped.address != mapped.address) {
        return DropReason::kDiscoveryOtherNat;
    }
    return std::nullopt;
}

}  // namespace miredo::teredo
