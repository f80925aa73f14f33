// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/fork.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/reply.hpp"
#include "broker/seqpacket.hpp"
#include "broker/server.hpp"

namespace miredo::broker {
namespace {

constexpr int kBrokerSocket = 3;

Failure<Error> fork_failure(const char* what, int error_number) {
    return Failure{Error{what, "miredo-broker", error_number, ""}};
}

// Keeps standard error and the socket, which becomes descriptor kBrokerSocket.
bool close_everything_else(int socket) {
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (null) {
        (void)::dup2(null.get(), STDIN_FILENO);
        (void)::dup2(null.get(), STDOUT_FILENO);
    }
    if (socket != kBrokerSocket && ::dup2(socket, kBrokerSocket) < 0) {
        return false;
    }
    return ::syscall(SYS_close_range, kBrokerSocket + 1, ~0U, 0) == 0;
}

// The terminal's signals and the service manager's are the daemon's to act on; the broker follows
// when its socket closes.
void ignore_signals() {
    const int restart = SIGRTMIN + 1;
    for (const int number :
         {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGTSTP, restart}) {
        (void)std::signal(number, SIG_IGN);
    }
}

[[noreturn]] void run_child(int socket, const ForkOptions& options) {
    (void)::prctl(PR_SET_NAME, "miredo-broker", 0, 0, 0);
    ignore_signals();
    if (!close_everything_else(socket) || ::chdir("/") != 0) {
        ::_exit(1);
    }
    (void)::setgroups(0, nullptr);  // as another user than root there is nothing to give up
    Reply ready;
    ready.ok = 1;
    const auto confined = confine(options.privileges);
    if (!confined) {
        put_error(confined.error(), ready);
    }
    if (send_message(kBrokerSocket, object_bytes(ready), -1) != 0 || !confined) {
        ::_exit(1);
    }
    const auto served = serve(kBrokerSocket, {options.owner, options.group});
    // No destructors, no handlers: they are the parent's.
    ::_exit(served ? 0 : 1);
}

int open_pidfd(pid_t pid) {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

// What the child says once it is confined.
Expected<void> wait_until_ready(int socket) {
    pollfd waiting{socket, POLLIN, 0};
    int polled = 0;
    do {
        polled = ::poll(&waiting, 1, 5000);
    } while (polled < 0 && errno == EINTR);
    if (polled <= 0) {
        return fork_failure("the broker does not start", polled == 0 ? ETIMEDOUT : errno);
    }
    Reply ready;
    const ReceivedMessage message = receive_message(socket, mutable_object_bytes(ready));
    if (message.size != static_cast<int>(sizeof ready) || message.malformed) {
        return fork_failure("the broker does not start", EPROTO);
    }
    if (ready.ok != 1) {
        return Failure{get_error(ready)};
    }
    return {};
}

}  // namespace

Expected<ForkedBroker> fork_broker(const ForkOptions& options) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        return fork_failure("cannot make a socket for the broker", errno);
    }
    io::UniqueFd ours{pair[0]};
    io::UniqueFd theirs{pair[1]};
    const pid_t pid = ::fork();
    if (pid < 0) {
        return fork_failure("cannot start the broker", errno);
    }
    if (pid == 0) {
        run_child(theirs.get(), options);
    }
    theirs.reset();
    io::UniqueFd pidfd{open_pidfd(pid)};
    const int pidfd_error = errno;
    auto ready = wait_until_ready(ours.get());
    if (!ready || !pidfd) {
        ours.reset();
        (void)::kill(pid, SIGKILL);
        (void)::waitpid(pid, nullptr, 0);
        return ready ? fork_failure("cannot watch the broker", pidfd_error)
                     : Failure{ready.error()};
    }
    return ForkedBroker{BrokerClient{std::move(ours)}, pid, std::move(pidfd)};
}

std::optional<int> reap_broker(ForkedBroker broker, Duration limit) {
    { const BrokerClient closed = std::move(broker.client); }
    pollfd waiting{broker.pidfd.get(), POLLIN, 0};
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    int polled = 0;
    do {
        polled = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(milliseconds, 0)));
    } while (polled < 0 && errno == EINTR);
    int status = 0;
    if (polled <= 0 || ::waitpid(broker.pid, &status, WNOHANG) != broker.pid) {
        return std::nullopt;
    }
    return status;
}

}  // namespace miredo::broker
