// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One role that the configuration switches on, seen from the control thread: its sockets and
// device, its shard, and what its events mean for the host.
#pragma once

#include <functional>
#include <string_view>

#include "base/error.hpp"
#include "config/configuration.hpp"
#include "daemon/instance_status.hpp"

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
    // Takes over what can be taken over in place. Its section of `in_force` becomes what holds from
    // now on.
    virtual void reload(const config::Configuration& wanted, config::Configuration& in_force) = 0;
    // Own addresses, subnets or ports have changed.
    virtual void look_around() = 0;
    // Ends the shard, takes everything off the host, and reports the counters.
    virtual void end() = 0;

    [[nodiscard]] virtual InstanceStatus status() const = 0;
    [[nodiscard]] virtual Statistics statistics() const = 0;

    // Calls `done` later, from the control loop, with the peers that match; an error where too many
    // such questions are under way, or the instance has no peers or does not run (yet).
    using PeersListed = std::function<void(Expected<PeerPage>)>;
    virtual void list_peers(const PeerQuery& query, PeersListed done) = 0;

    // Looks again at what status().health complains about, where that costs little.
    virtual void check_health() {}

    // Client: asks the server again, now. False in every other role, and before it has begun.
    virtual bool requalify() { return false; }

  protected:
    Instance() = default;
};

}  // namespace miredo::daemon
