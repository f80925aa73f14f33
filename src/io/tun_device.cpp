// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/tun_device.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace miredo::io {
namespace {

Failure<Error> adopt_failure(const char* what, const std::string& where) {
    return Failure{Error{what, where, errno, ""}};
}

// What an error of read() or write() says about the device.
TunState state_after(int error_number) {
    switch (error_number) {
    case EIO:
        return TunState::kDown;
    case EBADFD:
    case EBADF:
    case EFAULT:  // the queue was taken from under a reader
    case ENODEV:
        return TunState::kGone;
    default:
        return TunState::kUsable;
    }
}

}  // namespace

Expected<TunDevice> TunDevice::adopt(UniqueFd fd) {
    ifreq request{};
    if (::ioctl(fd.get(), TUNGETIFF, &request) != 0) {
        return adopt_failure("not a tun device's descriptor", "");
    }
    const std::string name = request.ifr_name;
    // IFF_NO_PI cannot be checked: the same bit says here that no socket filter is attached.
    if ((request.ifr_flags & (IFF_TUN | IFF_TAP | IFF_VNET_HDR)) != IFF_TUN) {
        errno = EINVAL;
        return adopt_failure("the tunnel device has another packet format", name);
    }
    const unsigned index = ::if_nametoindex(name.c_str());
    if (index == 0) {
        return adopt_failure("cannot find the tunnel device", name);
    }
    const int flags = ::fcntl(fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        return adopt_failure("cannot set up the tunnel device", name);
    }
    return TunDevice{std::move(fd), name, index};
}

TunReadOutcome TunDevice::read(PacketReceiveBatch& batch) {
    TunReadOutcome outcome;
    batch.size_ = 0;
    while (batch.size_ < PacketReceiveBatch::kCapacity) {
        const MutableBytes slot = batch.slots_.slot(batch.size_);
        const ssize_t count = ::read(fd_.get(), slot.data(), slot.size());
        if (count > 0) {
            batch.packets_[batch.size_++] = slot.first(static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            // Whatever it was, the next wake-up tries again.
            outcome.drained = true;
            outcome.state = count == 0 ? TunState::kUsable : state_after(errno);
            return outcome;
        }
    }
    return outcome;
}

TunWriteOutcome TunDevice::write(const PacketSendBatch& batch) {
    TunWriteOutcome outcome;
    std::size_t i = 0;
    while (i < batch.size()) {
        const Bytes packet = batch[i];
        if (::write(fd_.get(), packet.data(), packet.size()) >= 0) {
            ++outcome.counts.sent;
            outcome.counts.bytes += packet.size();
            ++i;
        } else if (errno != EINTR) {
            const int error_number = errno;
            outcome.counts.count_error(error_number);
            if (state_after(error_number) != TunState::kUsable) {
                outcome.state = state_after(error_number);
            }
            ++i;
        }
    }
    return outcome;
}

}  // namespace miredo::io
