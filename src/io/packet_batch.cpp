// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/packet_batch.hpp"

#include "io/rounding.hpp"

namespace miredo::io {

void PacketReceiveBatch::clear() {
    size_ = 0;
    next_ = kAlignment;
}

MutableBytes PacketReceiveBatch::room(std::size_t headroom) const {
    if (size_ == kCapacity || next_ + kMaxPacket + 1 > kBufferSize) {
        return {};
    }
    auto* const start = reinterpret_cast<std::byte*>(storage_.get());
    return {start + next_ - headroom, headroom + kMaxPacket + 1};
}

void PacketReceiveBatch::take(MutableBytes packet, const Segmentation& about) {
    packets_[size_++] = {packet, about};
    next_ = rounded_up(next_ + packet.size() + kVirtioHeaderSize, kAlignment);
}

std::size_t OutgoingPacket::size() const {
    std::size_t size = 0;
    for (const Bytes piece : pieces) {
        size += piece.size();
    }
    return size;
}

bool PacketSendBatch::append_borrowed(Bytes packet) {
    if (size_ == kCapacity) {
        return false;
    }
    entries_[size_++] = {packet, {}, {}};
    return true;
}

bool PacketSendBatch::append_copied(Bytes packet) {
    return size_ < kCapacity && arena_.fits(packet.size()) && append_borrowed(arena_.copy(packet));
}

bool PacketSendBatch::append_pieces(const Segmentation& about, std::span<const Bytes> pieces) {
    if (size_ == kCapacity) {
        return false;
    }
    entries_[size_++] = {{}, pieces, about};
    return true;
}

void PacketSendBatch::clear() {
    size_ = 0;
    arena_.clear();
}

}  // namespace miredo::io
