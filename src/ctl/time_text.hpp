// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Times as people read them. Programs get microseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace miredo::ctl {

using Microseconds = std::chrono::microseconds;

// The two largest units: "350ms", "12s", "2h 13min", "3d 4h"; negative ones as 0.
[[nodiscard]] std::string span_text(Microseconds span);
// "34 ms", below ten with a decimal: "0.4 ms".
[[nodiscard]] std::string round_trip_text(Microseconds time);
// Local time, "2026-11-21 12:00:05". `usec` since 1970.
[[nodiscard]] std::string clock_text(std::uint64_t usec);
// Local time as journalctl shows it, "Nov 21 12:00:05".
[[nodiscard]] std::string short_clock_text(std::uint64_t usec);
// CLOCK_REALTIME, in microseconds since 1970.
[[nodiscard]] std::uint64_t realtime_usec();

}  // namespace miredo::ctl
