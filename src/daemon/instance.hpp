// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One role that the configuration switches on, seen from the control thread: its sockets and
// device, its shard, and what its events mean for the host.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include "config/configuration.hpp"
#include "daemon/context.hpp"
#include "daemon/shard.hpp"

namespace miredo::daemon {

class Instance {
  public:
    virtual ~Instance() = default;
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

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

// Starts a shard and hands its events to `handle`, from the control loop.
template <teredo::Role R, typename Settings>
[[nodiscard]] Expected<std::unique_ptr<Shard<R>>>
launch(Context& context,
       ShardEdges edges,
       Settings settings,
       std::function<void(const teredo::Event&)> handle) {
    auto shard = Shard<R>::create(std::move(edges), std::move(settings));
    if (!shard) {
        return shard;
    }
    io::Mailbox<FromShard>& messages = (*shard)->messages();
    const auto take = [&context, &messages, handle = std::move(handle)] {
        messages.drain([&](const FromShard& message) {
            if (const auto* error = std::get_if<Error>(&message)) {
                context.fail(*error, ExitCode::kFailure);
            } else {
                handle(std::get<teredo::Event>(message));
            }
        });
    };
    if (auto done = context.loop.on_readable(messages.fd(), take); !done) {
        return Failure{done.error()};
    }
    (*shard)->start();
    return shard;
}

// Gives the role something to do on its own thread.
template <teredo::Role R>
void post(Context& context, Shard<R>& shard, typename Shard<R>::Task task) {
    if (!shard.post(std::move(task))) {
        context.fail(Error{"the packet thread hangs", {}, 0, {}}, ExitCode::kFailure);
    }
}

}  // namespace miredo::daemon
