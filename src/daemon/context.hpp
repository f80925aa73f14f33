// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What instances need of the daemon around them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "broker/client.hpp"
#include "config/secrets.hpp"
#include "daemon/control_loop.hpp"
#include "daemon/exit_code.hpp"
#include "daemon/log.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/names.hpp"
#include "netlink/socket.hpp"

namespace miredo::daemon {

class Instance;

struct Context {
    const Log& log;
    ControlLoop& loop;
    broker::BrokerClient& broker;
    Names& names;
    netlink::NetlinkSocket& netlink;
    // UDP ports of all instances' sockets: with an address of this host they are ourselves.
    std::vector<std::uint16_t> own_ports;
    // Tells the others that `own_ports` has grown.
    std::function<void()> ports_changed;
    // Ends the program: the error is logged, everything is taken down.
    std::function<void(const Error& error, ExitCode code)> fail;
    // Something of the instance's status is another than before, counts and ages aside.
    std::function<void(const Instance& instance)> instance_changed = [](const Instance&) {};
    // What the configuration in force, or the one of the reload under way, names.
    config::Secrets secrets = {};
};

// A timer with growing delays (1, 2, 4 … 30 s) for what can heal by itself.
class RetryTimer {
  public:
    RetryTimer(Context& context, ControlLoop::Handler again);

    // Calls the handler after the next delay. Says so: "…; trying again in 2 s", with ERRNO and
    // MIREDO_RETRY_SEC beside the fields of `kind`.
    void wait(std::string_view subject,
              const Error& error,
              const MessageKind& kind = message::kTryingAgain,
              std::vector<Field> fields = {});
    void reset();

  private:
    Context& context_;
    Expected<ControlLoop::Timer> timer_;
    std::uint32_t tries_ = 0;
};

}  // namespace miredo::daemon
