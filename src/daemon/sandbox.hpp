// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The system calls that the packet-reading process may make. Whatever is not listed fails with
// EPERM: a missing entry shows as an error with a name, not as a vanished daemon.
#pragma once

#include "base/error.hpp"

namespace miredo::daemon {

// For the process, before its first thread. Of ioctl only what asks a tun device or a socket about
// itself: a holder of the tun descriptor could otherwise make it persistent or give it away.
[[nodiscard]] Expected<void> confine_process();

// For the calling shard thread on top of that: reading and writing what is open, waiting, and
// nothing else. Threads share memory, so this is hardening, not a boundary.
[[nodiscard]] Expected<void> confine_shard();

}  // namespace miredo::daemon
