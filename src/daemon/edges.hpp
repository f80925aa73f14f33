// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An instance's descriptors: opened with the broker's help, and what their counters say at the end.
#pragma once

#include <cstdint>
#include <string_view>

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

// A tunnel device, made by the broker and up.
[[nodiscard]] Expected<io::TunDevice>
open_device(Context& context, std::string_view subject, const config::TunnelConfiguration& tunnel);

// "client: received 12, dropped: mapping-mismatch=3 …"
void report(const Log& log,
            std::string_view subject,
            const teredo::Counters& counters,
            ShardEdges& edges);

}  // namespace miredo::daemon
