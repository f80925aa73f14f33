// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/bus.hpp"

#include <exception>
#include <future>
#include <string_view>
#include <utility>

#include "io/thread.hpp"

namespace miredo::ctl {
namespace {

using Connection = std::unique_ptr<sdbus::IConnection>;

// sd-bus itself would wait a minute and a half for a bus that hangs. Who waits for the future no
// more leaves the thread to the end of the process.
Expected<std::future<Connection>> begin_to_connect() {
    auto connection = std::make_shared<std::promise<Connection>>();
    std::future<Connection> result = connection->get_future();
    auto thread = io::start_thread("the connecting", [connection] {
        try {
            connection->set_value(sdbus::createSystemBusConnection());
        } catch (const sdbus::Error&) {
            connection->set_exception(std::current_exception());
        }
    });
    if (!thread) {
        return Failure{thread.error()};
    }
    thread->detach();
    return result;
}

}  // namespace

Outcome<Connection> connect_to_bus(std::chrono::milliseconds limit) {
    auto connected = begin_to_connect();
    if (!connected) {
        return Failure{Problem{ExitStatus::kFailure, connected.error().to_string()}};
    }
    if (connected->wait_for(limit) != std::future_status::ready) {
        return Failure{bus_hangs(limit)};
    }
    try {
        Connection connection = connected->get();
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
