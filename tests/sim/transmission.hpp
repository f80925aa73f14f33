// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What was sent on the simulated Internet, and what became of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/host.hpp"

namespace miredo::sim {

enum class Fate : std::uint8_t {
    kInTransit,
    kDelivered,     // `integrity` tells whether as it was sent
    kFiltered,      // a NAT did not let it in
    kHairpin,       // to the external side of the sender's own NAT, which does not do that
    kNoRoute,       // nobody has the address
    kDisconnected,  // one of the two ends is cut off, suspended or gone
    kLost,          // by a link
    kCorrupted,     // by a link, and seen by the receiver's UDP checksum
    kTooBig,        // for a link that does not fragment
    kNoBinding,     // a NAT had no port left for it
    kMulticast,     // everybody else behind the sender's NAT gets a copy
};
[[nodiscard]] std::string_view to_string(Fate fate);

enum class Integrity : std::uint8_t {
    kIntact,
    kChecksumWrong,  // bits have changed, and the checksum tells
    kChecksumRight,  // bits have changed, and the checksum does not tell
};

// A datagram as seen on the wire.
struct Transmission {
    const Host* sender = nullptr;
    Instant sent;
    Endpoint source;    // as the host sent it
    Endpoint external;  // as the core saw it, behind the sender's NATs
    Endpoint destination;
    Packet bytes;  // the UDP payload
    Fate fate = Fate::kInTransit;
    std::uint64_t number = 0;  // counts what was sent in the run, native packets included
    // 0 is the datagram itself; bit 0 is set in duplicates that the sender's link made, bit 1 in
    // those of the receiver's link, bit 2 in those that come by multicast.
    std::uint8_t copy = 0;
    Integrity integrity = Integrity::kIntact;

    friend bool operator==(const Transmission&, const Transmission&) = default;
};

// An IPv6 packet as the native network saw it. It is lost or corrupted, and so on, as datagrams
// are; the checksum is then that of the layer below IPv6.
struct NativeTransmission {
    const Host* sender = nullptr;
    Instant sent;
    Packet bytes;
    Fate fate = Fate::kInTransit;
    std::uint64_t number = 0;
    std::uint8_t copy = 0;
    Integrity integrity = Integrity::kIntact;
};

}  // namespace miredo::sim
