// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/manager_object.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "bus/describe.hpp"
#include "bus/instance_object.hpp"
#include "bus/overall.hpp"
#include "bus/values.hpp"
#include "dbus/names.hpp"

namespace miredo::bus {

ManagerObject::ManagerObject(sdbus::IConnection& connection, daemon::Control& control, Calls& calls)
    : AdaptorInterfaces{connection, sdbus::ObjectPath{dbus::kManagerPath}},
      control_{control},
      calls_{calls} {
    registerAdaptor();
}

ManagerObject::~ManagerObject() {
    unregisterAdaptor();
}

void ManagerObject::emit_changed(const std::vector<std::string>& properties) {
    dbus::emit_properties_changed(getObject(), Manager_adaptor::INTERFACE_NAME, properties);
}

std::vector<ManagerObject::Listed> ManagerObject::ListInstances() {
    std::vector<Listed> listed;
    for (const daemon::Instance* instance : control_.instances()) {
        const std::string name{instance->name()};
        listed.emplace_back(
            name, name, std::string{to_string(instance->status().state)}, path_of(*instance));
    }
    return listed;
}

sdbus::ObjectPath ManagerObject::GetInstance(const std::string& name) {
    for (const daemon::Instance* instance : control_.instances()) {
        if (instance->name() == name) {
            return path_of(*instance);
        }
    }
    throw dbus::make_error(dbus::error::kNoSuchInstance,
                           fmt::format("there is no instance \"{}\"", name));
}

sdbus::ObjectPath ManagerObject::GetInstanceByInterface(const std::int32_t& ifindex) {
    for (const daemon::Instance* instance : control_.instances()) {
        const auto interface = instance->status().interface;
        if (interface && static_cast<std::int64_t>(interface->index) == ifindex) {
            return path_of(*instance);
        }
    }
    throw dbus::make_error(dbus::error::kNoSuchInstance,
                           fmt::format("no instance has the interface with index {}", ifindex));
}

void ManagerObject::Reload(sdbus::Result<std::vector<Change>>&& result) {
    calls_.accept(getObject(),
                  std::move(result),
                  [&control = control_](const std::shared_ptr<Reply<std::vector<Change>>>& reply) {
                      const auto changes = control.reload();
                      if (!changes) {
                          reply->refuse(dbus::make_error(dbus::error::kConfigurationInvalid,
                                                         valid_text(changes.error().to_string())));
                          return;
                      }
                      std::vector<Change> told;
                      for (const config::Change& change : changes.value()) {
                          told.emplace_back(
                              valid_text(change.key),
                              valid_text(change.old_value),
                              valid_text(change.new_value),
                              std::string{change.is_applied ? "applied" : "restart-needed"});
                      }
                      reply->give(told);
                  });
}

std::string ManagerObject::Describe() {
    for (daemon::Instance* const instance : control_.instances()) {
        instance->check_health();
    }
    return to_text(describe(control_));
}

std::string ManagerObject::Version() {
    return MIREDO_VERSION;
}

std::string ManagerObject::State() {
    return overall(control_).state;
}

std::vector<ManagerObject::Item> ManagerObject::Health() {
    std::vector<Item> items;
    for (const daemon::HealthItem& item : overall(control_).health) {
        items.emplace_back(item.id, std::string{"warning"}, valid_text(item.text));
    }
    return items;
}

std::vector<std::string> ManagerObject::ConfigurationFiles() {
    std::vector<std::string> files;
    for (const std::string& file : control_.configuration_files()) {
        files.push_back(valid_text(file));
    }
    return files;
}

}  // namespace miredo::bus
