// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What distinguishes two configurations, key by key: the report of a reload.
#pragma once

#include <string>
#include <vector>

#include "config/configuration.hpp"

namespace miredo::config {

struct Change {
    std::string key;        // "Client.Server"; for a section that comes or goes "Client", yes or no
    std::string old_value;  // as to_text() shows it; empty: none
    std::string new_value;
    bool is_applied = true;  // false: in force after a restart

    friend bool operator==(const Change&, const Change&) = default;
};

// In the order of to_text(); `is_applied` for all of them.
[[nodiscard]] std::vector<Change> changes(const Configuration& before, const Configuration& after);

// The report of a reload that asked for `wanted` where `before` was in force, and after which
// `in_force` is: what was applied, and then what needs a restart.
[[nodiscard]] std::vector<Change> report_reload(const Configuration& before,
                                                const Configuration& in_force,
                                                const Configuration& wanted);

}  // namespace miredo::config
