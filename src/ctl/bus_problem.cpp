// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/bus_problem.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ctl/style.hpp"
#include "ctl/time_text.hpp"
#include "dbus/names.hpp"

namespace miredo::ctl {
namespace {

constexpr std::array<std::string_view, 4> kTimeouts{
    "org.freedesktop.DBus.Error.Timeout",
    "org.freedesktop.DBus.Error.TimedOut",
    "System.Error.ETIMEDOUT",
    "System.Error.ETIME",
};
// The owner of the name went away before or while it was asked.
constexpr std::array<std::string_view, 4> kGone{
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.Disconnected",
};
constexpr std::array<std::string_view, 4> kForeign{
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownInterface",
    "org.freedesktop.DBus.Error.UnknownProperty",
    "org.freedesktop.DBus.Error.InvalidSignature",
};

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Several lines stay several lines.
std::string printable_lines(const std::string& text) {
    std::string result;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        result += (start == 0 ? "" : "\n") + printable(text.substr(start, end - start));
        start = end + 1;
    }
    return result;
}

// "Failed to open bus (No such file or directory)": what is in the brackets.
std::string_view cause_in(std::string_view reason) {
    const std::size_t open = reason.find('(');
    const std::size_t close = reason.rfind(')');
    return open < close && close != std::string_view::npos
               ? reason.substr(open + 1, close - open - 1)
               : reason;
}

}  // namespace

Problem no_bus(std::string_view reason) {
    return {ExitStatus::kNotRunning,
            fmt::format("cannot reach the system bus, by which miredo is asked: {}. Start it: "
                        "systemctl start dbus",
                        printable(cause_in(reason)))};
}

Problem bus_hangs(std::chrono::milliseconds limit) {
    return {ExitStatus::kTimeout,
            fmt::format("the system bus, by which miredo is asked, has not answered within {}. "
                        "See: systemctl status dbus",
                        span_text(limit))};
}

Problem not_running() {
    return {ExitStatus::kNotRunning,
            fmt::format("miredo is not running: no one owns {} on the system bus. Start it: "
                        "systemctl start miredo",
                        dbus::kBusName)};
}

Problem
failed_call(std::string_view name, const std::string& message, std::chrono::milliseconds limit) {
    const std::string said = printable_lines(message);
    if (name == dbus::error::kAccessDenied) {
        return {ExitStatus::kRefused,
                fmt::format("permission denied: {}. Run it as root: sudo miredoctl ...", said)};
    }
    if (name == dbus::error::kConfigurationInvalid) {
        return {ExitStatus::kConfigurationInvalid,
                fmt::format("the configuration is invalid, the one in force stays:\n{}", said)};
    }
    if (is_one_of(kTimeouts, name)) {
        return {ExitStatus::kTimeout,
                fmt::format("miredo is there, but has not answered within {}. See: journalctl -u "
                            "miredo",
                            span_text(limit))};
    }
    if (is_one_of(kGone, name)) {
        return {ExitStatus::kNotRunning,
                "miredo went away before it answered. See: journalctl -u miredo"};
    }
    if (is_one_of(kForeign, name)) {
        return {ExitStatus::kFailure,
                fmt::format("the miredo that is running is of another version than miredoctl: {}. "
                            "Restart it: systemctl restart miredo",
                            said)};
    }
    return {ExitStatus::kFailure, fmt::format("{} ({})", said, printable(name))};
}

}  // namespace miredo::ctl
