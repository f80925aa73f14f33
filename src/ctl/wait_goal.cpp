// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/wait_goal.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/bus_problem.hpp"
#include "ctl/instance_view.hpp"
#include "ctl/words.hpp"

namespace miredo::ctl {
namespace {

// Of the D-Bus API: what a client can be, and what the others can.
bool can_be(std::string_view role, std::string_view state) {
    constexpr std::array<std::string_view, 2> kOthers{"starting", "running"};
    if (role == "client") {
        return state != "running";
    }
    return std::find(kOthers.begin(), kOthers.end(), state) != kOthers.end();
}

}  // namespace

WaitGoal::WaitGoal(std::string instance, std::string state)
    : instance_{std::move(instance)}, state_{std::move(state)} {}

bool WaitGoal::is_wanted(const InstanceState& instance) const {
    if (!instance_.empty() && instance.name != instance_) {
        return false;
    }
    return state_.empty() || can_be(instance.role, state_);
}

bool WaitGoal::is_there(const InstanceState& instance) const {
    return state_.empty() ? is_up(instance.state) : instance.state == state_;
}

Outcome<void> WaitGoal::appear(const std::vector<InstanceState>& instances) {
    std::vector<InstanceState> wanted;
    std::vector<std::string> names;
    for (const InstanceState& instance : instances) {
        names.push_back(instance.name);
        if (is_wanted(instance)) {
            wanted.push_back(instance);
        }
    }
    if (!wanted.empty()) {
        watched_ = std::move(wanted);
        return {};
    }
    const bool has_it = std::find(names.begin(), names.end(), instance_) != names.end();
    if (!instance_.empty() && !has_it) {
        return Failure{no_such_instance(instance_, names)};
    }
    return Failure{
        usage(fmt::format("{} can never be {}",
                          instance_.empty() ? fmt::format("{}", fmt::join(names, ", ")) : instance_,
                          state_))};
}

void WaitGoal::vanish() {
    watched_.reset();
}

void WaitGoal::change(const ValueChange& change) {
    if (!watched_) {
        return;
    }
    for (InstanceState& instance : *watched_) {
        if (instance.name == change.instance) {
            instance.state = change.after;
        }
    }
}

bool WaitGoal::is_reached() const {
    return watched_ && std::all_of(watched_->begin(),
                                   watched_->end(),
                                   [this](const InstanceState& i) { return is_there(i); });
}

Problem WaitGoal::missed() const {
    if (!watched_) {
        return not_running();
    }
    std::vector<std::string> late;
    for (const InstanceState& instance : *watched_) {
        if (!is_there(instance)) {
            late.push_back(fmt::format("{} is {}", instance.name, instance.state));
        }
    }
    return {ExitStatus::kTimeout, fmt::format("time-out: {}", fmt::join(late, ", "))};
}

}  // namespace miredo::ctl
