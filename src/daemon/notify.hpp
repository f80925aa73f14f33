// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the service manager is told (sd_notify(3)). Without $NOTIFY_SOCKET nothing happens. For the
// control thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace miredo::daemon {

class ServiceManager {
  public:
    // The control plane is up; also the end of a reload.
    void ready();
    void reloading();
    void stopping();
    // Why it is going to end: ERRNO= where there is a number, and the error as the status.
    void failed(const Error& error);
    // One line for all instances, "client: qualified; server: running", sent when it changes.
    // `state` of an instance replaces its last one.
    void set_state(std::string_view instance, std::string_view state);

  private:
    std::map<std::string, std::string, std::less<>> states_;
    std::string line_;
};

}  // namespace miredo::daemon
