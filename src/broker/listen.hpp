// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The broker as a service of its own: it takes connections from the socket that started it.
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

#include "base/error.hpp"
#include "base/time.hpp"

namespace miredo::broker {

// Whose socket it is in the file system: the only user whose connections are served. Fails where
// `listening` is not a listening SOCK_SEQPACKET socket with a path.
[[nodiscard]] Expected<uid_t> socket_owner(int listening);

struct ListenOptions {
    uid_t owner = 0;                           // connections of others are refused
    Duration idle = std::chrono::seconds{5};   // without a connection, then it ends
    std::function<void(const Error&)> report;  // of a refused or broken connection
};

// Serves one connection after the other; the peer's user and group own the devices that it asks
// for. Returns when nobody has connected for `idle`; fails where `listening` does.
Expected<void> serve_connections(int listening, const ListenOptions& options);

}  // namespace miredo::broker
