// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/style.hpp"

#include <algorithm>

namespace miredo::ctl {
namespace {

constexpr std::string_view kReset = "\033[0m";

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// The bytes of the first `columns` characters.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
    std::size_t position = 0;
    while (position < text.size() && columns > 0) {
        do {
            ++position;
        } while (position < text.size() && is_continuation(text[position]));
        --columns;
    }
    return position;
}

}  // namespace

const char* escape_sequence(Color color) {
    switch (color) {
    case Color::kNone:
        break;
    case Color::kGreen:
        return "\033[0;1;32m";
    case Color::kYellow:
        return "\033[0;1;38;5;185m";
    case Color::kRed:
        return "\033[0;1;31m";
    case Color::kBold:
        return "\033[0;1;39m";
    case Color::kGrey:
        return "\033[0;38;5;245m";
    }
    return "";
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

std::string printable(std::string_view text) {
    std::string result{text};
    for (std::size_t i = 0; i < result.size(); ++i) {
        const auto byte = static_cast<unsigned char>(result[i]);
        // C1 controls, U+0080 to U+009F, are 0xC2 and the code itself.
        const bool is_c1 = byte == 0xC2U && i + 1 < result.size() &&
                           (static_cast<unsigned char>(result[i + 1]) & 0xE0U) == 0x80U;
        if (is_c1) {
            result.erase(i, 1);
        }
        if (is_c1 || byte < 0x20U || byte == 0x7FU) {
            result[i] = '?';
        }
    }
    return result;
}

std::string Style::paint(Color wanted, std::string_view text) const {
    if (!color || wanted == Color::kNone || text.empty()) {
        return std::string{text};
    }
    return escape_sequence(wanted) + std::string{text} + std::string{kReset};
}

std::string Style::cut(std::string_view text, std::size_t columns) const {
    if (display_width(text) <= columns) {
        return std::string{text};
    }
    const std::size_t mark = display_width(ellipsis());
    if (columns <= mark) {
        return std::string{text.substr(0, bytes_of(text, columns))};
    }
    return std::string{text.substr(0, bytes_of(text, columns - mark))} + std::string{ellipsis()};
}

std::string Style::line(std::string_view text) const {
    return width == 0 ? std::string{text} : cut(text, width);
}

}  // namespace miredo::ctl
