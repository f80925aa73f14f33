// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A bus of the test's own: dbus-daemon with the rules of a system bus and our policy, at an address
// that stands in for the system bus' while it lives.
#pragma once

#include <string>

#include <sys/types.h>

namespace miredo::bus {

class PrivateBus {
  public:
    // Prepares directory, configuration and $DBUS_SYSTEM_BUS_ADDRESS; nothing listens there yet.
    PrivateBus();
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;
    PrivateBus(PrivateBus&&) = delete;
    PrivateBus& operator=(PrivateBus&&) = delete;
    ~PrivateBus();

    // Returns when it can be connected to; false where it did not start.
    [[nodiscard]] bool start();
    void kill();
    // Lets it answer nothing, until resume().
    void pause() const;
    void resume() const;

  private:
    [[nodiscard]] bool write_configuration() const;

    std::string directory_;
    pid_t process_ = -1;
};

}  // namespace miredo::bus
