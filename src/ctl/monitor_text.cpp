// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/monitor_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/instance_view.hpp"
#include "ctl/time_text.hpp"

namespace miredo::ctl {
namespace {

std::string or_dash(const std::string& value) {
    return value.empty() ? "-" : value;
}

Json or_null(const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
}

std::string because(const std::string& reason) {
    return reason.empty() ? std::string{} : fmt::format(" ({})", reason);
}

}  // namespace

std::string presence_line(const PresenceEvent& event, std::uint64_t now_usec) {
    if (event.instances == nullptr) {
        return fmt::format("{}  miredo {}",
                           clock_text(now_usec),
                           event.is_first ? "is not running" : "has stopped");
    }
    std::vector<std::string> states;
    for (const InstanceState& instance : *event.instances) {
        states.push_back(fmt::format("{} {}", instance.name, instance.state));
    }
    return fmt::format("{}  miredo {}: {}",
                       clock_text(now_usec),
                       event.is_first ? "is running" : "has started",
                       fmt::join(states, ", "));
}

std::string state_line(const ValueChange& change, const Style& style, std::uint64_t now_usec) {
    return fmt::format("{}  {}: state {} -> {}{}",
                       clock_text(now_usec),
                       change.instance,
                       or_dash(change.before),
                       style.paint(color_of_state(change.after), or_dash(change.after)),
                       because(change.reason));
}

std::string address_line(const ValueChange& change, std::uint64_t now_usec) {
    return fmt::format("{}  {}: address {} -> {}{}",
                       clock_text(now_usec),
                       change.instance,
                       or_dash(change.before),
                       or_dash(change.after),
                       because(change.reason));
}

Json presence_json(const PresenceEvent& event, std::uint64_t now_usec) {
    Json result{{"time_usec", now_usec},
                {"event", event.instances != nullptr ? "service-running" : "service-stopped"}};
    if (event.instances != nullptr) {
        result["instances"] = Json::array();
        for (const InstanceState& instance : *event.instances) {
            result["instances"].push_back(
                {{"name", instance.name}, {"role", instance.role}, {"state", instance.state}});
        }
    }
    return result;
}

Json change_json(const char* event, const ValueChange& change, std::uint64_t now_usec) {
    return {{"time_usec", now_usec},
            {"event", event},
            {"instance", change.instance},
            {"old", or_null(change.before)},
            {"new", or_null(change.after)},
            {"reason", or_null(change.reason)}};
}

}  // namespace miredo::ctl
