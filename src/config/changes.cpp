// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/changes.hpp"

#include <fmt/format.h>

#include "config/keys.hpp"

namespace miredo::config {
namespace {

void compare(const Section& section,
             const Configuration& before,
             const Configuration& after,
             std::vector<Change>& found) {
    const bool was_there = section.exists(before);
    const bool is_there = section.exists(after);
    if (was_there != is_there) {
        found.push_back(
            {std::string{section.name}, was_there ? "yes" : "no", is_there ? "yes" : "no"});
    }
    if (!was_there || !is_there) {
        return;
    }
    for (const Key& key : section.keys) {
        if (key.show == nullptr) {
            continue;
        }
        std::string old_value = key.show(before);
        std::string new_value = key.show(after);
        if (old_value != new_value) {
            found.push_back({fmt::format("{}.{}", section.name, key.name),
                             std::move(old_value),
                             std::move(new_value)});
        }
    }
}

}  // namespace

std::vector<Change> changes(const Configuration& before, const Configuration& after) {
    std::vector<Change> found;
    for (const Section& section : sections()) {
        compare(section, before, after, found);
    }
    return found;
}

std::vector<Change> report_reload(const Configuration& before,
                                  const Configuration& in_force,
                                  const Configuration& wanted) {
    std::vector<Change> report = changes(before, in_force);
    for (Change& change : changes(in_force, wanted)) {
        change.is_applied = false;
        report.push_back(std::move(change));
    }
    return report;
}

}  // namespace miredo::config
