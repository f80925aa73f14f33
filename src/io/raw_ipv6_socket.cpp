// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/raw_ipv6_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/send_messages.hpp"

namespace miredo::io {
namespace {

constexpr std::size_t kMessagesPerSend = 64;
// RFC 8200 §3.
constexpr std::size_t kHeaderSize = 40;
constexpr std::size_t kDestinationOffset = 24;

int socket_property(int fd, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

}  // namespace

Expected<RawIpv6Socket> RawIpv6Socket::adopt(UniqueFd fd) {
    if (socket_property(fd.get(), SO_DOMAIN) != AF_INET6 ||
        socket_property(fd.get(), SO_TYPE) != SOCK_RAW ||
        socket_property(fd.get(), SO_PROTOCOL) != IPPROTO_RAW) {
        return Failure{Error{"not a raw IPv6 socket", "", EINVAL, ""}};
    }
    const int flags = ::fcntl(fd.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        return Failure{Error{"cannot set up the raw IPv6 socket", "", errno, ""}};
    }
    return RawIpv6Socket{std::move(fd)};
}

SendCounts RawIpv6Socket::send(const PacketSendBatch& batch) {
    std::array<mmsghdr, kMessagesPerSend> messages;
    std::array<iovec, kMessagesPerSend> pieces;
    std::array<sockaddr_in6, kMessagesPerSend> names;
    SendCounts counts;
    std::size_t count = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const OutgoingPacket outgoing = batch[i];
        const Bytes packet = outgoing.pieces.front();
        if (outgoing.needs_header() || outgoing.pieces.size() > 1 || packet.size() < kHeaderSize) {
            counts.count_error(EINVAL);
            continue;
        }
        names[count] = {};
        names[count].sin6_family = AF_INET6;
        std::memcpy(&names[count].sin6_addr, packet.data() + kDestinationOffset, sizeof(in6_addr));
        // The kernel only reads through it; the structure serves both directions.
        pieces[count] = {const_cast<std::byte*>(packet.data()), packet.size()};
        msghdr& header = messages[count].msg_hdr;
        header = {};
        header.msg_name = &names[count];
        header.msg_namelen = sizeof(sockaddr_in6);
        header.msg_iov = &pieces[count];
        header.msg_iovlen = 1;
        if (++count == kMessagesPerSend) {
            counts += send_messages(fd_.get(), messages);
            count = 0;
        }
    }
    counts += send_messages(fd_.get(), std::span{messages}.first(count));
    return counts;
}

}  // namespace miredo::io
