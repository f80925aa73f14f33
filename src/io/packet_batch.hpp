// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where packets lie between a tun device and the engine. A receive batch packs what it reads into
// one buffer, allocated once; a send batch borrows what is forwarded as it came and copies what the
// engine made into a bounded arena.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.hpp"
#include "base/segmentation.hpp"
#include "io/copy_arena.hpp"
#include "io/virtio_header.hpp"

namespace miredo::io {

struct ReceivedPacket {
    MutableBytes bytes;  // valid until the next read() into the batch
    Segmentation about;
};

// What one read() of a TunDevice gives: many small packets, or as many large ones as there is room
// for. Each begins at a multiple of 64 bytes.
class PacketReceiveBatch {
  public:
    static constexpr std::size_t kCapacity = 64;
    // RFC 8200 §3: a header, and what its payload length can say.
    static constexpr std::size_t kMaxPacket = 40 + 65535;
    // At least so many of the largest size.
    static constexpr std::size_t kLargePackets = 16;

    // Left uninitialised: the kernel gives memory page by page when a packet is first written.
    PacketReceiveBatch()
        : storage_{std::make_unique_for_overwrite<Line[]>(kBufferSize / kAlignment)} {}

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const ReceivedPacket& operator[](std::size_t index) const {
        return packets_[index];
    }
    [[nodiscard]] const ReceivedPacket* begin() const { return packets_.data(); }
    [[nodiscard]] const ReceivedPacket* end() const { return packets_.data() + size_; }

  private:
    friend class TunDevice;

    static constexpr std::size_t kAlignment = 64;
    struct alignas(kAlignment) Line {
        std::array<std::byte, kAlignment> bytes;
    };
    // For the largest packet with the header in front, and a byte that tells whether it was larger.
    static constexpr std::size_t kRoom =
        (kVirtioHeaderSize + kMaxPacket + kAlignment) / kAlignment * kAlignment;
    static constexpr std::size_t kBufferSize = kAlignment + kLargePackets * kRoom;

    void clear();
    // Where the next read() may write; empty where there is no room for the largest packet. What
    // follows `headroom` bytes begins at a multiple of kAlignment.
    [[nodiscard]] MutableBytes room(std::size_t headroom) const;
    void take(MutableBytes packet, const Segmentation& about);

    std::unique_ptr<Line[]> storage_;
    std::array<ReceivedPacket, kCapacity> packets_{};
    std::size_t size_ = 0;
    std::size_t next_ = kAlignment;  // where the next packet begins
};

struct OutgoingPacket {
    Segmentation about;
    std::span<const Bytes> pieces;  // one behind the other; never none

    [[nodiscard]] std::size_t size() const;
    // Whether it can be told to the kernel by a virtio-net header only.
    [[nodiscard]] bool needs_header() const {
        return about.kind != SegmentationKind::kNone || about.needs_checksum;
    }
};

// Packets to be written by one TunDevice::write() or RawIpv6Socket::send().
class PacketSendBatch {
  public:
    static constexpr std::size_t kCapacity = 1024;

    // All: false, and nothing changes, where there is no room: write(), clear() and try again.
    // Borrowed bytes must stay valid and unchanged until the batch is written.
    [[nodiscard]] bool append_borrowed(Bytes packet);
    // Into an empty batch, up to 65535 bytes always fit.
    [[nodiscard]] bool append_copied(Bytes packet);
    // A packet or super-packet in pieces, at least one; the list of them is borrowed, too.
    [[nodiscard]] bool append_pieces(const Segmentation& about, std::span<const Bytes> pieces);
    void clear();

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    // Valid until the batch is changed.
    [[nodiscard]] OutgoingPacket operator[](std::size_t index) const {
        const Entry& entry = entries_[index];
        return {entry.about, entry.pieces.empty() ? std::span{&entry.whole, 1} : entry.pieces};
    }

  private:
    struct Entry {
        Bytes whole;
        std::span<const Bytes> pieces;  // instead, where it is not empty
        Segmentation about;
    };

    std::array<Entry, kCapacity> entries_;
    std::size_t size_ = 0;
    CopyArena arena_;
};

}  // namespace miredo::io
