// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/overall.hpp"

#include <algorithm>

namespace miredo::bus {
namespace {

using daemon::InstanceState;

bool does_its_job(InstanceState state) {
    return state == InstanceState::kQualified || state == InstanceState::kRunning;
}

// A degraded client still has its address.
bool is_of_use(InstanceState state) {
    return does_its_job(state) || state == InstanceState::kDegraded;
}

}  // namespace

std::string overall_state(const std::vector<InstanceState>& states) {
    if (std::none_of(states.begin(), states.end(), is_of_use)) {
        return "offline";
    }
    return std::all_of(states.begin(), states.end(), does_its_job) ? "ok" : "degraded";
}

Overall overall(daemon::Control& control) {
    Overall result;
    std::vector<InstanceState> states;
    for (const daemon::Instance* instance : control.instances()) {
        const daemon::InstanceStatus status = instance->status();
        states.push_back(status.state);
        result.health.insert(result.health.end(), status.health.begin(), status.health.end());
    }
    result.state = overall_state(states);
    return result;
}

}  // namespace miredo::bus
