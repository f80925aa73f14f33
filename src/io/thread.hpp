// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include <functional>
#include <string_view>
#include <thread>

#include "base/error.hpp"

namespace miredo::io {

// Starts a thread with all signals blocked: they belong to the control thread. `name` is for the
// error's text, "the log's". error_number: EAGAIN.
[[nodiscard]] Expected<std::thread> start_thread(std::string_view name, std::function<void()> body);

}  // namespace miredo::io
