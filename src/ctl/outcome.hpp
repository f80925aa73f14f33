// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How a verb of miredoctl ends: its exit status, and the line for stderr where it failed.
#pragma once

#include <string>

#include "base/result.hpp"

namespace miredo::ctl {

// Documented in miredoctl(1); stable. 3 and 4 are those of an LSB init script's `status`.
enum class ExitStatus : int {
    kOk = 0,
    kFailure = 1,
    kUsage = 2,
    kNotRunning = 3,
    kNotQualified = 4,
    kRefused = 5,
    kTimeout = 6,
    kConfigurationInvalid = 7,
};

struct Problem {
    ExitStatus status = ExitStatus::kFailure;
    std::string message;  // without the program's name and the final newline
};

template <typename T>
using Outcome = Result<T, Problem>;

}  // namespace miredo::ctl
