// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An instance's descriptors: opened with the broker's help, and what their counters say at the end.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/configuration.hpp"
#include "daemon/context.hpp"
#include "daemon/tunnel_output.hpp"
#include "io/tun_device.hpp"
#include "io/udp_socket.hpp"
#include "teredo/status.hpp"

namespace miredo::daemon {

[[nodiscard]] io::UdpOptions udp_options(const config::OffloadSwitches& offloads);

// A UDP socket with a large receive buffer; its port is one of ours from then on.
[[nodiscard]] Expected<io::UdpSocket> open_socket(Context& context,
                                                  std::string_view subject,
                                                  Ipv4Address address,
                                                  std::uint16_t port,
                                                  const config::OffloadSwitches& offloads);

// `first` and others at the same address and port, `count` in all, one for each shard. Which one a
// datagram comes to is steering::shard_of() its source.
[[nodiscard]] Expected<std::vector<io::UdpSocket>>
open_shared_sockets(Context& context,
                    std::string_view subject,
                    io::UdpSocket first,
                    std::uint32_t count,
                    const config::OffloadSwitches& offloads);

// A tunnel device, made by the broker and up.
[[nodiscard]] Expected<io::TunDevice> open_device(Context& context,
                                                  std::string_view subject,
                                                  const config::TunnelConfiguration& tunnel,
                                                  broker::TunQueues queues);
// `first` and more queues of the same device, `count` in all.
[[nodiscard]] Expected<std::vector<io::TunDevice>>
open_queues(Context& context,
            io::TunDevice first,
            std::uint32_t count,
            const config::OffloadSwitches& offloads);

// How many shards Shards= means here: 1 to config::kMostShards.
[[nodiscard]] std::uint32_t wanted_shards(const config::Shards& shards);
// For a machine with `cpus` of them.
[[nodiscard]] std::uint32_t automatic_shards(std::uint32_t cpus);

// "client: received 12, dropped: mapping-mismatch=3 …"
void report(const Log& log,
            std::string_view subject,
            const teredo::Counters& counters,
            std::uint64_t kernel_drops);

}  // namespace miredo::daemon
