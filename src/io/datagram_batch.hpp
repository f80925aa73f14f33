// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where datagrams lie between a UDP socket and the engine. A receive batch owns fixed slots,
// allocated once and touched by the kernel only as far as a datagram needs; a send batch borrows
// what is forwarded as it came and copies what the engine made into a bounded arena.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <sys/uio.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "io/copy_arena.hpp"

namespace miredo::io {

// Count slots of SlotSize bytes.
template <std::size_t Count, std::size_t SlotSize>
class DatagramSlots {
  public:
    static constexpr std::size_t kStride = (SlotSize + 63) / 64 * 64;

    // Left uninitialised: the kernel gives memory page by page when a datagram is first written.
    DatagramSlots() : storage_{std::make_unique_for_overwrite<std::byte[]>(Count * kStride)} {}

    [[nodiscard]] MutableBytes slot(std::size_t index) const {
        return {storage_.get() + index * kStride, SlotSize};
    }

  private:
    std::unique_ptr<std::byte[]> storage_;
};

struct ReceivedDatagram {
    Endpoint from;
    Ipv4Address to;                 // the local address it was sent to (IP_PKTINFO)
    std::uint32_t interface_index;  // where it came in; 0 where unknown
    Bytes bytes;                    // valid until the next receive() into the batch
};

// What one receive() of a UdpSocket gives. Room for the largest UDP payload over IPv4 (65507).
class DatagramReceiveBatch {
  public:
    static constexpr std::size_t kCapacity = 64;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const ReceivedDatagram& operator[](std::size_t index) const {
        return datagrams_[index];
    }
    [[nodiscard]] const ReceivedDatagram* begin() const { return datagrams_.data(); }
    [[nodiscard]] const ReceivedDatagram* end() const { return datagrams_.data() + size_; }

  private:
    friend class UdpSocket;

    DatagramSlots<kCapacity, 65536> slots_;
    std::array<ReceivedDatagram, kCapacity> datagrams_{};
    std::size_t size_ = 0;
};

struct OutgoingDatagram {
    Endpoint to;
    std::size_t size;               // of all pieces
    std::span<const iovec> pieces;  // in a row with those of the next datagram
};

// Datagrams to be sent, in this order, by one UdpSocket::send(). Each has one or two pieces.
class DatagramSendBatch {
  public:
    static constexpr std::size_t kCapacity = 1024;

    // All: false, and nothing changes, where there is no room: send(), clear() and try again.
    // Borrowed bytes must stay valid and unchanged until the batch is sent.
    [[nodiscard]] bool append_borrowed(Endpoint to, Bytes bytes);
    [[nodiscard]] bool append_borrowed(Endpoint to, Bytes header, Bytes payload);
    // Into an empty batch, up to 65535 bytes always fit.
    [[nodiscard]] bool append_copied(Endpoint to, Bytes bytes);
    void clear();

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    // Valid until the batch is changed.
    [[nodiscard]] OutgoingDatagram operator[](std::size_t index) const {
        const Entry& entry = entries_[index];
        return {entry.to, entry.size, std::span{pieces_}.subspan(entry.piece, entry.piece_count)};
    }

  private:
    struct Entry {
        Endpoint to;
        std::uint32_t size;
        std::uint16_t piece;  // the first of it
        std::uint16_t piece_count;
    };

    std::array<Entry, kCapacity> entries_;
    std::array<iovec, 2 * kCapacity> pieces_;
    std::size_t size_ = 0;
    std::size_t piece_count_ = 0;
    CopyArena arena_;
};

}  // namespace miredo::io
