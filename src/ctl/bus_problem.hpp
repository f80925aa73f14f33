// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What went wrong on the bus, in the words and exit statuses of miredoctl, with the remedy.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "ctl/outcome.hpp"

namespace miredo::ctl {

// The bus can't be reached; `reason` is what the library says.
[[nodiscard]] Problem no_bus(std::string_view reason);
// There is one, but it says nothing.
[[nodiscard]] Problem bus_hangs(std::chrono::milliseconds limit);
// Nobody owns the service's name.
[[nodiscard]] Problem not_running();
// A call that the owner of the name, or the bus, answered with the error `name`.
[[nodiscard]] Problem
failed_call(std::string_view name, const std::string& message, std::chrono::milliseconds limit);

}  // namespace miredo::ctl
