// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The clients' side of the generated glue; signals are kept.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <miredo1_client_proxy.hpp>
#include <miredo1_instance_proxy.hpp>
#include <miredo1_manager_proxy.hpp>
#include <miredo1_relay_proxy.hpp>
#include <miredo1_server_proxy.hpp>

#include <sdbus-c++/sdbus-c++.h>

#include "dbus/names.hpp"
#include "dbus/sdbus.hpp"

namespace miredo::bus {

inline sdbus::ObjectPath instance_path(const std::string& name) {
    return sdbus::ObjectPath{dbus::kInstancePathPrefix + name};
}

// Without signals.
template <typename Proxy>
class Quiet final : public sdbus::ProxyInterfaces<Proxy> {
  public:
    Quiet(sdbus::IConnection& connection, const std::string& path)
        : sdbus::ProxyInterfaces<Proxy>{
              connection, dbus::ServiceName{dbus::kBusName}, sdbus::ObjectPath{path}} {
        this->registerProxy();
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    Quiet(Quiet&&) = delete;
    Quiet& operator=(Quiet&&) = delete;
    ~Quiet() { this->unregisterProxy(); }
};
using RelayProxy = Quiet<org::miredo::Miredo1::Relay_proxy>;
using ServerProxy = Quiet<org::miredo::Miredo1::Server_proxy>;

struct SignalArguments {
    std::string old_value;
    std::string new_value;
    std::string reason;
};

// Which properties of each interface were told to be others, and with what value.
class Changes : public sdbus::Properties_proxy {
  public:
    Changes(const Changes&) = delete;
    Changes& operator=(const Changes&) = delete;
    Changes(Changes&&) = delete;
    Changes& operator=(Changes&&) = delete;

    std::map<std::string, std::set<std::string>> names;
    std::map<std::string, sdbus::Variant> values;  // by property, of all interfaces

  protected:
    explicit Changes(sdbus::IProxy& proxy) : Properties_proxy{proxy} {}
    ~Changes() = default;

  private:
    void onPropertiesChanged(const dbus::InterfaceName& interface,
                             const dbus::Properties& changed,
                             const std::vector<dbus::PropertyName>& invalidated) override {
        for (const auto& [property, value] : changed) {
            names[interface].insert(property);
            values[property] = value;
        }
        for (const dbus::PropertyName& property : invalidated) {
            names[interface].insert(property + " without a value");
        }
    }
};

class ManagerProxy final
    : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Manager_proxy, Changes> {
  public:
    explicit ManagerProxy(sdbus::IConnection& connection)
        : ProxyInterfaces{connection,
                          dbus::ServiceName{dbus::kBusName},
                          sdbus::ObjectPath{dbus::kManagerPath}} {
        registerProxy();
    }
    ManagerProxy(const ManagerProxy&) = delete;
    ManagerProxy& operator=(const ManagerProxy&) = delete;
    ManagerProxy(ManagerProxy&&) = delete;
    ManagerProxy& operator=(ManagerProxy&&) = delete;
    ~ManagerProxy() { unregisterProxy(); }
};

class InstanceProxy final
    : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Instance_proxy, Changes> {
  public:
    InstanceProxy(sdbus::IConnection& connection, const std::string& name)
        : ProxyInterfaces{connection, dbus::ServiceName{dbus::kBusName}, instance_path(name)} {
        registerProxy();
    }
    InstanceProxy(const InstanceProxy&) = delete;
    InstanceProxy& operator=(const InstanceProxy&) = delete;
    InstanceProxy(InstanceProxy&&) = delete;
    InstanceProxy& operator=(InstanceProxy&&) = delete;
    ~InstanceProxy() { unregisterProxy(); }

    std::vector<SignalArguments> state_changes;

  private:
    void onStateChanged(const std::string& old_state,
                        const std::string& new_state,
                        const std::string& reason) override {
        state_changes.push_back({old_state, new_state, reason});
    }
};

class ClientProxy final : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Client_proxy> {
  public:
    explicit ClientProxy(sdbus::IConnection& connection)
        : ProxyInterfaces{connection, dbus::ServiceName{dbus::kBusName}, instance_path("client")} {
        registerProxy();
    }
    ClientProxy(const ClientProxy&) = delete;
    ClientProxy& operator=(const ClientProxy&) = delete;
    ClientProxy(ClientProxy&&) = delete;
    ClientProxy& operator=(ClientProxy&&) = delete;
    ~ClientProxy() { unregisterProxy(); }

    std::vector<SignalArguments> address_changes;

  private:
    void onAddressChanged(const std::string& old_address,
                          const std::string& new_address,
                          const std::string& reason) override {
        address_changes.push_back({old_address, new_address, reason});
    }
};

}  // namespace miredo::bus
