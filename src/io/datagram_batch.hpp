// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where datagrams lie between a UDP socket and the engine. A receive batch owns fixed slots,
// allocated once and touched by the kernel only as far as a datagram needs; a send batch borrows
// what is forwarded as it came and copies what the engine made into a bounded arena.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>

#include <sys/socket.h>
#include <sys/uio.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "io/copy_arena.hpp"

namespace miredo::io {

struct ReceivedDatagram {
    Endpoint from;
    std::uint8_t tos;    // of the IPv4 header: DSCP and ECN
    MutableBytes bytes;  // valid until the next receive() into the batch
};

// Datagrams that came one after the other from one endpoint, and that the kernel gives as one
// (UDP_GRO); often just one.
struct DatagramRun {
    Endpoint from;
    std::uint8_t tos = 0;
    MutableBytes bytes;            // of all, one behind the other
    std::size_t segment_size = 0;  // of each but the last, which may be shorter; 0: one, empty

    [[nodiscard]] std::size_t count() const {
        return bytes.empty() ? 1 : (bytes.size() + segment_size - 1) / segment_size;
    }
};

// What one receive() of a UdpSocket gives. Room for the largest UDP payload over IPv4 (65507).
class DatagramReceiveBatch {
  public:
    static constexpr std::size_t kCapacity = 64;  // runs

    // One datagram after the other, in the order in which they came; cuts runs as it goes.
    class Iterator {
      public:
        // NOLINTBEGIN(readability-identifier-naming): the standard library's names
        using value_type = ReceivedDatagram;
        using reference = ReceivedDatagram;
        using pointer = void;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::forward_iterator_tag;
        // NOLINTEND(readability-identifier-naming)

        Iterator() = default;
        [[nodiscard]] ReceivedDatagram operator*() const {
            const std::size_t left = run_->bytes.size() - offset_;
            return {run_->from,
                    run_->tos,
                    run_->bytes.subspan(offset_, std::min(run_->segment_size, left))};
        }
        Iterator& operator++() {
            offset_ += run_->segment_size;
            if (offset_ >= run_->bytes.size()) {
                offset_ = 0;
                ++run_;
            }
            return *this;
        }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        [[nodiscard]] bool operator==(const Iterator&) const = default;

      private:
        friend class DatagramReceiveBatch;
        explicit Iterator(const DatagramRun* run) : run_{run} {}

        const DatagramRun* run_ = nullptr;
        std::size_t offset_ = 0;
    };

    DatagramReceiveBatch();
    DatagramReceiveBatch(const DatagramReceiveBatch&) = delete;
    DatagramReceiveBatch& operator=(const DatagramReceiveBatch&) = delete;
    DatagramReceiveBatch(DatagramReceiveBatch&&) = delete;
    DatagramReceiveBatch& operator=(DatagramReceiveBatch&&) = delete;
    ~DatagramReceiveBatch();

    [[nodiscard]] std::span<const DatagramRun> runs() const {
        return std::span{runs_}.first(run_count_);
    }
    // Datagrams, in all runs.
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    // Only where there is one.
    [[nodiscard]] ReceivedDatagram front() const { return *begin(); }
    [[nodiscard]] Iterator begin() const { return Iterator{runs_.data()}; }
    [[nodiscard]] Iterator end() const { return Iterator{runs_.data() + run_count_}; }

  private:
    friend class UdpSocket;
    struct Headers;

    // Slots for the next receive(): few where much has come with the last one, so that it is still
    // in the processor's cache when it is passed on.
    [[nodiscard]] std::size_t wanted_slots() const;
    // Makes the headers ready for one more recvmmsg().
    [[nodiscard]] mmsghdr* prepare(std::size_t count);
    // What came into the first `count` slots; returns how many were cut off, and are not taken.
    std::size_t take(std::size_t count);

    std::unique_ptr<std::byte[]> slots_;
    std::unique_ptr<Headers> headers_;
    std::array<DatagramRun, kCapacity> runs_{};
    std::size_t run_count_ = 0;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

struct OutgoingDatagram {
    Endpoint to;
    std::uint8_t tos;               // for the IPv4 header
    std::size_t size;               // of all pieces
    std::span<const iovec> pieces;  // in a row with those of the next datagram
};

// Datagrams to be sent, in this order, by one UdpSocket::send(). Each has one or two pieces.
class DatagramSendBatch {
  public:
    static constexpr std::size_t kCapacity = 1024;

    // All: false, and nothing changes, where there is no room: send(), clear() and try again.
    // Borrowed bytes must stay valid and unchanged until the batch is sent. `tos` goes into the
    // IPv4 header.
    [[nodiscard]] bool append_borrowed(Endpoint to, Bytes bytes, std::uint8_t tos = 0) {
        return append_borrowed(to, bytes, {}, tos);
    }
    [[nodiscard]] bool
    append_borrowed(Endpoint to, Bytes header, Bytes payload, std::uint8_t tos = 0);
    // Into an empty batch, up to 65535 bytes always fit.
    [[nodiscard]] bool append_copied(Endpoint to, Bytes bytes, std::uint8_t tos = 0);
    void clear();

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    // Valid until the batch is changed.
    [[nodiscard]] OutgoingDatagram operator[](std::size_t index) const {
        const Entry& entry = entries_[index];
        return {entry.to,
                entry.tos,
                entry.size,
                std::span{pieces_}.subspan(entry.piece, entry.piece_count)};
    }

  private:
    struct Entry {
        Endpoint to;
        std::uint32_t size;
        std::uint16_t piece;  // the first of it
        std::uint8_t piece_count;
        std::uint8_t tos;
    };

    std::array<Entry, kCapacity> entries_;
    std::array<iovec, 2 * kCapacity> pieces_;
    std::size_t size_ = 0;
    std::size_t piece_count_ = 0;
    CopyArena arena_;
};

}  // namespace miredo::io
