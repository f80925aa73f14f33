// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the broker gives up before it takes its first request.
#pragma once

#include "base/error.hpp"

namespace miredo::broker {

// What not every broker needs.
struct Privileges {
    bool raw_sockets = false;  // CAP_NET_RAW: for a server
    bool steering = false;     // CAP_BPF and bpf(2): for more than one shard
};

// Keeps of the capabilities held CAP_NET_ADMIN and those of `privileges`; drops all others from
// every set, sets no_new_privs and loads a seccomp filter with the few system calls that serve()
// makes. For the whole process, which must have one thread only.
Expected<void> confine(const Privileges& privileges);

}  // namespace miredo::broker
