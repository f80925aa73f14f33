// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/listen.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "broker/server.hpp"
#include "io/unique_fd.hpp"

namespace miredo::broker {
namespace {

Failure<Error> socket_failure(const char* what, int error_number) {
    return Failure{
        Error{what, "miredo-broker.socket", error_number, "Start it by miredo-broker.socket"}};
}

Expected<int> socket_option(int socket, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(socket, SOL_SOCKET, option, &value, &size) != 0) {
        return socket_failure("cannot ask the socket that was passed", errno);
    }
    return value;
}

// True where there is a connection to accept, false when `limit` has passed without.
Expected<bool> wait_for_connection(int listening, Duration limit) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting{listening, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready >= 0) {
            return ready > 0;
        }
        if (errno != EINTR) {
            return socket_failure("cannot wait for connections", errno);
        }
    }
}

Expected<void> serve_connection(int connection, uid_t owner) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return socket_failure("cannot see who connects", errno);
    }
    if (peer.uid != owner) {
        return Failure{
            Error{"connection refused: process " + std::to_string(peer.pid) + " of user " +
                      std::to_string(peer.uid) + " is not user " + std::to_string(owner),
                  "miredo-broker.socket",
                  EPERM,
                  "Only the user that miredo-broker.socket names (SocketUser=) is served"}};
    }
    return serve(connection, {peer.uid, peer.gid});
}

}  // namespace

Expected<uid_t> socket_owner(int listening) {
    const auto type = socket_option(listening, SO_TYPE);
    const auto listens = socket_option(listening, SO_ACCEPTCONN);
    if (!type || !listens) {
        return Failure{(type ? listens : type).error()};
    }
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return socket_failure("cannot ask the socket that was passed", errno);
    }
    if (*type != SOCK_SEQPACKET || *listens == 0 || address.sun_family != AF_UNIX ||
        address.sun_path[0] != '/') {
        return socket_failure("what was passed is not the broker's socket", 0);
    }
    struct stat status {};
    if (::stat(address.sun_path, &status) != 0) {
        Error error{"cannot find the broker's socket", address.sun_path, errno, ""};
        error.remedy = "Start it again: `systemctl restart miredo-broker.socket`";
        return Failure{std::move(error)};
    }
    return status.st_uid;
}

Expected<void> serve_connections(int listening, const ListenOptions& options) {
    for (;;) {
        const auto waiting = wait_for_connection(listening, options.idle);
        if (!waiting) {
            return Failure{waiting.error()};
        }
        if (!*waiting) {
            return {};
        }
        const io::UniqueFd connection{::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)};
        if (!connection) {
            if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN) {
                continue;
            }
            return socket_failure("cannot accept a connection", errno);
        }
        if (auto served = serve_connection(connection.get(), options.owner); !served) {
            options.report(served.error());
        }
    }
}

}  // namespace miredo::broker
