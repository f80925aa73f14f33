// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The unprivileged side of a tun device that the broker made (IFF_TUN | IFF_NO_PI): packets in
// batches, and what the device's state lets happen to them.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "io/packet_batch.hpp"
#include "io/send_counts.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

enum class TunState : std::uint8_t {
    kUsable,
    kDown,  // the interface is not up (EIO): packets are dropped until it is
    kGone,  // the device was deleted (EBADFD, POLLERR): the descriptor is of no more use
};

struct TunReadOutcome {
    TunState state = TunState::kUsable;
    bool drained = false;  // nothing more to read now; else read() again
};

struct TunWriteOutcome {
    TunState state = TunState::kUsable;
    SendCounts counts;
};

class TunDevice {
  public:
    // Takes over a descriptor that is bound to a tun device, makes it non-blocking and asks the
    // kernel which device it is. Fails for any other descriptor.
    [[nodiscard]] static Expected<TunDevice> adopt(UniqueFd fd);

    [[nodiscard]] int fd() const { return fd_.get(); }
    // As at the time of adopt(): a device can be renamed, its index stays.
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint32_t index() const { return index_; }

    // Replaces the batch's contents by up to its capacity of packets. Never blocks.
    TunReadOutcome read(PacketReceiveBatch& batch);
    // Writes each packet, getting past those that the kernel refuses. Never blocks. Packets are
    // whole IPv6 packets; the caller has checked them.
    TunWriteOutcome write(const PacketSendBatch& batch);

  private:
    TunDevice(UniqueFd fd, std::string name, std::uint32_t index)
        : fd_{std::move(fd)}, name_{std::move(name)}, index_{index} {}

    UniqueFd fd_;
    std::string name_;
    std::uint32_t index_;
};

}  // namespace miredo::io
