// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/held_packets.hpp"

#include <algorithm>

namespace miredo::teredo {

// One block more for each packet: that none is refused for the rounding of others.
HeldPackets::HeldPackets()
    : store_{kHeldBytes + kHeldPackets * PacketStore::kBlockSize, kHeldBytes} {
    entries_.reserve(kHeldPackets);
}

void HeldPackets::hold(
    Instant now, const Ipv6Address& source, Endpoint relay, Bytes packet, bool tested) {
    if (const std::optional<StoredPacket> stored = store_.store(packet)) {
        entries_.push_back({source, relay, *stored, now, tested});
        bytes_ += packet.size();
    }
}

std::optional<HeldPackets::Held> HeldPackets::release(const Ipv6Address& source) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].source == source) {
            const Endpoint relay = entries_[i].relay;
            return Held{relay, remove(i)};
        }
    }
    return std::nullopt;
}

bool HeldPackets::has(const Ipv6Address& source) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.source == source;
    });
}

bool HeldPackets::is_being_tested(Instant now, const Ipv6Address& source) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.tested && entry.source == source && now - entry.since < kAttemptInterval;
    });
}

std::size_t HeldPackets::expire(Instant now) {
    std::size_t expired = 0;
    while (!entries_.empty() && entries_.front().since + kQueueLifetime <= now) {
        remove(0);
        ++expired;
    }
    return expired;
}

std::size_t HeldPackets::clear() {
    const std::size_t cleared = entries_.size();
    while (!entries_.empty()) {
        remove(0);
    }
    return cleared;
}

std::optional<Instant> HeldPackets::next_deadline() const {
    if (entries_.empty()) {
        return std::nullopt;
    }
    return entries_.front().since + kQueueLifetime;
}

Bytes HeldPackets::remove(std::size_t index) {
    const StoredPacket packet = entries_[index].packet;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
    bytes_ -= packet.size;
    return store_.take(packet);
}

}  // namespace miredo::teredo
