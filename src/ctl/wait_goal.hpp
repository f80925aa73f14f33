// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What `miredoctl wait` waits for: which instances, in which states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/outcome.hpp"
#include "ctl/watch.hpp"

namespace miredo::ctl {

// Fed with what a Watch tells.
class WaitGoal {
  public:
    // Empty `instance`: all that can be in the state. Empty `state`: what each is there for,
    // qualified or running.
    WaitGoal(std::string instance, std::string state);

    // The service is there. A problem where the goal can't be reached with such instances.
    [[nodiscard]] Outcome<void> appear(const std::vector<InstanceState>& instances);
    // The service has gone; it may come again.
    void vanish();
    // Of a state; instances that aren't waited for are ignored.
    void change(const ValueChange& change);

    // The service is there, and all that are waited for are in the state.
    [[nodiscard]] bool is_reached() const;
    // What is missing when the time is over: the service (kNotRunning) or a state (kTimeout).
    [[nodiscard]] Problem missed() const;

  private:
    [[nodiscard]] bool is_wanted(const InstanceState& instance) const;
    [[nodiscard]] bool is_there(const InstanceState& instance) const;

    std::string instance_;
    std::string state_;
    std::optional<std::vector<InstanceState>> watched_;  // nothing: the service isn't there
};

}  // namespace miredo::ctl
