// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl monitor`: a line for each event, for people or for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/json.hpp"
#include "ctl/style.hpp"
#include "ctl/watch.hpp"

namespace miredo::ctl {

// The service is there, with these instances; `instances` nullptr: it isn't. `is_first`: it was so
// when the watch began.
struct PresenceEvent {
    const std::vector<InstanceState>* instances = nullptr;
    bool is_first = false;
};

// Without newline; `now_usec` since 1970.
[[nodiscard]] std::string presence_line(const PresenceEvent& event, std::uint64_t now_usec);
[[nodiscard]] std::string
state_line(const ValueChange& change, const Style& style, std::uint64_t now_usec);
[[nodiscard]] std::string address_line(const ValueChange& change, std::uint64_t now_usec);

// {"time_usec", "event", …}; event is service-running, service-stopped, state-changed,
// address-changed.
[[nodiscard]] Json presence_json(const PresenceEvent& event, std::uint64_t now_usec);
[[nodiscard]] Json
change_json(const char* event, const ValueChange& change, std::uint64_t now_usec);

}  // namespace miredo::ctl
