// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/classic_lines.hpp"

#include <optional>

#include <fmt/format.h>

#include "config/text.hpp"
#include "config/values.hpp"

namespace miredo::config {
namespace {

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
std::optional<ClassicLine> find_first_section(std::string_view text) {
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
    if (!take_mark(text, report)) {
        return {{}, false, false};
    }
    if (const std::optional<ClassicLine> section = find_first_section(text)) {
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
