// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// One message with at most one descriptor over a SOCK_SEQPACKET socket: inside this room only.
#pragma once

#include "base/bytes.hpp"
#include "io/unique_fd.hpp"

namespace miredo::broker {

struct ReceivedMessage {
    int size = 0;            // bytes; 0 at the end (the peer has closed); below 0: minus errno
    bool malformed = false;  // cut, or with more than one descriptor
    io::UniqueFd descriptor;
};

// 0, or errno. `descriptor` below 0: none. Never waits for room.
[[nodiscard]] int send_message(int socket, Bytes bytes, int descriptor);
// Waits for the next message. Descriptors beyond the first are closed.
[[nodiscard]] ReceivedMessage receive_message(int socket, MutableBytes buffer);

template <typename T>
[[nodiscard]] Bytes object_bytes(const T& object) {
    return {reinterpret_cast<const std::byte*>(&object), sizeof object};
}
template <typename T>
[[nodiscard]] MutableBytes mutable_object_bytes(T& object) {
    return {reinterpret_cast<std::byte*>(&object), sizeof object};
}

}  // namespace miredo::broker
