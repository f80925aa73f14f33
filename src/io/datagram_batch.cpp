// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/datagram_batch.hpp"

namespace miredo::io {
namespace {

iovec piece_of(Bytes bytes) {
    // The kernel only reads through it; the structure serves both directions.
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

bool DatagramSendBatch::append_borrowed(Endpoint to, Bytes bytes) {
    return append_borrowed(to, bytes, {});
}

bool DatagramSendBatch::append_borrowed(Endpoint to, Bytes header, Bytes payload) {
    if (size_ == kCapacity) {
        return false;
    }
    const auto count = static_cast<std::uint16_t>(payload.empty() ? 1 : 2);
    entries_[size_++] = {to,
                         static_cast<std::uint32_t>(header.size() + payload.size()),
                         static_cast<std::uint16_t>(piece_count_),
                         count};
    pieces_[piece_count_] = piece_of(header);
    if (count == 2) {
        pieces_[piece_count_ + 1] = piece_of(payload);
    }
    piece_count_ += count;
    return true;
}

bool DatagramSendBatch::append_copied(Endpoint to, Bytes bytes) {
    return size_ < kCapacity && arena_.fits(bytes.size()) &&
           append_borrowed(to, arena_.copy(bytes));
}

void DatagramSendBatch::clear() {
    size_ = 0;
    piece_count_ = 0;
    arena_.clear();
}

}  // namespace miredo::io
