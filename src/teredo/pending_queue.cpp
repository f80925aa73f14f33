// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/pending_queue.hpp"

#include <utility>

#include "teredo/constants.hpp"

namespace miredo::teredo {

PendingQueue::PendingQueue() : store_{kQueueBytesInAll, kQueueBytes} {
    slots_.reserve(store_.block_count());
}

// As many slots as blocks: where a block is left, so is a slot.
std::uint32_t PendingQueue::take_slot() {
    if (first_free_ == kNoIndex) {
        slots_.emplace_back();
        return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    return std::exchange(first_free_, slots_[first_free_].newer);
}

bool PendingQueue::push(Instant now, Peer& peer, Bytes packet) {
    PendingPackets& pending = peer.pending;
    if (peer.pending_packets >= kQueuePackets || packet.size() > kQueueBytes - pending.bytes) {
        return false;
    }
    const std::optional<StoredPacket> stored = store_.store(packet);
    if (!stored) {
        return false;
    }
    const std::uint32_t index = take_slot();
    Slot& slot = slots_[index];
    slot = {*stored, now, peer.index, kNoIndex, newest_, kNoIndex};
    (newest_ == kNoIndex ? oldest_ : slots_[newest_].newer) = index;
    newest_ = index;
    (pending.tail == kNoIndex ? pending.head : slots_[pending.tail].next_of_peer) = index;
    pending.tail = index;
    ++peer.pending_packets;
    pending.bytes = static_cast<std::uint16_t>(pending.bytes + packet.size());
    ++packets_;
    bytes_ += packet.size();
    return true;
}

std::optional<Bytes> PendingQueue::pop(Peer& peer) {
    if (peer.pending_packets == 0) {
        return std::nullopt;
    }
    PendingPackets& pending = peer.pending;
    const std::uint32_t index = pending.head;
    Slot& slot = slots_[index];
    const Bytes packet = store_.take(slot.packet);
    (slot.older == kNoIndex ? oldest_ : slots_[slot.older].newer) = slot.newer;
    (slot.newer == kNoIndex ? newest_ : slots_[slot.newer].older) = slot.older;
    pending.head = slot.next_of_peer;
    if (pending.head == kNoIndex) {
        pending.tail = kNoIndex;
    }
    slot.newer = first_free_;
    first_free_ = index;
    --peer.pending_packets;
    pending.bytes = static_cast<std::uint16_t>(pending.bytes - packet.size());
    --packets_;
    bytes_ -= packet.size();
    return packet;
}

std::uint32_t PendingQueue::overdue(Instant now) const {
    const std::optional<Instant> deadline = next_deadline();
    return deadline && *deadline <= now ? slots_[oldest_].peer : kNoIndex;
}

std::optional<Instant> PendingQueue::next_deadline() const {
    if (oldest_ == kNoIndex) {
        return std::nullopt;
    }
    return slots_[oldest_].since + kQueueLifetime;
}

}  // namespace miredo::teredo
