// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The one clock of the program: CLOCK_BOOTTIME, which nobody can set and which goes on while the
// machine is suspended, as the bindings of the NATs on the way do.
#pragma once

#include <ctime>

#include "base/time.hpp"

namespace miredo::io {

[[nodiscard]] inline Instant boottime_now() {
    timespec now{};
    // Fails for an unknown clock or a bad pointer only, and this is neither (Linux 2.6.39).
    (void)::clock_gettime(CLOCK_BOOTTIME, &now);
    return Instant{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

}  // namespace miredo::io
