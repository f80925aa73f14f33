// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where packets lie between a socket and the engine. Receive batches own fixed slots, allocated
// once and touched by the kernel only as far as a packet needs; send batches borrow what is
// forwarded as it came and copy what the engine made into a bounded arena.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

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

    PacketSlots<kCapacity, 65536, 0> slots_;
    std::array<ReceivedDatagram, kCapacity> datagrams_{};
    std::size_t size_ = 0;
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

// The memory of what a send batch copies; enough for one packet of the largest size and many of
// those that the engine makes.
class CopyArena {
  public:
    static constexpr std::size_t kSize = std::size_t{128} * 1024;

    CopyArena() : storage_{std::make_unique_for_overwrite<std::byte[]>(kSize)} {}

    // The copy; an empty span where it does not fit (any more), or `bytes` is empty.
    [[nodiscard]] Bytes copy(Bytes bytes);
    [[nodiscard]] bool fits(std::size_t size) const { return size <= kSize - used_; }
    void clear() { used_ = 0; }

  private:
    std::unique_ptr<std::byte[]> storage_;
    std::size_t used_ = 0;
};

struct OutgoingDatagram {
    Endpoint to;
    Bytes bytes;
};

// Datagrams to be sent by one UdpSocket::send().
class DatagramSendBatch {
  public:
    static constexpr std::size_t kCapacity = 256;

    // Both: false, and nothing changes, where there is no room: send(), clear() and try again.
    // Borrowed bytes must stay valid and unchanged until the batch is sent.
    [[nodiscard]] bool append_borrowed(Endpoint to, Bytes bytes);
    // Into an empty batch, up to 65535 bytes always fit.
    [[nodiscard]] bool append_copied(Endpoint to, Bytes bytes);
    void clear();

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const OutgoingDatagram& operator[](std::size_t index) const {
        return datagrams_[index];
    }

  private:
    std::array<OutgoingDatagram, kCapacity> datagrams_{};
    std::size_t size_ = 0;
    CopyArena arena_;
};

// Packets to be written by one TunDevice::write() or RawIpv6Socket::send(). As above.
class PacketSendBatch {
  public:
    static constexpr std::size_t kCapacity = 256;

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
