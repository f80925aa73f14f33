// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The system bus as miredoctl's verbs need it. Only this header's users see sdbus-c++.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <miredo1_client_proxy.hpp>
#include <miredo1_instance_proxy.hpp>
#include <miredo1_manager_proxy.hpp>

#include "ctl/bus_problem.hpp"
#include "ctl/outcome.hpp"
#include "dbus/names.hpp"
#include "dbus/sdbus.hpp"

namespace miredo::ctl {

// The generated glue's classes, to be called only: without subscription to the signals.
class ManagerProxy final : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Manager_proxy> {
  public:
    ManagerProxy(sdbus::IConnection& connection, const std::string& owner)
        : ProxyInterfaces{
              connection, dbus::ServiceName{owner}, sdbus::ObjectPath{dbus::kManagerPath}} {}
};

class InstanceProxy final : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Instance_proxy> {
  public:
    InstanceProxy(sdbus::IConnection& connection, const std::string& owner, const std::string& path)
        : ProxyInterfaces{connection, dbus::ServiceName{owner}, sdbus::ObjectPath{path}} {}

  private:
    void onStateChanged(const std::string& /*old*/,
                        const std::string& /*now*/,
                        const std::string& /*reason*/) override {}
};

class ClientProxy final : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Client_proxy> {
  public:
    ClientProxy(sdbus::IConnection& connection, const std::string& owner, const std::string& path)
        : ProxyInterfaces{connection, dbus::ServiceName{owner}, sdbus::ObjectPath{path}} {}

  private:
    void onAddressChanged(const std::string& /*old*/,
                          const std::string& /*now*/,
                          const std::string& /*reason*/) override {}
};

// The system bus, or where $DBUS_SYSTEM_BUS_ADDRESS points. Neither this nor any call over it takes
// longer than the limit.
[[nodiscard]] Outcome<std::unique_ptr<sdbus::IConnection>>
connect_to_bus(std::chrono::milliseconds limit);

// The unique name of who owns the service's name; nothing where nobody does. Throws sdbus::Error.
[[nodiscard]] std::optional<std::string> owner_of_service(sdbus::IConnection& connection);

// What a call over the connection has thrown.
[[nodiscard]] Problem problem_of(const sdbus::Error& error, const sdbus::IConnection& connection);

}  // namespace miredo::ctl
