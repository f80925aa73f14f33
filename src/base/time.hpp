// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Points in time and spans of it. There is no clock here: `now` is always an argument. Outside the
// tests it is read from CLOCK_BOOTTIME (io/boottime_clock.hpp), which goes on while the machine is
// suspended, as NAT bindings do.
#pragma once

#include <chrono>
#include <cstdint>

namespace miredo {

struct Boottime {
    // NOLINTBEGIN(readability-identifier-naming): the names that the standard's clocks have
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<Boottime>;
    static constexpr bool is_steady = true;
    // NOLINTEND(readability-identifier-naming)
};

using Instant = Boottime::time_point;
using Duration = Boottime::duration;

}  // namespace miredo
