// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/instance_view.hpp"

#include <optional>

namespace miredo::ctl {

bool is_up(std::string_view state) {
    return state == "qualified" || state == "running";
}

Color color_of_state(std::string_view state) {
    if (is_up(state)) {
        return Color::kGreen;
    }
    return state == "failed" ? Color::kRed : Color::kYellow;
}

Mark mark_of(const Json& instance, const Style& style) {
    const std::string state = text_or(instance, "state");
    if (state == "failed") {
        return {style.cross(), Color::kRed};
    }
    if (state == "degraded" || (is_up(state) && !member(instance, "health").empty())) {
        return {style.triangle(), Color::kYellow};
    }
    return is_up(state) ? Mark{style.dot(), Color::kGreen} : Mark{style.circle(), Color::kYellow};
}

std::string state_text(const Json& instance, const Style& style) {
    std::string result = text_or(instance, "state");
    if (const std::optional<std::string> reason = text(instance, "reason")) {
        result += std::string{style.separator()} + *reason;
    }
    return result;
}

}  // namespace miredo::ctl
