// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How long miredoctl waits for an answer.
#pragma once

#include <chrono>

namespace miredo::ctl {

// For one call over the bus: a reload that makes a device takes well below a second.
inline constexpr std::chrono::milliseconds kCallLimit{10'000};

}  // namespace miredo::ctl
