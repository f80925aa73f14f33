// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The control thread: makes the instances that the configuration switches on, and handles signals,
// reload and the end. It knows nothing of command lines or buses.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/client.hpp"
#include "config/configuration.hpp"
#include "config/secrets.hpp"
#include "daemon/context.hpp"
#include "daemon/control.hpp"
#include "daemon/instance.hpp"

namespace miredo::daemon {

struct LoadedConfiguration {
    config::Configuration configuration;
    std::vector<std::string> files;  // that were read, lowest precedence first
    config::Secrets secrets;         // that the configuration names
};

struct DaemonOptions {
    LoadedConfiguration loaded;
    // Reads the configuration again; where it has errors they are in the error's text, all of them,
    // and were logged.
    std::function<Expected<LoadedConfiguration>()> reload;
    // Makes whoever shows the daemon to others; called when the instances have begun, before
    // ready(). May make nothing.
    std::function<std::unique_ptr<Observer>(Control& control)> observe;
    // Called once, when the control plane is up and every instance has begun.
    std::function<void()> ready;
};

// Runs until SIGTERM, SIGINT or SIGQUIT, or until something can't go on. On return nothing is left
// on the host. Call block_signals(), drop_privileges() and confine_process() before. `broker_end`
// becomes readable when the broker has ended; -1 where it has a life of its own.
[[nodiscard]] ExitCode run_daemon(const Log& log,
                                  broker::BrokerClient& broker,
                                  int broker_end,
                                  const DaemonOptions& options);

}  // namespace miredo::daemon
