// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// sendmmsg(2) that gets past failing messages: common to UDP and raw sockets.
#pragma once

#include <span>

#include <sys/socket.h>

#include "io/send_counts.hpp"

namespace miredo::io {

// Tries each message once, in order; one that the kernel refuses does not hold up the next.
[[nodiscard]] SendCounts send_messages(int fd, std::span<mmsghdr> messages);

}  // namespace miredo::io
