// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What can't be undone is tried in a child process.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace miredo::daemon {

// Runs `body` in a child; returns what it returned (0 to 255), or 255 where it died.
template <typename Body>
[[nodiscard]] int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

}  // namespace miredo::daemon
