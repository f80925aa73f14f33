// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The socket that hears discovery bubbles (RFC 4380 §5.2.8): bound to 224.0.0.253, port 3544, so
// that nothing by unicast ever comes to it, and a member of that group on every interface with
// IPv4. A shard reads it; whatever is to be done about the group is done here.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "daemon/context.hpp"
#include "io/multicast_membership.hpp"
#include "io/udp_socket.hpp"

namespace miredo::daemon {

class DiscoverySocket {
  public:
    // `context` and what `subject` points to must outlive this.
    DiscoverySocket(Context& context, std::string_view subject)
        : context_{context}, subject_{subject} {}

    // The socket, for the shard. Nothing where it can't be opened, which the log tells with what
    // follows.
    [[nodiscard]] std::optional<io::UdpSocket> open();
    [[nodiscard]] bool is_open() const { return membership_.has_value(); }
    // Joins on the interfaces that have come since; without effect unless it is open.
    void join();
    // It is the shard that closes the socket.
    void close();

  private:
    Context& context_;
    std::string_view subject_;
    std::optional<io::MulticastMembership> membership_;
    std::set<std::uint32_t> tried_;  // indices of interfaces
};

}  // namespace miredo::daemon
