// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Received packets of native sources that wait for the proof of their relay (RFC 4380 §5.2.3, case
// 6): one queue of fixed size for all of them, because no peer entry is made before the proof.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/constants.hpp"
#include "teredo/packet_store.hpp"

namespace miredo::teredo {

class HeldPackets {
  public:
    struct Held {
        Endpoint relay;  // where it came from
        Bytes packet;    // readable until the next call
    };

    HeldPackets();

    [[nodiscard]] bool has_room_for(Bytes packet) const {
        return entries_.size() < kHeldPackets && packet.size() <= kHeldBytes - bytes_;
    }
    // Only with has_room_for(). `tested`: a connectivity test was sent because of this packet.
    void hold(Instant now, const Ipv6Address& source, Endpoint relay, Bytes packet, bool tested);
    // The oldest packet from `source`, which leaves the queue.
    [[nodiscard]] std::optional<Held> release(const Ipv6Address& source);
    [[nodiscard]] bool has(const Ipv6Address& source) const;
    // A packet waits for a test of `source` sent less than kAttemptInterval ago.
    [[nodiscard]] bool is_being_tested(Instant now, const Ipv6Address& source) const;

    // Removes the packets that have waited for kQueueLifetime; returns how many.
    std::size_t expire(Instant now);
    std::size_t clear();
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::size_t packets() const { return entries_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    struct Entry {
        Ipv6Address source;
        Endpoint relay;
        StoredPacket packet;
        Instant since;
        bool tested = false;
    };

    Bytes remove(std::size_t index);

    PacketStore store_;
    std::vector<Entry> entries_;  // oldest first; never more than its initial capacity
    std::size_t bytes_ = 0;
};

}  // namespace miredo::teredo
