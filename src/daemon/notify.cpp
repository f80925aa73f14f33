// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/notify.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>

#include <fmt/format.h>

#include <systemd/sd-daemon.h>

namespace miredo::daemon {
namespace {

// A service manager that can't be told is no reason to do anything else.
void tell(const std::string& message) {
    (void)::sd_notify(0, message.c_str());
}

// A newline would begin another assignment.
std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// CLOCK_MONOTONIC, which systemd 253 compares with its own to match a reload with its request.
std::uint64_t monotonic_microseconds() {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000U;
}

}  // namespace

void ServiceManager::ready() {
    tell("READY=1");
}

void ServiceManager::reloading() {
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_microseconds()));
}

void ServiceManager::stopping() {
    tell("STOPPING=1");
}

void ServiceManager::failed(const Error& error) {
    std::string message = "STATUS=" + one_line(error.to_string());
    if (error.error_number != 0) {
        message += fmt::format("\nERRNO={}", error.error_number);
    }
    tell(message);
}

void ServiceManager::set_state(std::string_view instance, std::string_view state) {
    states_.insert_or_assign(std::string{instance}, one_line(std::string{state}));
    std::string line;
    for (const auto& [name, text] : states_) {
        line += fmt::format("{}{}: {}", line.empty() ? "" : "; ", name, text);
    }
    if (line != line_) {
        line_ = std::move(line);
        tell("STATUS=" + line_);
    }
}

}  // namespace miredo::daemon
