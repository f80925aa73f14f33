// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/seqpacket.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/uio.h>

namespace miredo::broker {
namespace {

constexpr std::size_t kMaxDescriptors = 4;

template <std::size_t Count>
struct alignas(cmsghdr) Control {
    std::array<char, CMSG_SPACE(Count * sizeof(int))> bytes{};
};

// Takes ownership of all descriptors that came along and keeps the first.
void take_descriptors(msghdr& header, ReceivedMessage& message) {
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr;
         item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(item) + i * sizeof fd, sizeof fd);
            io::UniqueFd owner{fd};
            if (message.descriptor) {
                message.malformed = true;
            } else {
                message.descriptor = std::move(owner);
            }
        }
    }
}

}  // namespace

int send_message(int socket, Bytes bytes, int descriptor) {
    // The kernel only reads through it; the structure serves both directions.
    iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
    Control<1> control;
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (descriptor >= 0) {
        header.msg_control = control.bytes.data();
        header.msg_controllen = control.bytes.size();
        cmsghdr* const item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof descriptor);
        std::memcpy(CMSG_DATA(item), &descriptor, sizeof descriptor);
    }
    for (;;) {
        const ssize_t sent = ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            return static_cast<std::size_t>(sent) == bytes.size() ? 0 : EMSGSIZE;
        }
        if (errno != EINTR) {
            return errno;
        }
    }
}

ReceivedMessage receive_message(int socket, MutableBytes buffer) {
    iovec piece{buffer.data(), buffer.size()};
    Control<kMaxDescriptors> control;
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    ReceivedMessage message;
    ssize_t size = -1;
    do {
        size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        message.size = -errno;
        return message;
    }
    message.size = static_cast<int>(size);
    message.malformed = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    take_descriptors(header, message);
    return message;
}

}  // namespace miredo::broker
