// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The service followed by its signals, without asking again and again: who waits is woken when it
// appears, when a state or an address changes, and when it goes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <systemd/sd-event.h>

#include "ctl/outcome.hpp"

namespace miredo::ctl {

// The words are those of the D-Bus API.
struct InstanceState {
    std::string name;
    std::string role;
    std::string state;
};

// Of a state or an address, printable.
struct ValueChange {
    std::string instance;
    std::string before;  // empty: none
    std::string after;
    std::string reason;
};

// All called from the loop, the first two also while the watch is made.
struct WatchHandlers {
    // The service is there, with these instances; they stay as long as it does.
    std::function<void(const std::vector<InstanceState>&)> appeared;
    std::function<void()> vanished;  // it isn't there, or no more
    std::function<void(const ValueChange&)> state_changed;
    std::function<void(const ValueChange&)> address_changed;
    std::function<void(const Problem&)> failed;  // nothing more will come
};

// Follows the service from create() on, for as long as it exists.
class Watch {
  public:
    // `loop` must outlive the watch. No call over the bus takes longer than `limit`. Problems: no
    // bus; the service doesn't answer. That it isn't there is none.
    [[nodiscard]] static Outcome<std::unique_ptr<Watch>>
    create(sd_event* loop, WatchHandlers handlers, std::chrono::milliseconds limit);

    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    Watch(Watch&&) = delete;
    Watch& operator=(Watch&&) = delete;
    ~Watch();

  private:
    class Session;
    Watch();

    std::unique_ptr<Session> session_;
};

}  // namespace miredo::ctl
