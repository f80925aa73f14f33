// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/thread.hpp"

#include <csignal>
#include <string>
#include <system_error>
#include <utility>

namespace miredo::io {

Expected<std::thread> start_thread(std::string_view name, std::function<void()> body) {
    // The new thread inherits the mask.
    sigset_t all;
    sigset_t before;
    (void)::sigfillset(&all);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread;
    int error_number = 0;
    try {
        thread = std::thread{std::move(body)};
    } catch (const std::system_error& refused) {
        error_number = refused.code().value();
    }
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (error_number != 0) {
        return Failure{Error{"cannot start " + std::string{name} + " thread",
                             "",
                             error_number,
                             "Raise the limit of tasks (TasksMax=, ulimit -u)"}};
    }
    return thread;
}

}  // namespace miredo::io
