// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Somebody on the network: takes datagrams and IPv6 packets, and may want to be called later.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace miredo::sim {

using Packet = std::vector<std::byte>;
[[nodiscard]] inline Packet to_packet(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

struct UdpDatagram {
    Endpoint from;
    Endpoint to;
    Packet bytes;
};

class Host {
  public:
    Host() = default;
    Host(const Host&) = delete;
    Host(Host&&) = delete;
    Host& operator=(const Host&) = delete;
    Host& operator=(Host&&) = delete;
    virtual ~Host() = default;

    // `datagram.to` is one of the host's own addresses, translated by its NAT.
    virtual void handle_datagram(Instant now, const UdpDatagram& datagram) = 0;
    // An IPv6 packet that the native network routed here.
    virtual void handle_ipv6(Instant now, Bytes packet) = 0;
    virtual void handle_timeout(Instant now) = 0;
    [[nodiscard]] virtual std::optional<Instant> next_deadline() const = 0;
};

}  // namespace miredo::sim
