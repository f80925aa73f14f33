// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where packets lie between a tun device and the engine. A receive batch owns fixed slots,
// allocated once and touched by the kernel only as far as a packet needs; a send batch borrows what
// is forwarded as it came and copies what the engine made into a bounded arena.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/bytes.hpp"
#include "io/copy_arena.hpp"

namespace miredo::io {

// Count slots of SlotSize bytes, each with Headroom bytes in front that belong to it.
template <std::size_t Count, std::size_t SlotSize, std::size_t Headroom>
class PacketSlots {
  public:
    static constexpr std::size_t kStride = (Headroom + SlotSize + 63) / 64 * 64;

    // Left uninitialised: the kernel gives memory page by page when a packet is first written.
    PacketSlots() : storage_{std::make_unique_for_overwrite<std::byte[]>(Count * kStride)} {}

    [[nodiscard]] MutableBytes slot(std::size_t index) const {
        return {storage_.get() + index * kStride + Headroom, SlotSize};
    }

  private:
    std::unique_ptr<std::byte[]> storage_;
};

// What one read() of a TunDevice gives. In front of each packet there is room for the virtio-net
// header (10 bytes, 12 with merged buffers) that the kernel writes there once offloads are on.
class PacketReceiveBatch {
  public:
    static constexpr std::size_t kCapacity = 64;
    static constexpr std::size_t kHeadroom = 16;

    [[nodiscard]] std::size_t size() const { return size_; }
    // Valid until the next read() into the batch.
    [[nodiscard]] Bytes operator[](std::size_t index) const { return packets_[index]; }
    [[nodiscard]] const Bytes* begin() const { return packets_.data(); }
    [[nodiscard]] const Bytes* end() const { return packets_.data() + size_; }

  private:
    friend class TunDevice;

    PacketSlots<kCapacity, 65536, kHeadroom> slots_;
    std::array<Bytes, kCapacity> packets_{};
    std::size_t size_ = 0;
};

// Packets to be written by one TunDevice::write() or RawIpv6Socket::send().
class PacketSendBatch {
  public:
    static constexpr std::size_t kCapacity = 256;

    // Both: false, and nothing changes, where there is no room: write(), clear() and try again.
    // Borrowed bytes must stay valid and unchanged until the batch is written; up to 65535 bytes
    // can always be copied into an empty batch.
    [[nodiscard]] bool append_borrowed(Bytes packet);
    [[nodiscard]] bool append_copied(Bytes packet);
    void clear();

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Bytes operator[](std::size_t index) const { return packets_[index]; }

  private:
    std::array<Bytes, kCapacity> packets_{};
    std::size_t size_ = 0;
    CopyArena arena_;
};

}  // namespace miredo::io
