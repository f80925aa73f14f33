// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The classic file's text cut into directives: one per line, name, blanks, value; the rest of the
// line doesn't count. `#` starts a comment line. There are no quotes, sections or includes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"

namespace miredo::config {

inline constexpr std::size_t kMaxClassicLine = 1055;  // bytes, without the line's end

struct ClassicLine {
    unsigned number = 0;     // from 1
    std::string_view name;   // borrowed from the text, never empty
    std::string_view value;  // likewise
};

struct ClassicLines {
    std::vector<ClassicLine> lines;
    bool is_classic = true;   // false: another kind of text, which `report` was told; no lines
    bool is_complete = true;  // false: a damaged line was left out, which `report` was told
};

// Lines end in LF or CRLF, the last one also with the text.
[[nodiscard]] ClassicLines split_classic(std::string_view text, Report& report);

}  // namespace miredo::config
