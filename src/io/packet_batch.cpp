// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/packet_batch.hpp"

#include <algorithm>

namespace miredo::io {

Bytes CopyArena::copy(Bytes bytes) {
    if (!fits(bytes.size())) {
        return {};
    }
    std::byte* const to = storage_.get() + used_;
    std::copy(bytes.begin(), bytes.end(), to);
    used_ += bytes.size();
    return {to, bytes.size()};
}

bool DatagramSendBatch::append_borrowed(Endpoint to, Bytes bytes) {
    if (size_ == kCapacity) {
        return false;
    }
    datagrams_[size_++] = {to, bytes};
    return true;
}

bool DatagramSendBatch::append_copied(Endpoint to, Bytes bytes) {
    return size_ < kCapacity && arena_.fits(bytes.size()) &&
           append_borrowed(to, arena_.copy(bytes));
}

void DatagramSendBatch::clear() {
    size_ = 0;
    arena_.clear();
}

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
