// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The daemon as a control surface (the bus) sees it: what can be read, what can be asked for, and
// who is told of changes. All of it on the control thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <systemd/sd-event.h>

#include "base/error.hpp"
#include "config/changes.hpp"
#include "daemon/instance.hpp"

namespace miredo::daemon {

class Control {
  public:
    // The control thread's loop, to attach to.
    [[nodiscard]] virtual sd_event* event_loop() = 0;
    // All there are; they stay as long as the observer.
    [[nodiscard]] virtual std::vector<Instance*> instances() = 0;
    [[nodiscard]] virtual const std::vector<std::string>& configuration_files() const = 0;
    // Reads the configuration again and takes over what can be taken over in place. With an error
    // nothing has changed; it names every file and line.
    [[nodiscard]] virtual Expected<std::vector<config::Change>> reload() = 0;

  protected:
    Control() = default;
    Control(const Control&) = default;
    Control(Control&&) = default;
    Control& operator=(const Control&) = default;
    Control& operator=(Control&&) = default;
    ~Control() = default;
};

// Lives from before READY=1 until the instances have ended.
class Observer {
  public:
    virtual ~Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    Observer(Observer&&) = delete;
    Observer& operator=(Observer&&) = delete;

    // Something of instance.status() is another than before, counts and ages aside.
    virtual void instance_changed(const Instance& instance) = 0;
    virtual void configuration_files_changed() = 0;

  protected:
    Observer() = default;
};

}  // namespace miredo::daemon
