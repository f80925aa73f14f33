// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The membership of a UDP socket in an IPv4 multicast group, for another thread than the one that
// reads the socket.
#pragma once

#include <cstdint>
#include <utility>

#include "base/error.hpp"
#include "base/ipv4_address.hpp"
#include "io/udp_socket.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

class MulticastMembership {
  public:
    // Both the socket and this must be gone for the kernel to close it.
    [[nodiscard]] static Expected<MulticastMembership> of(const UdpSocket& socket,
                                                          Ipv4Address group);

    // On one interface, by its index; what is so already is no error.
    [[nodiscard]] Expected<void> join(std::uint32_t interface_index);

  private:
    MulticastMembership(UniqueFd socket, Ipv4Address group)
        : socket_{std::move(socket)}, group_{group} {}

    UniqueFd socket_;
    Ipv4Address group_;
};

}  // namespace miredo::io
