// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What status, list and wait have in common: an instance's state judged and coloured.
#pragma once

#include <string>
#include <string_view>

#include "ctl/json.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

// The state word is what the instance is there for: a client's "qualified", the others' "running".
[[nodiscard]] bool is_up(std::string_view state);

// Green where it is up, red for "failed", yellow for all others.
[[nodiscard]] Color color_of_state(std::string_view state);

// In front of a block: a dot where all is well, a triangle where something is not, a cross for
// "failed", a circle on the way there.
struct Mark {
    std::string_view glyph;
    Color color = Color::kNone;
};
[[nodiscard]] Mark mark_of(const Json& instance, const Style& style);

// "degraded · no-reply".
[[nodiscard]] std::string state_text(const Json& instance, const Style& style);

}  // namespace miredo::ctl
