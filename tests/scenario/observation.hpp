// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What an observer of the wire sees: the datagrams that a host sent, parsed, with what they are.
// Scenarios judge by this and by what arrives at the hosts, not by what a role says of itself.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/network.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::scenario {

enum class Kind : std::uint8_t {
    kSolicitation,
    kAdvertisement,
    kBubble,
    kEchoRequest,
    kEchoReply,
    kOther,      // any other IPv6 packet
    kMalformed,  // not a Teredo datagram at all
};

struct Observation {
    Instant at;
    Endpoint from;  // as the core saw it
    Endpoint to;
    Kind kind = Kind::kMalformed;
    sim::Fate fate = sim::Fate::kInTransit;
    sim::Packet bytes;

    // Only where `kind` is not kMalformed; it borrows from the observation.
    [[nodiscard]] wire::TeredoDatagram teredo() const;
    [[nodiscard]] wire::Trailers trailers() const;
};

// Everything that `host` has sent since `since`, in order.
[[nodiscard]] std::vector<Observation>
sent_by(const sim::Network& network, const sim::Host& host, Instant since = Instant::min());

// Those of `observations` that are of `kind`, and those that went to `to`.
[[nodiscard]] std::vector<Observation> of_kind(const std::vector<Observation>& observations,
                                               Kind kind);
[[nodiscard]] std::vector<Observation> to(const std::vector<Observation>& observations,
                                          Endpoint endpoint);
// Their times, counted from `start`.
[[nodiscard]] std::vector<Duration> times_since(const std::vector<Observation>& observations,
                                                Instant start);
// The most of `times`, which are in order, in any window of `window`.
[[nodiscard]] std::size_t densest(const std::vector<Duration>& times, Duration window);

}  // namespace miredo::scenario
