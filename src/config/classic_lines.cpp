// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/classic_lines.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "config/values.hpp"

namespace miredo::config {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16Little = "\xFF\xFE";
constexpr std::string_view kUtf16Big = "\xFE\xFF";

// Takes the next line off `text`, without its end.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    return line;
}

std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    return word;
}

// Bytes that make a line mean something else than what an editor shows.
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

std::optional<ClassicLine> read_line(unsigned number, std::string_view line, Report& report) {
    const std::size_t length = line.size();
    const std::string_view name = take_word(line);
    if (name.empty() || name.front() == '#') {
        return std::nullopt;
    }
    if (length > kMaxClassicLine) {
        report.warn(number,
                    fmt::format("{}: line of {} bytes skipped, expected at most {}",
                                shown(name),
                                length,
                                kMaxClassicLine));
        return std::nullopt;
    }
    const std::string_view value = take_word(line);
    if (value.empty()) {
        report.warn(
            number,
            fmt::format("{}: no value, line ignored, expected `Directive value`", shown(name)));
        return std::nullopt;
    }
    return ClassicLine{number, name, value};
}

bool starts_section(std::string_view line) {
    return take_word(line).starts_with('[');
}

// The number and text of the first `[Section]` line.
std::optional<ClassicLine> find_section(std::string_view text) {
    for (unsigned number = 1; !text.empty(); ++number) {
        const std::string_view line = take_line(text);
        if (starts_section(line)) {
            return ClassicLine{number, line, {}};
        }
    }
    return std::nullopt;
}

}  // namespace

ClassicLines split_classic(std::string_view text, Report& report) {
    if (text.substr(0, 2) == kUtf16Little || text.substr(0, 2) == kUtf16Big) {
        report.error(1, "the file is UTF-16 text, expected ASCII or UTF-8");
        return {{}, false, false};
    }
    if (text.substr(0, kUtf8Mark.size()) == kUtf8Mark) {
        report.warn(1, "byte order mark ignored, expected plain text");
        text.remove_prefix(kUtf8Mark.size());
    }
    if (const std::optional<ClassicLine> section = find_section(text)) {
        // What follows is `Key=Value`: reading it as directives would only add noise.
        report.error(section->number,
                     fmt::format("{}: sections are not part of the classic form, expected "
                                 "`Directive value`",
                                 shown(section->name)));
        return {{}, false, false};
    }
    ClassicLines result;
    for (unsigned number = 1; !text.empty(); ++number) {
        const std::string_view line = take_line(text);
        if (is_damaged(number, line, report)) {
            result.is_complete = false;
        } else if (const std::optional<ClassicLine> read = read_line(number, line, report)) {
            result.lines.push_back(*read);
        }
    }
    return result;
}

}  // namespace miredo::config
