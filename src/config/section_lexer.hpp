// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The sections form cut into headers and assignments, with the syntax of systemd.syntax(7): `#` and
// `;` start comment lines, a backslash at a line's end joins it with the next one, blanks around
// keys and values don't count.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.hpp"

namespace miredo::config {

enum class FileForm : unsigned char {
    kNothing,   // blank lines and comments
    kClassic,   // `Directive value`
    kSections,  // `[Section]` and `Key=Value`
};
// Sections where there is a header, or nothing but assignments that lack one.
[[nodiscard]] FileForm form_of(std::string_view text);

struct SectionLine {
    unsigned number = 0;  // of the first line, where lines are joined
    std::string section;  // as written between the brackets
    std::string key;      // empty: the section's header
    std::string value;
};

class SectionLexer {
  public:
    // `text` and `report` are borrowed.
    SectionLexer(std::string_view text, Report& report);

    // The next header or assignment; nothing at the end. What is neither is reported and skipped,
    // and so is all that stands below a header that can't be read.
    [[nodiscard]] std::optional<SectionLine> next();

  private:
    enum class Where : unsigned char { kOutside, kInSection, kBelowBadHeader };

    struct JoinedLine {
        unsigned number = 0;
        std::string text;
    };

    [[nodiscard]] std::optional<JoinedLine> next_joined();
    [[nodiscard]] std::optional<SectionLine> read_header(unsigned number, std::string_view line);
    [[nodiscard]] std::optional<SectionLine> read_assignment(unsigned number,
                                                             std::string_view line);

    std::string_view text_;
    Report& report_;
    unsigned number_ = 0;
    Where where_ = Where::kOutside;
    std::string section_;
};

}  // namespace miredo::config
