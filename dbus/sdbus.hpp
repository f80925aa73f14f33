// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One face for sdbus-c++ 1.2 and 2.x, whose names differ. What the generator makes of the XML is
// the same in both; everything else goes through here. MIREDO_SDBUS_MAJOR comes from
// dbus/meson.build.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sdbus-c++/sdbus-c++.h>

namespace miredo::dbus {

#if MIREDO_SDBUS_MAJOR >= 2
using ServiceName = sdbus::ServiceName;
using InterfaceName = sdbus::InterfaceName;
using PropertyName = sdbus::PropertyName;
using ErrorName = sdbus::Error::Name;
// First argument of whatever takes the answer to an asynchronous call: `if (error) error->…`.
using CallError = std::optional<sdbus::Error>;
#else
using ServiceName = std::string;
using InterfaceName = std::string;
using PropertyName = std::string;
using ErrorName = std::string;
using CallError = const sdbus::Error*;
#endif

// As onPropertiesChanged() of sdbus::Properties_proxy and onInterfacesAdded() of
// sdbus::ObjectManager_proxy have them.
using Properties = std::map<PropertyName, sdbus::Variant>;
using InterfacesAndProperties = std::map<InterfaceName, Properties>;

// The bus itself.
inline constexpr const char* kDriverName = "org.freedesktop.DBus";
inline constexpr const char* kDriverPath = "/org/freedesktop/DBus";

[[nodiscard]] inline sdbus::Error make_error(const char* name, const std::string& message) {
    return sdbus::Error{ErrorName{name}, message};
}

// The unique name of whose message the object's handler is called for; only inside such a handler.
[[nodiscard]] inline std::string sender_of_call(const sdbus::IObject& object) {
#if MIREDO_SDBUS_MAJOR >= 2
    return object.getCurrentlyProcessedMessage().getSender();
#else
    return object.getCurrentlyProcessedMessage()->getSender();
#endif
}

// With the values that the getters give now. Throws sdbus::Error where the bus is gone.
inline void emit_properties_changed(sdbus::IObject& object,
                                    const char* interface,
                                    const std::vector<std::string>& properties) {
    std::vector<PropertyName> names;
    names.reserve(properties.size());
    for (const std::string& property : properties) {
        names.emplace_back(property);
    }
    object.emitPropertiesChangedSignal(InterfaceName{interface}, names);
}

// Calls `handler` for each message that matches `rule`, as long as the slot lives.
[[nodiscard]] inline sdbus::Slot add_match(sdbus::IConnection& connection,
                                           const std::string& rule,
                                           std::function<void(sdbus::Message& message)> handler) {
#if MIREDO_SDBUS_MAJOR >= 2
    return connection.addMatch(
        rule,
        [handler = std::move(handler)](sdbus::Message message) { handler(message); },
        sdbus::return_slot);
#else
    return connection.addMatch(rule, std::move(handler));
#endif
}

// A proxy that shares `connection` (and its loop), which must outlive it.
[[nodiscard]] inline std::unique_ptr<sdbus::IProxy>
make_proxy(sdbus::IConnection& connection, const char* service, const char* path) {
    return sdbus::createProxy(connection, ServiceName{service}, sdbus::ObjectPath{path});
}

}  // namespace miredo::dbus
