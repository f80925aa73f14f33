// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/packet_batch.hpp"

namespace miredo::io {

bool PacketSendBatch::append_borrowed(Bytes packet) {
    if (size_ == kCapacity) {
        return false;
    }
    packets_[size_++] = packet;
    return true;
}

bool PacketSendBatch::append_copied(Bytes packet) {
    return size_ < kCapacity && arena_.fits(packet.size()) && append_borrowed(arena_.copy(packet));
}

void PacketSendBatch::clear() {
    size_ = 0;
    arena_.clear();
}

}  // namespace miredo::io
