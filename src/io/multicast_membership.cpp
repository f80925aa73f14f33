// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/multicast_membership.hpp"

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace miredo::io {

Expected<MulticastMembership> MulticastMembership::of(const UdpSocket& socket, Ipv4Address group) {
    UniqueFd copy{::fcntl(socket.fd(), F_DUPFD_CLOEXEC, 0)};
    if (!copy) {
        return Failure{Error{"cannot copy the socket's descriptor", group.to_string(), errno, {}}};
    }
    return MulticastMembership{std::move(copy), group};
}

Expected<void> MulticastMembership::join(std::uint32_t interface_index) {
    ip_mreqn request{};
    request.imr_multiaddr.s_addr = htonl(group_.value());
    request.imr_ifindex = static_cast<int>(interface_index);
    if (::setsockopt(socket_.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0 ||
        errno == EADDRINUSE) {
        return {};
    }
    const int error_number = errno;
    std::array<char, IF_NAMESIZE> name{};
    const char* const known = ::if_indextoname(interface_index, name.data());
    return Failure{Error{"cannot join the multicast group " + group_.to_string(),
                         known != nullptr ? known : std::to_string(interface_index),
                         error_number,
                         {}}};
}

}  // namespace miredo::io
