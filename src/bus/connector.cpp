// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/connector.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "dbus/names.hpp"
#include "dbus/sdbus.hpp"
#include "io/unique_fd.hpp"

namespace miredo::bus {
namespace {

// RequestName() of the D-Bus specification.
constexpr std::uint32_t kDoNotQueue = 4;
constexpr std::uint32_t kPrimaryOwner = 1;
constexpr std::uint32_t kExists = 3;

std::string bus_address() {
    const char* address = std::getenv("DBUS_SYSTEM_BUS_ADDRESS");
    return address != nullptr ? address : "/run/dbus/system_bus_socket";
}

NoBus no_connection(const sdbus::Error& error) {
    return {Error{"cannot connect to the system bus: " + error.getMessage(),
                  bus_address(),
                  0,
                  "miredoctl does not work without it: install and start D-Bus (on Debian the "
                  "package dbus)"}};
}

NoBus no_name(const sdbus::Error& error) {
    return {Error{"the system bus refuses the name: " + error.getMessage(),
                  dbus::kBusName,
                  0,
                  "miredoctl does not work without it: install the bus policy "
                  "org.miredo.Miredo1.conf (in /usr/share/dbus-1/system.d) and run as the user "
                  "that it names"}};
}

std::uint32_t pid_of_owner(sdbus::IProxy& driver) {
    std::uint32_t pid = 0;
    try {
        driver.callMethod("GetConnectionUnixProcessID")
            .onInterface(dbus::kDriverName)
            .withArguments(std::string{dbus::kBusName})
            .storeResultsTo(pid);
    } catch (const sdbus::Error&) {  // NOLINT(bugprone-empty-catch)
        // It has gone, or the bus does not know.
    }
    return pid;
}

Outcome acquire_name(Connection connection) {
    const auto driver = dbus::make_proxy(*connection, dbus::kDriverName, dbus::kDriverPath);
    std::uint32_t result = 0;
    try {
        driver->callMethod("RequestName")
            .onInterface(dbus::kDriverName)
            .withArguments(std::string{dbus::kBusName}, kDoNotQueue)
            .storeResultsTo(result);
    } catch (const sdbus::Error& error) {
        return no_name(error);
    }
    if (result == kExists) {
        return NameTaken{pid_of_owner(*driver)};
    }
    if (result != kPrimaryOwner) {
        return no_name(dbus::make_error("", "it answers " + std::to_string(result)));
    }
    return connection;
}

}  // namespace

Outcome connect_to_system_bus() {
    try {
        return acquire_name(sdbus::createSystemBusConnection());
    } catch (const sdbus::Error& error) {
        return no_connection(error);
    }
}

// Shared with the thread, which may outlive the connector.
struct Connector::Try {
    io::UniqueFd ended;  // eventfd, written after `outcome`
    Outcome outcome;
};

Connector::Connector(Done done) : done_{std::move(done)}, try_{std::make_shared<Try>()} {}

Connector::~Connector() {
    sd_event_source_disable_unref(source_);
    if (thread_.joinable()) {
        thread_.detach();
    }
}

Expected<std::unique_ptr<Connector>> Connector::create(sd_event* loop, Done done) {
    std::unique_ptr<Connector> connector{new Connector{std::move(done)}};
    if (auto watched = connector->watch(loop); !watched) {
        return Failure{watched.error()};
    }
    return connector;
}

Expected<void> Connector::watch(sd_event* loop) {
    try_->ended.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!try_->ended) {
        return Failure{Error{"cannot make an event descriptor", {}, errno, {}}};
    }
    const int result = sd_event_add_io(
        loop,
        &source_,
        try_->ended.get(),
        EPOLLIN,
        [](sd_event_source*, int, std::uint32_t, void* self) {
            static_cast<Connector*>(self)->end_try();
            return 0;
        },
        this);
    if (result < 0) {
        return Failure{Error{"cannot watch an event descriptor", {}, -result, {}}};
    }
    return {};
}

void Connector::begin() {
    const auto run = [shared = try_] {
        shared->outcome = connect_to_system_bus();
        const std::uint64_t one = 1;
        (void)!::write(shared->ended.get(), &one, sizeof one);
    };
    try {
        thread_ = std::thread{run};
    } catch (const std::system_error&) {
        run();
    }
}

void Connector::wait(std::chrono::milliseconds limit) {
    pollfd ended{try_->ended.get(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(limit.count())) == 1) {
        end_try();
    }
}

void Connector::end_try() {
    std::uint64_t count = 0;
    if (::read(try_->ended.get(), &count, sizeof count) != sizeof count) {
        return;
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    done_(std::exchange(try_->outcome, Outcome{}));
}

}  // namespace miredo::bus
