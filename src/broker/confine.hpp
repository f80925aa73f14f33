// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the broker gives up before it takes its first request.
#pragma once

#include "base/error.hpp"

namespace miredo::broker {

// Keeps of the capabilities held CAP_NET_ADMIN, and CAP_NET_RAW with `raw_sockets`; drops all
// others from every set, sets no_new_privs and loads a seccomp filter with the few system calls
// that serve() makes. For the whole process, which must have one thread only.
Expected<void> confine(bool raw_sockets);

}  // namespace miredo::broker
