// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl reload`: what changed.
#pragma once

#include <string>
#include <vector>

#include "ctl/json.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

struct ReloadChange {
    std::string key;        // with its section: "Client.Port"
    std::string old_value;  // empty: none
    std::string new_value;
    bool is_applied = false;  // false: in force after a restart
};

struct ReloadReport {
    std::vector<std::string> files;  // that were read
    std::vector<ReloadChange> changes;
};

// The files, and a line for each change.
[[nodiscard]] std::string reload_text(const ReloadReport& report, const Style& style);
// miredo.reload/1
[[nodiscard]] Json reload_json(const ReloadReport& report);

}  // namespace miredo::ctl
