// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where a verb's text goes: stdout, by way of a pager where it is long and a person reads it.
#pragma once

#include <string_view>

#include "ctl/json.hpp"
#include "ctl/options.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

class Output {
  public:
    // Looks at the terminal and at NO_COLOR, SYSTEMD_COLORS, COLUMNS; for the characters at the
    // locale, which must have been set.
    explicit Output(const Options& options);

    // What a verb's text may make use of.
    [[nodiscard]] const Style& style() const { return style_; }
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }
    [[nodiscard]] bool wants_json() const { return json_ != JsonMode::kOff; }
    // Heads of tables and summaries are wanted.
    [[nodiscard]] bool has_legend() const { return has_legend_; }

    // False where stdout can't be written to.
    [[nodiscard]] bool print(std::string_view text) const;
    // As json_text() has it, in the mode that was asked for.
    [[nodiscard]] bool print_json(const Json& document) const;
    // At once, never by way of the pager: monitor.
    [[nodiscard]] bool print_line(std::string_view line) const;
    [[nodiscard]] bool print_json_line(const Json& object) const;

  private:
    bool is_terminal_ = false;
    bool has_pager_ = false;
    bool has_legend_ = true;
    std::size_t rows_ = 24;
    JsonMode json_ = JsonMode::kOff;
    Style style_;
};

// `mode` is not kOff. With final newline; bytes that are no UTF-8 are replaced by U+FFFD.
[[nodiscard]] std::string json_text(const Json& document, JsonMode mode, bool is_terminal);

}  // namespace miredo::ctl
