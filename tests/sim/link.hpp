// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A host's way into the network, with what goes wrong on it. All of it are values, which may be
// changed while the network runs (Network::set_link): Link{} is a link that has healed. Faults
// strike between the host and its innermost NAT: what is lost on the way out has refreshed no
// binding. Probabilities are of each datagram and lie in [0, 1].
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace miredo::sim {

// Losses that come in bursts, after Gilbert and Elliott: the line is good or bad, and before each
// datagram it may change. Bursts are 1 / `leave` datagrams long on average, and the line is bad for
// enter / (enter + leave) of the time. With `enter` 0 there are none.
struct BurstLoss {
    double enter = 0;  // from good to bad
    double leave = 1;  // from bad to good
    double loss = 1;   // while it is bad

    friend bool operator==(const BurstLoss&, const BurstLoss&) = default;
};

// What one direction of a link does to datagrams and native IPv6 packets.
struct Impairment {
    double loss = 0;
    BurstLoss bursts{};
    // A second copy, which takes a delay of its own.
    double duplication = 0;
    // One to three bits of the payload change. The UDP checksum sees it (Fate::kCorrupted), but for
    // a share of `undetected` of them, which are delivered as they are.
    double corruption = 0;
    double undetected = 0;
    // Everyone's extra delay is uniform in [0, jitter]; what jitter and latency allow to overtake
    // does overtake.
    Duration jitter{};
    // Held back by `reordering_delay` beyond that, so that others overtake for certain.
    double reordering = 0;
    Duration reordering_delay = std::chrono::milliseconds{50};
    // Nothing passes in this direction: a partition of one side.
    bool is_cut = false;

    friend bool operator==(const Impairment&, const Impairment&) = default;
};

enum class TooBig : std::uint8_t {
    kFragment,  // RFC 791 §2.3: the datagram is lost where one of its fragments is
    kDrop,      // Fate::kTooBig, without a word to the sender
};

struct Link {
    Duration latency = std::chrono::milliseconds{5};  // one way, the same in both directions
    Impairment outbound{};                            // from the host
    Impairment inbound{};                             // to the host
    std::uint16_t mtu = 1500;  // of IPv4 packets, headers included; at least 68 (RFC 791 §3.2)
    TooBig too_big = TooBig::kFragment;  // native IPv6 packets are dropped in any case

    friend bool operator==(const Link&, const Link&) = default;
};

}  // namespace miredo::sim
