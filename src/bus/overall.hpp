// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the Manager says of all instances together.
#pragma once

#include <string>
#include <vector>

#include "daemon/control.hpp"
#include "daemon/instance_status.hpp"

namespace miredo::bus {

struct Overall {
    // "ok" where every instance does its job, "offline" where none does, not even in part;
    // "degraded" between the two.
    std::string state;
    std::vector<daemon::HealthItem> health;  // of all, in the instances' order

    friend bool operator==(const Overall&, const Overall&) = default;
};

[[nodiscard]] std::string overall_state(const std::vector<daemon::InstanceState>& states);
[[nodiscard]] Overall overall(daemon::Control& control);

}  // namespace miredo::bus
