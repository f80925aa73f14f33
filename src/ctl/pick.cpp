// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/pick.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/words.hpp"

namespace miredo::ctl {

Outcome<std::string> pick_instance(const Json& document,
                                   std::string_view name,
                                   std::span<const std::string_view> roles) {
    const Outcome<Json> instances = find_instances(document, name);
    if (!instances) {
        return Failure{instances.error()};
    }
    std::vector<std::string> fitting;
    for (const Json& instance : *instances) {
        if (std::find(roles.begin(), roles.end(), text_or(instance, "role")) != roles.end()) {
            fitting.push_back(text_or(instance, "name"));
        }
    }
    if (fitting.size() == 1) {
        return fitting[0];
    }
    if (!fitting.empty()) {
        return Failure{
            usage(fmt::format("which instance? Name one of: {}", fmt::join(fitting, ", ")))};
    }
    const std::string wanted = fmt::format("{}", fmt::join(roles, " or "));
    if (!name.empty()) {
        return Failure{
            usage(fmt::format("instance '{}' is no {}, this verb needs one", name, wanted))};
    }
    return Failure{Problem{ExitStatus::kFailure,
                           fmt::format("miredo runs without a {}; its configuration has no such "
                                       "section",
                                       wanted)}};
}

}  // namespace miredo::ctl
