// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What two tun devices can carry at best: passes packets and super-packets from one to the other as
// they are, without socket, peers or checks. The limit that a tunnel in user space is measured by.
//
//   tun_ceiling NETWORK-NAMESPACE DEVICE NETWORK-NAMESPACE DEVICE
//
// Both devices exist (mode tun, vnet_hdr). Says "ready" and runs until it is killed.
#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "base/bytes.hpp"
#include "io/packet_batch.hpp"
#include "io/tun_device.hpp"
#include "io/unique_fd.hpp"

namespace {

using miredo::io::TunDevice;
using miredo::io::TunState;
using miredo::io::UniqueFd;

// Leaves this process in the namespace of the device: it makes nothing else there.
std::optional<TunDevice> attach(const char* network, const char* name) {
    const UniqueFd there{::open(network, O_RDONLY | O_CLOEXEC)};
    if (there.get() < 0 || ::setns(there.get(), CLONE_NEWNET) != 0) {
        std::cerr << "tun_ceiling: " << network << ": " << std::strerror(errno) << '\n';
        return std::nullopt;
    }
    UniqueFd tun{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
    std::string_view{name}.copy(request.ifr_name, IFNAMSIZ - 1);
    if (tun.get() < 0 || ::ioctl(tun.get(), TUNSETIFF, &request) != 0) {
        std::cerr << "tun_ceiling: " << name << ": " << std::strerror(errno) << '\n';
        return std::nullopt;
    }
    auto device = TunDevice::adopt(std::move(tun));
    if (!device) {
        std::cerr << "tun_ceiling: " << device.error().what << '\n';
        return std::nullopt;
    }
    return std::move(*device);
}

class Passage {
  public:
    // One batch. False where one of the devices is gone.
    bool pass(TunDevice& from, TunDevice& to) {
        const auto read = from.read(received_);
        sent_.clear();
        for (std::size_t i = 0; i < received_.size(); ++i) {
            pieces_.at(i) = received_[i].bytes;
            // There is room: what is sent at once is what was received at once.
            (void)sent_.append_pieces(received_[i].about, std::span{&pieces_.at(i), 1});
        }
        return to.write(sent_).state != TunState::kGone && read.state != TunState::kGone;
    }

  private:
    miredo::io::PacketReceiveBatch received_;
    miredo::io::PacketSendBatch sent_;
    std::array<miredo::Bytes, miredo::io::PacketReceiveBatch::kCapacity> pieces_{};
};

void run(TunDevice& one, TunDevice& other) {
    const auto passage = std::make_unique<Passage>();
    std::array<pollfd, 2> waiting{{{one.fd(), POLLIN, 0}, {other.fd(), POLLIN, 0}}};
    bool usable = true;
    while (usable) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
            return;
        }
        if ((waiting[0].revents & POLLIN) != 0) {
            usable = passage->pass(one, other);
        }
        if ((waiting[1].revents & POLLIN) != 0) {
            usable = passage->pass(other, one) && usable;
        }
        usable = usable && ((waiting[0].revents | waiting[1].revents) & (POLLERR | POLLHUP)) == 0;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: tun_ceiling NETWORK-NAMESPACE DEVICE NETWORK-NAMESPACE DEVICE\n";
        return 2;
    }
    auto one = attach(argv[1], argv[2]);
    auto other = one ? attach(argv[3], argv[4]) : std::nullopt;
    if (!other) {
        return 1;
    }
    std::cout << "ready" << std::endl;
    run(*one, *other);
    std::cerr << "tun_ceiling: a device is gone\n";
    return 1;
}
