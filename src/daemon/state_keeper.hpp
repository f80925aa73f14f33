// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An instance's state: whoever shows it is told when it is another, and so is the log.
#pragma once

#include <string>
#include <string_view>

#include "daemon/context.hpp"
#include "daemon/instance_status.hpp"

namespace miredo::daemon {

class StateKeeper {
  public:
    // `owner` is the instance; both must outlive this.
    StateKeeper(Context& context, const Instance& owner) : context_{context}, owner_{owner} {}

    // `reason` is a word of static storage, empty where there is nothing to explain; `message` one
    // line. Nothing happens where all three are as before.
    void set(InstanceState state, std::string_view reason, std::string message);
    // Something else of the instance's status is another than before.
    void touch() const { context_.instance_changed(owner_); }

    void describe(InstanceStatus& status) const;

  private:
    Context& context_;
    const Instance& owner_;
    InstanceState state_ = InstanceState::kStarting;
    std::string_view reason_;
    std::string message_ = "opening its sockets";
    Timestamp since_ = Timestamp::now();
};

}  // namespace miredo::daemon
