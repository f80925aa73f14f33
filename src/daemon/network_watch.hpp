// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Changes of this host's network that a tunnel has to know of.
#pragma once

#include <functional>

#include "base/error.hpp"
#include "daemon/control_loop.hpp"

namespace miredo::daemon {

// As long as the loop lives, `look` is called after the last of a burst of them: addresses that
// come or go, default routes of others for IPv6, and changes that went unseen.
[[nodiscard]] Expected<void> watch_network(ControlLoop& loop, std::function<void()> look);

}  // namespace miredo::daemon
