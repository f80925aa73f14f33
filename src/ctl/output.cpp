// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/output.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/section_values.hpp"
#include "ctl/pager.hpp"

namespace miredo::ctl {
namespace {

// The variable as a switch; `otherwise` where it isn't set or says something else.
bool switch_of(const char* variable, bool otherwise) {
    const char* value = std::getenv(variable);
    if (value == nullptr) {
        return otherwise;
    }
    const config::ParsedValue<bool> parsed = config::parse_switch(value);
    return parsed ? *parsed : otherwise;
}

bool wants_color(ColorMode mode, bool is_terminal) {
    if (mode != ColorMode::kAuto) {
        return mode == ColorMode::kAlways;
    }
    // no-color.org: present and not empty. SYSTEMD_COLORS also has the words 16, 256 and the like.
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool is_dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
    return is_terminal && !is_dumb && (no_color == nullptr || *no_color == '\0') &&
           switch_of("SYSTEMD_COLORS", true);
}

std::size_t from_environment(const char* variable, std::size_t otherwise) {
    const char* value = std::getenv(variable);
    std::size_t number = 0;
    if (value != nullptr) {
        const std::string_view text{value};
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number > 0 ? number : otherwise;
}

bool write_out(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
}

}  // namespace

Output::Output(const Options& options)
    : is_terminal_{isatty(STDOUT_FILENO) == 1},
      has_pager_{is_terminal_ && options.pager},
      has_legend_{options.legend},
      json_{options.json} {
    style_.color = wants_color(options.color, is_terminal_);
    style_.utf8 = std::string_view{nl_langinfo(CODESET)} == "UTF-8";
    if (!is_terminal_) {
        return;
    }
    winsize size{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): ioctl is what it is
    const bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    rows_ = from_environment("LINES", is_known && size.ws_row > 0 ? size.ws_row : rows_);
    if (!options.full) {
        style_.width = from_environment("COLUMNS", is_known && size.ws_col > 0 ? size.ws_col : 80);
    }
}

bool Output::print(std::string_view text) const {
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    if (has_pager_ && lines >= rows_ && show_in_pager(text)) {
        return true;
    }
    return write_out(text);
}

bool Output::print_json(const Json& document) const {
    return print(json_text(document, json_, is_terminal_));
}

bool Output::print_line(std::string_view line) const {
    return write_out(std::string{line} + '\n');
}

bool Output::print_json_line(const Json& object) const {
    return write_out(json_text(object, JsonMode::kShort, is_terminal_));
}

std::string json_text(const Json& document, JsonMode mode, bool is_terminal) {
    const bool is_pretty = mode == JsonMode::kPretty || (mode == JsonMode::kAuto && is_terminal);
    return document.dump(is_pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace miredo::ctl
