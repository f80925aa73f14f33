// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "scenario/observation.hpp"

#include <algorithm>
#include <iterator>

#include "wire/icmpv6.hpp"

namespace miredo::scenario {
namespace {

Kind kind_of(Bytes datagram) {
    const auto parsed = wire::TeredoDatagram::parse(datagram);
    if (!parsed) {
        return Kind::kMalformed;
    }
    const wire::Ipv6Packet& packet = parsed->packet;
    if (packet.is_bubble()) {
        return Kind::kBubble;
    }
    if (packet.next_header() != wire::kIcmpv6 || packet.payload().empty()) {
        return Kind::kOther;
    }
    switch (static_cast<wire::Icmpv6Type>(packet.payload()[0])) {
    case wire::Icmpv6Type::kRouterSolicitation:
        return Kind::kSolicitation;
    case wire::Icmpv6Type::kRouterAdvertisement:
        return Kind::kAdvertisement;
    case wire::Icmpv6Type::kEchoRequest:
        return Kind::kEchoRequest;
    case wire::Icmpv6Type::kEchoReply:
        return Kind::kEchoReply;
    default:
        return Kind::kOther;
    }
}

}  // namespace

wire::TeredoDatagram Observation::teredo() const {
    return wire::TeredoDatagram::parse(bytes).value();
}

wire::Trailers Observation::trailers() const {
    return wire::parse_trailers(teredo().trailers);
}

std::vector<Observation>
sent_by(const sim::Network& network, const sim::Host& host, Instant since) {
    std::vector<Observation> found;
    for (const sim::Transmission& t : network.transmissions()) {
        if (t.sender == &host && t.sent >= since) {
            found.push_back({t.sent, t.external, t.destination, kind_of(t.bytes), t.fate, t.bytes});
        }
    }
    return found;
}

std::vector<Observation> of_kind(const std::vector<Observation>& observations, Kind kind) {
    std::vector<Observation> found;
    std::copy_if(observations.begin(),
                 observations.end(),
                 std::back_inserter(found),
                 [kind](const Observation& o) { return o.kind == kind; });
    return found;
}

std::vector<Observation> to(const std::vector<Observation>& observations, Endpoint endpoint) {
    std::vector<Observation> found;
    std::copy_if(observations.begin(),
                 observations.end(),
                 std::back_inserter(found),
                 [endpoint](const Observation& o) { return o.to == endpoint; });
    return found;
}

std::vector<Duration> times_since(const std::vector<Observation>& observations, Instant start) {
    std::vector<Duration> times;
    std::transform(observations.begin(),
                   observations.end(),
                   std::back_inserter(times),
                   [start](const Observation& o) { return o.at - start; });
    return times;
}

std::size_t densest(const std::vector<Duration>& times, Duration window) {
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < times.size(); ++last) {
        while (times[last] - times[first] >= window) {
            ++first;
        }
        most = std::max(most, last - first + 1);
    }
    return most;
}

}  // namespace miredo::scenario
