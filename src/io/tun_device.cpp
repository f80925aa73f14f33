// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/tun_device.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace miredo::io {
namespace {

// TUN_F_USO4 | TUN_F_USO6 (Linux 6.2), which the headers of Debian 12 don't know.
constexpr unsigned kUso = 0x20U | 0x40U;

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

std::uint64_t packets_in(const OutgoingPacket& packet) {
    if (packet.about.kind == SegmentationKind::kNone) {
        return 1;
    }
    const std::size_t size = packet.size();
    const std::size_t payload = size - std::min<std::size_t>(size, packet.about.header_size);
    const std::size_t segment = std::max<std::size_t>(packet.about.segment_size, 1);
    return std::max<std::uint64_t>((payload + segment - 1) / segment, 1);
}

}  // namespace

// For write(): allocated once.
struct TunDevice::Scratch {
    std::array<std::byte, kVirtioHeaderSize> header;
    std::array<iovec, 1 + kMaxPieces> pieces;
    std::array<std::uint16_t, PacketSendBatch::kCapacity> refused;
};

TunDevice::TunDevice(UniqueFd fd, std::string name, std::uint32_t index)
    : fd_{std::move(fd)},
      name_{std::move(name)},
      index_{index},
      scratch_{std::make_unique_for_overwrite<Scratch>()} {}

TunDevice::TunDevice(TunDevice&&) noexcept = default;
TunDevice& TunDevice::operator=(TunDevice&&) noexcept = default;
TunDevice::~TunDevice() = default;

Expected<TunDevice> TunDevice::adopt(UniqueFd fd, const TunOptions& options) {
    ifreq request{};
    if (::ioctl(fd.get(), TUNGETIFF, &request) != 0) {
        return adopt_failure("not a tun device's descriptor", "");
    }
    const std::string name = request.ifr_name;
    // IFF_NO_PI cannot be checked: the same bit says here that no socket filter is attached.
    if ((request.ifr_flags & (IFF_TUN | IFF_TAP)) != IFF_TUN) {
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
    TunDevice device{std::move(fd), name, index};
    if ((request.ifr_flags & IFF_VNET_HDR) != 0) {
        const int size = kVirtioHeaderSize;
        if (::ioctl(device.fd(), TUNSETVNETHDRSZ, &size) != 0) {
            return adopt_failure("cannot set up the tunnel device's packet format", name);
        }
        device.offloads_.header = true;
        device.negotiate(options);
    } else {
        device.offloads_.tcp.error_number = options.tcp ? EOPNOTSUPP : 0;
        device.offloads_.udp.error_number = options.udp ? EOPNOTSUPP : 0;
    }
    return device;
}

// The kernel refuses what it does not know, so the best comes first. TSO6 does not need TSO4, but
// USO6 needs USO4.
void TunDevice::negotiate(const TunOptions& options) {
    const unsigned tcp = options.tcp ? TUN_F_TSO6 : 0U;
    const unsigned udp = options.udp ? kUso : 0U;
    const auto set = [this](unsigned wanted) {
        const unsigned flags = wanted == 0 ? 0U : wanted | TUN_F_CSUM;
        return ::ioctl(fd_.get(), TUNSETOFFLOAD, static_cast<unsigned long>(flags)) == 0;
    };
    unsigned got = 0;
    int error_number = 0;
    for (const unsigned wanted : {tcp | udp, tcp, 0U}) {
        if (set(wanted)) {
            got = wanted;
            break;
        }
        error_number = errno;
    }
    const auto outcome = [got, error_number](unsigned asked) {
        const bool on = asked != 0 && (got & asked) == asked;
        return Offload{on, asked != 0 && !on ? error_number : 0};
    };
    offloads_.tcp = outcome(tcp);
    offloads_.udp = outcome(udp);
}

TunReadOutcome TunDevice::read(PacketReceiveBatch& batch) {
    TunReadOutcome outcome;
    batch.clear();
    const std::size_t headroom = offloads_.header ? kVirtioHeaderSize : 0;
    // Packets that are not taken leave their place to the next, but count here.
    for (std::size_t i = 0; i < PacketReceiveBatch::kCapacity; ++i) {
        const MutableBytes room = batch.room(headroom);
        if (room.empty()) {
            return outcome;
        }
        const ssize_t count = ::read(fd_.get(), room.data(), room.size());
        if (count > 0) {
            if (!take(room.first(static_cast<std::size_t>(count)), batch)) {
                ++outcome.malformed;
                ++offloads_.malformed;
            }
        } else if (count == 0 || errno != EINTR) {
            // Whatever it was, the next wake-up tries again.
            outcome.drained = true;
            outcome.state = count == 0 ? TunState::kUsable : state_after(errno);
            return outcome;
        }
    }
    return outcome;
}

// False where the packet is none.
bool TunDevice::take(MutableBytes read, PacketReceiveBatch& batch) const {
    Segmentation about;
    if (offloads_.header) {
        if (read.size() <= kVirtioHeaderSize) {
            return false;
        }
        const auto header = read.first<kVirtioHeaderSize>();
        read = read.subspan(kVirtioHeaderSize);
        const auto parsed = parse_virtio_header(header, read.size());
        if (!parsed) {
            return false;
        }
        about = *parsed;
    }
    if (read.size() > PacketReceiveBatch::kMaxPacket) {
        return false;
    }
    batch.take(read, about);
    return true;
}

TunWriteOutcome TunDevice::write(const PacketSendBatch& batch) {
    TunWriteOutcome outcome;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const OutgoingPacket packet = batch[i];
        const int error_number = takes(packet) ? write_one(packet) : EOPNOTSUPP;
        if (error_number == 0) {
            outcome.counts.sent += packets_in(packet);
            outcome.counts.bytes += packet.size();
            continue;
        }
        const TunState state = state_after(error_number);
        if (state != TunState::kUsable) {
            outcome.state = state;
        }
        if (packet.needs_header() && state == TunState::kUsable && error_number != EAGAIN) {
            scratch_->refused[refused++] = static_cast<std::uint16_t>(i);
        } else {
            outcome.counts.count_error(error_number, packets_in(packet));
        }
    }
    offloads_.refused_super_packets += refused;
    outcome.refused = std::span{scratch_->refused}.first(refused);
    return outcome;
}

bool TunDevice::takes(const OutgoingPacket& packet) const {
    if (packet.pieces.size() > kMaxPieces) {
        return false;
    }
    switch (packet.about.kind) {
    case SegmentationKind::kTcp:
        return offloads_.tcp.on;
    case SegmentationKind::kUdp:
        return offloads_.udp.on;
    case SegmentationKind::kNone:
        break;
    }
    return offloads_.header || !packet.about.needs_checksum;
}

// 0, or why not.
int TunDevice::write_one(const OutgoingPacket& packet) {
    std::size_t count = 0;
    if (offloads_.header) {
        write_virtio_header(scratch_->header, packet.about);
        scratch_->pieces[count++] = {scratch_->header.data(), scratch_->header.size()};
    }
    for (const Bytes piece : packet.pieces) {
        // The kernel only reads through it; the structure serves both directions.
        scratch_->pieces[count++] = {const_cast<std::byte*>(piece.data()), piece.size()};
    }
    ssize_t written = -1;
    do {
        written = ::writev(fd_.get(), scratch_->pieces.data(), static_cast<int>(count));
    } while (written < 0 && errno == EINTR);
    return written < 0 ? errno : 0;
}

}  // namespace miredo::io
