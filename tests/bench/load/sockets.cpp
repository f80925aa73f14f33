// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bench/load/sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <poll.h>

namespace miredo::bench {
namespace {

// More than what a window or a burst can bring; without the privilege, what the system allows.
constexpr int kBuffer = 16 * 1024 * 1024;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

template <typename Name>
io::UniqueFd open_bound(int level, int option, const Name& name) {
    constexpr int kOn = 1;
    const auto& address = reinterpret_cast<const sockaddr&>(name);
    io::UniqueFd fd{::socket(address.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    // One program may send from where another one answers.
    if (!fd || ::setsockopt(fd.get(), level, option, &kOn, sizeof kOn) != 0 ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn) != 0 ||
        ::bind(fd.get(), &address, sizeof name) != 0) {
        fail("bench-load: UDP socket");
    }
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer);
    return fd;
}

}  // namespace

io::UniqueFd open_ipv4(std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    return open_bound(IPPROTO_IP, IP_PKTINFO, name);
}

io::UniqueFd open_ipv6(std::uint16_t port) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    // For IPv6 an address is local only where a device has it, whatever the routes say.
    return open_bound(IPPROTO_IPV6, IPV6_FREEBIND, name);
}

template <typename Name, typename Information>
void SendBatch::add(
    const Name& name, int level, int type, const Information& from, Bytes datagram) {
    Slot& slot = slots_[size_];
    std::copy(datagram.begin(), datagram.end(), slot.bytes.begin());
    slot.piece = {slot.bytes.data(), datagram.size()};
    std::memcpy(&slot.name, &name, sizeof name);
    msghdr& header = messages_[size_].msg_hdr;
    header.msg_name = &slot.name;
    header.msg_namelen = sizeof name;
    header.msg_iov = &slot.piece;
    header.msg_iovlen = 1;
    header.msg_control = slot.control.data();
    header.msg_controllen = CMSG_SPACE(sizeof from);
    cmsghdr* const item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = level;
    item->cmsg_type = type;
    item->cmsg_len = CMSG_LEN(sizeof from);
    std::memcpy(CMSG_DATA(item), &from, sizeof from);
    ++size_;
}

void SendBatch::add(Ipv4Address from, Endpoint to, Bytes datagram) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(to.port);
    name.sin_addr.s_addr = htonl(to.address.value());
    in_pktinfo information{};
    information.ipi_spec_dst.s_addr = htonl(from.value());
    add(name, IPPROTO_IP, IP_PKTINFO, information, datagram);
}

void SendBatch::add(const Ipv6Address& from,
                    const Ipv6Address& to,
                    std::uint16_t port,
                    Bytes datagram) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    std::memcpy(&name.sin6_addr, to.bytes().data(), Ipv6Address::kSize);
    in6_pktinfo information{};
    std::memcpy(&information.ipi6_addr, from.bytes().data(), Ipv6Address::kSize);
    add(name, IPPROTO_IPV6, IPV6_PKTINFO, information, datagram);
}

std::size_t SendBatch::send(int fd) {
    std::size_t taken = 0;
    for (std::size_t next = 0; next < size_;) {
        const int sent = ::sendmmsg(fd, &messages_[next], static_cast<unsigned>(size_ - next), 0);
        taken += static_cast<std::size_t>(std::max(sent, 0));
        next += static_cast<std::size_t>(std::max(sent, 1));  // past the one that failed
    }
    size_ = 0;
    return taken;
}

std::size_t ReceiveBatch::receive(int fd) {
    for (std::size_t i = 0; i < kCapacity; ++i) {
        Slot& slot = slots_[i];
        slot.piece = {slot.bytes.data(), slot.bytes.size()};
        msghdr& header = messages_[i].msg_hdr;
        header.msg_name = &slot.name;
        header.msg_namelen = sizeof slot.name;
        header.msg_iov = &slot.piece;
        header.msg_iovlen = 1;
        header.msg_control = slot.control.data();
        header.msg_controllen = sizeof slot.control;
    }
    const int count = ::recvmmsg(fd, messages_.data(), kCapacity, MSG_DONTWAIT, nullptr);
    return static_cast<std::size_t>(std::max(count, 0));
}

ReceiveBatch::Datagram ReceiveBatch::operator[](std::size_t index) const {
    const Slot& slot = slots_[index];
    in_pktinfo information{};
    if (const cmsghdr* const item = CMSG_FIRSTHDR(&messages_[index].msg_hdr)) {
        std::memcpy(&information, CMSG_DATA(item), sizeof information);
    }
    return {{Ipv4Address{ntohl(slot.name.sin_addr.s_addr)}, ntohs(slot.name.sin_port)},
            Ipv4Address{ntohl(information.ipi_addr.s_addr)},
            Bytes{slot.bytes}.first(messages_[index].msg_len)};
}

void wait_readable(int fd, double limit) {
    pollfd waited{fd, POLLIN, 0};
    const timespec time{0, static_cast<long>(limit * 1e9)};
    (void)::ppoll(&waited, 1, &time, nullptr);
}

}  // namespace miredo::bench
