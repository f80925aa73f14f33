// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Everything that is on the bus through one connection, and what it was last told.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include <sys/types.h>

#include <sdbus-c++/sdbus-c++.h>

#include "bus/calls.hpp"
#include "bus/instance_object.hpp"
#include "bus/manager_object.hpp"
#include "bus/overall.hpp"
#include "bus/role_objects.hpp"
#include "daemon/control.hpp"

namespace miredo::bus {

class Exported {
  public:
    // Throws sdbus::Error where the bus is gone. Both must outlive it.
    Exported(sdbus::IConnection& connection, daemon::Control& control, uid_t own_user);

    // Never throw: whether the bus is gone is for the connection's loop to say.
    void instance_changed(const daemon::Instance& instance);
    void configuration_files_changed();

  private:
    struct Entry {
        daemon::Instance* instance = nullptr;
        daemon::InstanceStatus told;
        std::unique_ptr<InstanceObject> object;
        std::variant<std::unique_ptr<ClientObject>,
                     std::unique_ptr<RelayObject>,
                     std::unique_ptr<ServerObject>>
            role;
    };
    [[nodiscard]] Entry make_entry(sdbus::IConnection& connection, daemon::Instance& instance);
    void tell_instance(const Entry& entry,
                       const daemon::InstanceStatus& before,
                       const daemon::InstanceStatus& after);
    void tell_manager();

    daemon::Control& control_;
    Overall told_;
    Calls calls_;
    ManagerObject manager_;
    std::vector<Entry> entries_;
};

}  // namespace miredo::bus
