// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Puts the daemon onto the system bus, org.miredo.Miredo1, and keeps it there.
#pragma once

#include <chrono>
#include <memory>

#include "base/error.hpp"
#include "daemon/control.hpp"
#include "daemon/log.hpp"

namespace miredo::bus {

struct ServeOptions {
    // How long the start waits for a bus that does not answer; it goes on without.
    std::chrono::milliseconds start_limit = std::chrono::seconds{2};
    // Without a bus: the first try again, and the longest time between two (each is twice the
    // last).
    std::chrono::milliseconds first_retry = std::chrono::seconds{5};
    std::chrono::milliseconds longest_retry = std::chrono::seconds{60};
};

// When it returns, the name is there and answered for, unless the log says what is missing. No bus,
// or the loss of it, never ends the daemon: it is tried again, until the observer is destroyed. A
// name that another process has stays that process's. Both references must outlive the observer.
[[nodiscard]] Expected<std::unique_ptr<daemon::Observer>>
serve(daemon::Control& control, const daemon::Log& log, const ServeOptions& options = {});

}  // namespace miredo::bus
