// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/exported.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "bus/changes.hpp"

namespace miredo::bus {
namespace {

using daemon::InstanceStatus;

template <typename Emit>
void emit_if_possible(const Emit& emit) {
    try {
        emit();
    } catch (const sdbus::Error&) {  // NOLINT(bugprone-empty-catch)
        // Nobody is there to be told.
    }
}

template <typename Object>
void tell(Object& object, const std::vector<std::string>& properties) {
    if (!properties.empty()) {
        emit_if_possible([&] { object.emit_changed(properties); });
    }
}

template <typename Object>
struct DetailsOf;
template <>
struct DetailsOf<ClientObject> {
    using Type = daemon::ClientDetails;
};
template <>
struct DetailsOf<RelayObject> {
    using Type = daemon::RelayDetails;
};
template <>
struct DetailsOf<ServerObject> {
    using Type = daemon::ServerDetails;
};

template <typename Object>
void tell_role(Object& object, const InstanceStatus& before, const InstanceStatus& after) {
    using Details = typename DetailsOf<Object>::Type;
    const auto* old_details = std::get_if<Details>(&before.details);
    const auto* new_details = std::get_if<Details>(&after.details);
    if (old_details != nullptr && new_details != nullptr) {
        tell(object, changed_properties(*old_details, *new_details));
    }
}

}  // namespace

Exported::Exported(sdbus::IConnection& connection, daemon::Control& control, uid_t own_user)
    : control_{control},
      told_{overall(control)},
      calls_{connection, own_user},
      manager_{connection, control, calls_} {
    for (daemon::Instance* instance : control.instances()) {
        entries_.push_back(make_entry(connection, *instance));
    }
}

Exported::Entry Exported::make_entry(sdbus::IConnection& connection, daemon::Instance& instance) {
    Entry entry;
    entry.instance = &instance;
    entry.told = instance.status();
    entry.object = std::make_unique<InstanceObject>(connection, instance, calls_);
    if (std::holds_alternative<daemon::ClientDetails>(entry.told.details)) {
        entry.role = std::make_unique<ClientObject>(connection, instance, calls_);
    } else if (std::holds_alternative<daemon::RelayDetails>(entry.told.details)) {
        entry.role = std::make_unique<RelayObject>(connection, instance);
    } else {
        entry.role = std::make_unique<ServerObject>(connection, instance);
    }
    return entry;
}

void Exported::instance_changed(const daemon::Instance& instance) {
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& candidate) {
        return candidate.instance == &instance;
    });
    if (entry == entries_.end()) {
        return;
    }
    const InstanceStatus before = std::exchange(entry->told, instance.status());
    tell_instance(*entry, before, entry->told);
    tell_manager();
}

// The properties first: who hears a signal and looks finds what it says.
void Exported::tell_instance(const Entry& entry,
                             const InstanceStatus& before,
                             const InstanceStatus& after) {
    tell(*entry.object, changed_properties(before, after));
    std::visit([&](const auto& role) { tell_role(*role, before, after); }, entry.role);
    if (before.state != after.state) {
        emit_if_possible([&] {
            entry.object->emitStateChanged(std::string{to_string(before.state)},
                                           std::string{to_string(after.state)},
                                           std::string{after.reason});
        });
    }
    const auto* client = std::get_if<std::unique_ptr<ClientObject>>(&entry.role);
    const auto change = address_change(before, after);
    if (client != nullptr && change) {
        emit_if_possible([&] {
            (*client)->emitAddressChanged(change->old_address, change->new_address, change->reason);
        });
    }
}

void Exported::tell_manager() {
    const Overall before = std::exchange(told_, overall(control_));
    std::vector<std::string> names;
    if (before.state != told_.state) {
        names.emplace_back("State");
    }
    if (before.health != told_.health) {
        names.emplace_back("Health");
    }
    tell(manager_, names);
}

void Exported::configuration_files_changed() {
    tell(manager_, {"ConfigurationFiles"});
}

}  // namespace miredo::bus
