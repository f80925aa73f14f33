// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// The tun device that a request makes or is about: inside the broker's server only.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/error.hpp"
#include "io/unique_fd.hpp"

namespace miredo::broker {

struct Device {
    std::string name;
    std::uint32_t index = 0;
};

// Which device a descriptor that somebody sent is bound to. Fails unless it is an attached
// descriptor of a tun (character device 10:200, not a tap) in the caller's network namespace.
[[nodiscard]] Expected<Device> identify_device(int fd);

struct NewDevice {
    io::UniqueFd descriptor;
    Device device;
    bool accept_ra_off = false;
};

// Makes a device of this (valid) name: of one queue, owned by `owner` and `group`, or of many,
// which nobody else can join; without packet information, in link group kLinkGroup, down, without
// addresses of the kernel's making.
[[nodiscard]] Expected<NewDevice>
make_device(const std::string& name, bool has_many_queues, uid_t owner, gid_t group);

// One more queue of the device that `fd` is one of; `device` is what identify_device() said of it.
// It has the next number. EINVAL where the device has one queue only.
[[nodiscard]] Expected<io::UniqueFd> attach_queue(int fd, const Device& device);

// From now on steering::packet_program() chooses the queue. EPERM without CAP_BPF.
[[nodiscard]] Expected<void> steer_queues(int fd, const Device& device);

}  // namespace miredo::broker
