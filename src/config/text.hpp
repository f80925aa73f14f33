// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A configuration file's text cut into lines: what both file forms have in common.
#pragma once

#include <string_view>

#include "config/diagnostic.hpp"

namespace miredo::config {

inline constexpr std::string_view kBlanks = " \t";
inline constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

// Takes the next line off `text`, without its end: LF, CRLF, or the end of the text.
[[nodiscard]] std::string_view take_line(std::string_view& text);

// Takes a byte order mark off `text`, with a warning. False for UTF-16, which is an error.
[[nodiscard]] bool take_mark(std::string_view& text, Report& report);

// True, and an error, where `line` holds bytes that make it mean something else than what an editor
// shows: NUL, or a carriage return inside.
[[nodiscard]] bool is_damaged(unsigned number, std::string_view line, Report& report);

[[nodiscard]] std::string_view without_blanks(std::string_view text);  // in front and behind

// Takes the next word off `text`, with the blanks in front of it; empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& text);

}  // namespace miredo::config
