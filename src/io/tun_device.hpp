// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The unprivileged side of a tun device that the broker made (IFF_TUN | IFF_NO_PI, with or without
// IFF_VNET_HDR): packets and super-packets in batches, and what the device's state lets happen to
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.hpp"
#include "io/offloads.hpp"
#include "io/packet_batch.hpp"
#include "io/send_counts.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

enum class TunState : std::uint8_t {
    kUsable,
    kDown,  // the interface is not up (EIO): packets are dropped until it is
    kGone,  // the device was deleted (EBADFD, POLLERR): the descriptor is of no more use
};

// Which super-packets may come and go, where device and kernel have them.
struct TunOptions {
    bool tcp = true;
    bool udp = true;
};

struct TunReadOutcome {
    TunState state = TunState::kUsable;
    bool drained = false;       // nothing more to read now; else read() again
    std::size_t malformed = 0;  // not in the batch: larger than a packet can be, or mislabelled
};

struct TunWriteOutcome {
    TunState state = TunState::kUsable;
    // A super-packet counts as the packets that can be cut off it.
    SendCounts counts;
    // Super-packets (and packets without checksum) that neither were written nor are in `counts`,
    // in order: the kernel or the options don't want them, but may want what they were made of.
    // Valid until the next write().
    std::span<const std::uint16_t> refused;
};

class TunDevice {
  public:
    static constexpr std::size_t kMaxPieces = 1023;  // IOV_MAX, and the header

    TunDevice(TunDevice&&) noexcept;
    TunDevice& operator=(TunDevice&&) noexcept;
    TunDevice(const TunDevice&) = delete;
    TunDevice& operator=(const TunDevice&) = delete;
    ~TunDevice();

    // Takes over a descriptor that is bound to a tun device, makes it non-blocking and asks the
    // kernel which device it is. Where packets have a virtio-net header, tells the kernel which
    // super-packets may come. Fails for any other descriptor.
    [[nodiscard]] static Expected<TunDevice> adopt(UniqueFd fd, const TunOptions& options = {});

    [[nodiscard]] int fd() const { return fd_.get(); }
    // As at the time of adopt(): a device can be renamed, its index stays.
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint32_t index() const { return index_; }

    [[nodiscard]] const TunOffloads& offloads() const { return offloads_; }

    // Replaces the batch's contents by as many packets as it has room for. Never blocks.
    TunReadOutcome read(PacketReceiveBatch& batch);
    // Writes each packet, getting past those that the kernel refuses. Never blocks. Packets are
    // whole IPv6 packets in at most kMaxPieces pieces; the caller has checked them.
    TunWriteOutcome write(const PacketSendBatch& batch);

  private:
    struct Scratch;

    TunDevice(UniqueFd fd, std::string name, std::uint32_t index);

    void negotiate(const TunOptions& options);
    [[nodiscard]] bool take(MutableBytes read, PacketReceiveBatch& batch) const;
    [[nodiscard]] bool takes(const OutgoingPacket& packet) const;
    [[nodiscard]] int write_one(const OutgoingPacket& packet);

    UniqueFd fd_;
    std::string name_;
    std::uint32_t index_;
    TunOffloads offloads_;
    std::unique_ptr<Scratch> scratch_;
};

}  // namespace miredo::io
