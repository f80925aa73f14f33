// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// hash.hpp as the two programs that the kernel runs for each packet.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <linux/bpf.h>
#include <linux/filter.h>

namespace miredo::steering {

// For SO_ATTACH_REUSEPORT_CBPF: shard_of() the datagram's source address and port. It sees the
// payload of the datagram; what is before it is reached from the network header on, whose length
// varies (IPv4 options). `shards` ≥ 1.
[[nodiscard]] std::vector<sock_filter> datagram_program(std::uint32_t shards);

// For TUNSETSTEERINGEBPF (a socket filter): hash() of the mapped address and port in the packet's
// IPv6 destination; the kernel takes it modulo the number of queues. A packet that is too short for
// a destination gets 0. Whether it is a Teredo address is not looked at: what is sent to others is
// refused alike by every shard, and the prefix is a setting that may change.
[[nodiscard]] std::span<const bpf_insn> packet_program();

}  // namespace miredo::steering
