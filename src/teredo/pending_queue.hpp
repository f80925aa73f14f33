// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packets of our host that wait until their peer has proven its mapping (RFC 4380 §5.2.4): a FIFO
// for each peer, all of them in one bounded store.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "teredo/packet_store.hpp"
#include "teredo/peer.hpp"

namespace miredo::teredo {

class PendingQueue {
  public:
    PendingQueue();

    // False, and nothing changed, where a limit of the peer (kQueuePackets, kQueueBytes) or of all
    // (kQueueBytesInAll) is reached: drop-tail.
    [[nodiscard]] bool push(Instant now, Peer& peer, Bytes packet);
    // The peer's oldest packet; nothing where it has none. Readable until the next call.
    [[nodiscard]] std::optional<Bytes> pop(Peer& peer);

    // The peer (its index) whose oldest packet has waited for kQueueLifetime, or kNoIndex.
    [[nodiscard]] std::uint32_t overdue(Instant now) const;
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::size_t packets() const { return packets_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    // Everybody waits equally long, so that the order of arrival is the order of expiry.
    struct Slot {
        StoredPacket packet;
        Instant since;
        std::uint32_t peer = kNoIndex;
        std::uint32_t next_of_peer = kNoIndex;
        std::uint32_t older = kNoIndex;
        std::uint32_t newer = kNoIndex;  // also: next free slot
    };

    [[nodiscard]] std::uint32_t take_slot();

    PacketStore store_;
    std::vector<Slot> slots_;  // those used so far
    std::uint32_t first_free_ = kNoIndex;
    std::uint32_t oldest_ = kNoIndex;
    std::uint32_t newest_ = kNoIndex;
    std::size_t packets_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace miredo::teredo
