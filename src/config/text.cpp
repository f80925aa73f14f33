// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/text.hpp"

#include <algorithm>
#include <cstddef>

namespace miredo::config {
namespace {

constexpr std::string_view kUtf16Little = "\xFF\xFE";
constexpr std::string_view kUtf16Big = "\xFE\xFF";

}  // namespace

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    return line;
}

bool take_mark(std::string_view& text, Report& report) {
    if (text.substr(0, 2) == kUtf16Little || text.substr(0, 2) == kUtf16Big) {
        report.error(1, "the file is UTF-16 text, expected ASCII or UTF-8");
        return false;
    }
    if (text.substr(0, kUtf8Mark.size()) == kUtf8Mark) {
        report.warn(1, "byte order mark ignored, expected plain text");
        text.remove_prefix(kUtf8Mark.size());
    }
    return true;
}

bool is_damaged(unsigned number, std::string_view line, Report& report) {
    if (line.find('\0') != std::string_view::npos) {
        report.error(number, "NUL byte in the line, expected text");
        return true;
    }
    if (line.find('\r') != std::string_view::npos) {
        report.error(number,
                     "carriage return inside the line, expected lines that end in LF or CRLF");
        return true;
    }
    return false;
}

std::string_view without_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    return word;
}

}  // namespace miredo::config
