// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Drives a D-Bus connection from an sd-event loop, in the loop's own thread. (sdbus-c++ 1.2
// can't; 2.x can, but lets its exceptions through sd-event when the bus goes away.)
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <sdbus-c++/sdbus-c++.h>
#include <systemd/sd-event.h>

#include "base/error.hpp"

namespace miredo::dbus {

class LoopAttachment {
  public:
    // Called from the loop, once, when the connection can't be used any more; `reason` is one line.
    // It may destroy the attachment and the connection.
    using Lost = std::function<void(const std::string& reason)>;

    // `connection` must outlive the attachment. All of its handlers are called from `loop`; one
    // message is handled in each turn, so that other sources of the loop have theirs.
    [[nodiscard]] static Expected<std::unique_ptr<LoopAttachment>>
    create(sd_event* loop, sdbus::IConnection& connection, Lost lost);

    LoopAttachment(const LoopAttachment&) = delete;
    LoopAttachment& operator=(const LoopAttachment&) = delete;
    LoopAttachment(LoopAttachment&&) = delete;
    LoopAttachment& operator=(LoopAttachment&&) = delete;
    ~LoopAttachment();

  private:
    LoopAttachment(sdbus::IConnection& connection, Lost lost);
    [[nodiscard]] int add_sources(sd_event* loop);
    // Before each wait: what to wait for, and how long.
    void prepare();
    void handle_one_message();
    void lose(std::string&& reason);

    sdbus::IConnection& connection_;
    Lost lost_;
    sd_event_source* descriptor_ = nullptr;
    sd_event_source* timer_ = nullptr;
    std::string loss_;  // seen by prepare(), told by the timer
};

}  // namespace miredo::dbus
