// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The whole daemon on the bus: org.miredo.Miredo1.Manager, and ObjectManager for the instances
// below.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <miredo1_manager_adaptor.hpp>

#include <sdbus-c++/sdbus-c++.h>

#include "bus/calls.hpp"
#include "daemon/control.hpp"

namespace miredo::bus {

// Control and Calls must outlive it.
class ManagerObject final : public sdbus::AdaptorInterfaces<org::miredo::Miredo1::Manager_adaptor,
                                                            sdbus::ObjectManager_adaptor> {
  public:
    ManagerObject(sdbus::IConnection& connection, daemon::Control& control, Calls& calls);
    ManagerObject(const ManagerObject&) = delete;
    ManagerObject& operator=(const ManagerObject&) = delete;
    ManagerObject(ManagerObject&&) = delete;
    ManagerObject& operator=(ManagerObject&&) = delete;
    ~ManagerObject();

    // Throws sdbus::Error where the bus is gone.
    void emit_changed(const std::vector<std::string>& properties);

  private:
    using Change = sdbus::Struct<std::string, std::string, std::string, std::string>;
    using Listed = sdbus::Struct<std::string, std::string, std::string, sdbus::ObjectPath>;
    using Item = sdbus::Struct<std::string, std::string, std::string>;

    std::vector<Listed> ListInstances() override;
    sdbus::ObjectPath GetInstance(const std::string& name) override;
    sdbus::ObjectPath GetInstanceByInterface(const std::int32_t& ifindex) override;
    void Reload(sdbus::Result<std::vector<Change>>&& result) override;
    std::string Describe() override;

    std::string Version() override;
    std::string State() override;
    std::vector<Item> Health() override;
    std::vector<std::string> ConfigurationFiles() override;

    daemon::Control& control_;
    Calls& calls_;
};

}  // namespace miredo::bus
