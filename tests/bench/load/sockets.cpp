// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bench/load/sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>

namespace miredo::bench {
namespace {

// More than what a window or a burst can bring; without the privilege, what the system allows.
constexpr int kBuffer = 16 * 1024 * 1024;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

}  // namespace

io::UniqueFd open_udp(std::uint16_t port) {
    constexpr int kOn = 1;
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    io::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    // One program may send from where another one answers.
    if (!fd || ::setsockopt(fd.get(), IPPROTO_IP, IP_PKTINFO, &kOn, sizeof kOn) != 0 ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn) != 0 ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
        fail("bench-load: UDP socket");
    }
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBuffer, sizeof kBuffer);
    return fd;
}

io::UniqueFd open_link(const std::string& device) {
    constexpr int kOn = 1;
    // With no protocol it receives nothing.
    io::UniqueFd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    sockaddr_ll name{};
    name.sll_family = AF_PACKET;
    name.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
    if (!fd || name.sll_ifindex == 0 ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
        ::setsockopt(fd.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &kOn, sizeof kOn) != 0) {
        fail("bench-load: packet socket");
    }
    return fd;
}

msghdr& SendBatch::append(std::initializer_list<Bytes> pieces) {
    Slot& slot = slots_[size_];
    auto end = slot.bytes.begin();
    for (const Bytes piece : pieces) {
        end = std::ranges::copy(piece, end).out;
    }
    slot.piece = {slot.bytes.data(), static_cast<std::size_t>(end - slot.bytes.begin())};
    msghdr& header = messages_[size_++].msg_hdr;
    header = {};
    header.msg_iov = &slot.piece;
    header.msg_iovlen = 1;
    return header;
}

void SendBatch::add(std::initializer_list<Bytes> frame) {
    append(frame);
}

void SendBatch::add(Ipv4Address from, Endpoint to, Bytes datagram) {
    Slot& slot = slots_[size_];
    slot.name = {};
    slot.name.sin_family = AF_INET;
    slot.name.sin_port = htons(to.port);
    slot.name.sin_addr.s_addr = htonl(to.address.value());
    in_pktinfo information{};
    information.ipi_spec_dst.s_addr = htonl(from.value());
    msghdr& header = append({datagram});
    header.msg_name = &slot.name;
    header.msg_namelen = sizeof slot.name;
    header.msg_control = slot.control.data();
    header.msg_controllen = slot.control.size();
    cmsghdr* const item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = IPPROTO_IP;
    item->cmsg_type = IP_PKTINFO;
    item->cmsg_len = CMSG_LEN(sizeof information);
    std::memcpy(CMSG_DATA(item), &information, sizeof information);
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
