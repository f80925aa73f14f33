// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One role that the configuration switches on, seen from the control thread: its sockets and
// device, its shard, and what its events mean for the host.
#pragma once

#include <string_view>

#include "config/configuration.hpp"

namespace miredo::daemon {

class Instance {
  public:
    virtual ~Instance() = default;
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    Instance(Instance&&) = delete;
    Instance& operator=(Instance&&) = delete;

    // "client", "relay" or "server".
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Opens sockets and device and starts the shard. What can heal by itself is waited for;
    // everything else ends in context.fail().
    virtual void begin() = 0;
    // Takes over what can be taken over in place, and says what needs a restart.
    virtual void reload(const config::Configuration& configuration) = 0;
    // Own addresses, subnets or ports have changed.
    virtual void look_around() = 0;
    // Ends the shard, takes everything off the host, and reports the counters.
    virtual void end() = 0;

  protected:
    Instance() = default;
};

}  // namespace miredo::daemon
