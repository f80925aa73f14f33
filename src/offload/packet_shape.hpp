// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a packet says to somebody who wants to join it with others: to which flow it belongs, and
// whether it may be a segment of a super-packet at all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace miredo::offload {

struct PacketShape {
    enum class Flow : std::uint8_t {
        kNone,   // in no flow that is ever joined
        kPair,   // may be in any flow between its two addresses
        kKnown,  // in a flow, but never in a super-packet
        kJoins,  // may begin one or go on with it
    };
    Flow flow = Flow::kNone;
    // With kJoins:
    bool is_tcp = false;
    bool is_pushed = false;  // TCP's PSH: nothing may follow
    std::uint16_t header_size = 0;
    std::uint16_t payload_size = 0;
};

// Of a packet, or of anything else.
[[nodiscard]] PacketShape shape_of(Bytes packet);

// Equal for packets of one flow, from the same source to the same destination; not only for them.
// The uppermost bits are the best mixed.
struct FlowHashes {
    std::uint32_t pair;  // the two addresses
    std::uint32_t flow;  // and the ports, where there are any
};
// `packet` holds at least 40 bytes.
[[nodiscard]] FlowHashes hashes_of(Bytes packet);

// For two packets whose flow is known.
[[nodiscard]] bool is_same_flow(Bytes a, Bytes b);

// For two packets of a flow that have this header size: all that the segments of a super-packet
// have in common is the same. TCP's sequence number and flags are not looked at.
[[nodiscard]] bool has_same_header(Bytes first, Bytes packet, const PacketShape& shape);

// TCP's; `packet` holds a whole TCP header.
[[nodiscard]] std::uint32_t sequence_of(Bytes packet);

// For a packet that joins. Its checksum is exactly the one that a segment with these bytes would
// get: of the two forms of 0, TCP has 0x0000 and UDP 0xFFFF (0x0000 says there that there is none,
// RFC 8200 §8.1).
[[nodiscard]] bool has_right_checksum(Bytes packet, bool is_tcp);

}  // namespace miredo::offload
