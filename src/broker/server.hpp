// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The privileged end: takes requests from one socket, checks and does them. It reads no packet of
// anybody and keeps nothing between two requests.
#pragma once

#include <sys/types.h>

#include "base/error.hpp"

namespace miredo::broker {

struct ServerOptions {
    uid_t owner = 0;  // TUNSETOWNER and TUNSETGROUP of the devices it makes
    gid_t group = 0;
};

// Serves requests on `socket` (SOCK_SEQPACKET, connected) until the peer closes it. Fails where the
// socket or netlink does; a bad request is answered, not a failure.
Expected<void> serve(int socket, const ServerOptions& options);

}  // namespace miredo::broker
