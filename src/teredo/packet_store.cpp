// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/packet_store.hpp"

#include <numeric>

namespace miredo::teredo {

PacketStore::PacketStore(std::size_t capacity, std::size_t largest)
    : scratch_(largest), next_(capacity / kBlockSize), free_blocks_{next_.size()} {
    std::iota(next_.begin(), next_.end(), 1U);
}

std::optional<StoredPacket> PacketStore::store(Bytes packet) {
    const std::size_t blocks = (packet.size() + kBlockSize - 1) / kBlockSize;
    if (blocks == 0 || blocks > free_blocks_ || packet.size() > scratch_.size()) {
        return std::nullopt;
    }
    if (memory_ == nullptr) {
        memory_ = std::make_unique_for_overwrite<std::byte[]>(next_.size() * kBlockSize);
    }
    const StoredPacket stored{first_free_, static_cast<std::uint32_t>(packet.size())};
    for (Bytes rest = packet; !rest.empty(); first_free_ = next_[first_free_]) {
        const Bytes part = rest.first(std::min(rest.size(), kBlockSize));
        std::copy(part.begin(), part.end(), block(first_free_).begin());
        rest = rest.subspan(part.size());
    }
    free_blocks_ -= blocks;
    return stored;
}

Bytes PacketStore::take(StoredPacket packet) {
    const MutableBytes whole = MutableBytes{scratch_}.first(packet.size);
    std::uint32_t index = packet.first_block;
    for (MutableBytes rest = whole; !rest.empty();) {
        const Bytes part = block(index).first(std::min(rest.size(), kBlockSize));
        std::copy(part.begin(), part.end(), rest.begin());
        rest = rest.subspan(part.size());
        const std::uint32_t next = next_[index];
        next_[index] = first_free_;
        first_free_ = index;
        ++free_blocks_;
        index = next;
    }
    return whole;
}

}  // namespace miredo::teredo
