// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/bus.hpp"

#include <string_view>

namespace miredo::ctl {

Outcome<std::unique_ptr<sdbus::IConnection>> connect_to_bus(std::chrono::milliseconds limit) {
    try {
        std::unique_ptr<sdbus::IConnection> connection = sdbus::createSystemBusConnection();
        connection->setMethodCallTimeout(limit);
        return connection;
    } catch (const sdbus::Error& error) {
        return Failure{no_bus(error.getMessage())};
    }
}

std::optional<std::string> owner_of_service(sdbus::IConnection& connection) {
    const std::unique_ptr<sdbus::IProxy> driver =
        dbus::make_proxy(connection, dbus::kDriverName, dbus::kDriverPath);
    std::string owner;
    try {
        driver->callMethod("GetNameOwner")
            .onInterface(dbus::kDriverName)
            .withArguments(std::string{dbus::kBusName})
            .storeResultsTo(owner);
    } catch (const sdbus::Error& error) {
        if (std::string_view{error.getName()} == "org.freedesktop.DBus.Error.NameHasNoOwner") {
            return std::nullopt;
        }
        throw;
    }
    return owner;
}

Problem problem_of(const sdbus::Error& error, const sdbus::IConnection& connection) {
    return failed_call(error.getName(),
                       error.getMessage(),
                       std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::microseconds{connection.getMethodCallTimeout()}));
}

}  // namespace miredo::ctl
