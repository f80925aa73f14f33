// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/section_lexer.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "config/text.hpp"
#include "config/values.hpp"

namespace miredo::config {
namespace {

bool is_comment(std::string_view trimmed) {
    return trimmed.starts_with('#') || trimmed.starts_with(';');
}

// A backslash that another one escapes joins nothing.
bool joins_next(std::string_view line) {
    const std::size_t last = line.find_last_not_of('\\');
    const std::size_t count = last == std::string_view::npos ? line.size() : line.size() - 1 - last;
    return count % 2 == 1;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// `Key=`, also with blanks in front of the sign.
bool looks_like_assignment(std::string_view trimmed) {
    const auto* const end = std::find_if_not(trimmed.begin(), trimmed.end(), is_letter);
    const std::string_view rest = trimmed.substr(static_cast<std::size_t>(end - trimmed.begin()));
    return end != trimmed.begin() && without_blanks(rest).starts_with('=');
}

}  // namespace

FileForm form_of(std::string_view text) {
    if (text.starts_with(kUtf8Mark)) {
        text.remove_prefix(kUtf8Mark.size());
    }
    bool has_assignment = false;
    bool has_other = false;
    while (!text.empty()) {
        const std::string_view line = without_blanks(take_line(text));
        if (line.starts_with('[')) {
            return FileForm::kSections;
        }
        if (!line.empty() && !is_comment(line)) {
            const bool is_assignment = looks_like_assignment(line);
            has_assignment = has_assignment || is_assignment;
            has_other = has_other || !is_assignment;
        }
    }
    if (has_other) {
        return FileForm::kClassic;
    }
    return has_assignment ? FileForm::kSections : FileForm::kNothing;
}

SectionLexer::SectionLexer(std::string_view text, Report& report) : text_{text}, report_{report} {
    if (!take_mark(text_, report_)) {
        text_ = {};
    }
}

std::optional<SectionLine> SectionLexer::next() {
    while (const std::optional<JoinedLine> joined = next_joined()) {
        const std::string_view line = without_blanks(joined->text);
        if (line.empty()) {
            continue;
        }
        std::optional<SectionLine> read = line.front() == '['
                                              ? read_header(joined->number, line)
                                              : read_assignment(joined->number, line);
        if (read) {
            return read;
        }
    }
    return std::nullopt;
}

std::optional<SectionLexer::JoinedLine> SectionLexer::next_joined() {
    JoinedLine joined;
    while (!text_.empty()) {
        const std::string_view line = take_line(text_);
        ++number_;
        // Comments may stand between joined lines; a backslash at their end means nothing.
        if (is_damaged(number_, line, report_) || is_comment(without_blanks(line))) {
            continue;
        }
        joined.number = joined.number == 0 ? number_ : joined.number;
        if (!joins_next(line)) {
            joined.text += line;
            return joined;
        }
        joined.text += line.substr(0, line.size() - 1);
        joined.text += ' ';
    }
    return joined.number == 0 ? std::nullopt : std::optional{std::move(joined)};
}

std::optional<SectionLine> SectionLexer::read_header(unsigned number, std::string_view line) {
    const std::string_view name = line.substr(1, line.size() - 2);
    if (line.size() < 3 || line.back() != ']' ||
        name.find_first_of("[]") != std::string_view::npos) {
        report_.error(number,
                      fmt::format("{} is not a section, expected a line such as [Client] alone",
                                  shown(line)));
        where_ = Where::kBelowBadHeader;
        return std::nullopt;
    }
    where_ = Where::kInSection;
    section_ = name;
    return SectionLine{number, section_, {}, {}};
}

std::optional<SectionLine> SectionLexer::read_assignment(unsigned number, std::string_view line) {
    const std::size_t sign = line.find('=');
    const std::string_view key = without_blanks(line.substr(0, sign));
    if (sign == std::string_view::npos || key.empty()) {
        report_.error(number,
                      fmt::format("{} is not an assignment, expected Key=Value", shown(line)));
        return std::nullopt;
    }
    if (where_ == Where::kOutside) {
        report_.error(number,
                      fmt::format("{}: is in no section, expected a line such as [Client], [Relay] "
                                  "or [Server] above it",
                                  shown(key)));
    }
    if (where_ != Where::kInSection) {
        return std::nullopt;
    }
    return SectionLine{
        number, section_, std::string{key}, std::string{without_blanks(line.substr(sign + 1))}};
}

}  // namespace miredo::config
