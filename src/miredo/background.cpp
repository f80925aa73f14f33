// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/background.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace miredo {
namespace {

// The parent's rest of life. It has inherited nothing that needs to be put away.
[[noreturn]] void wait_for_child(pid_t child, int pipe) {
    char byte = 0;
    ssize_t count = 0;
    do {
        count = ::read(pipe, &byte, 1);
    } while (count < 0 && errno == EINTR);
    if (count == 1) {
        ::_exit(EXIT_SUCCESS);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    ::_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EXIT_FAILURE);
}

}  // namespace

Expected<Background> Background::enter() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return Failure{Error{"cannot go to the background", {}, errno, {}}};
    }
    const io::UniqueFd reading{ends[0]};
    io::UniqueFd writing{ends[1]};
    const pid_t child = ::fork();
    if (child < 0) {
        return Failure{Error{"cannot go to the background", {}, errno, {}}};
    }
    if (child > 0) {
        writing.reset();
        wait_for_child(child, reading.get());
    }
    (void)::setsid();  // fails for a process group leader only, and a new child is none
    return Background{std::move(writing)};
}

void Background::ready() {
    if (!parent_) {
        return;
    }
    const char byte = 0;
    (void)!::write(parent_.get(), &byte, 1);
    parent_.reset();
    // Standard error is the log's affair. Input and output were the terminal's.
    const io::UniqueFd nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (nothing) {
        (void)::dup2(nothing.get(), STDIN_FILENO);
        (void)::dup2(nothing.get(), STDOUT_FILENO);
    }
}

}  // namespace miredo
