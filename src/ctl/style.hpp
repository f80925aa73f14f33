// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a text may make use of: colours, a width, characters outside ASCII. Everything that renders
// takes it as an argument, so that it can be tested without a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace miredo::ctl {

enum class Color : unsigned char { kNone, kGreen, kYellow, kRed, kBold, kGrey };

struct Style {
    bool color = false;
    std::size_t width = 0;  // columns; 0: nothing is ever cut
    bool utf8 = false;

    [[nodiscard]] std::string_view dot() const { return utf8 ? "●" : "*"; }
    [[nodiscard]] std::string_view triangle() const { return utf8 ? "▲" : "!"; }
    [[nodiscard]] std::string_view circle() const { return utf8 ? "○" : "o"; }
    [[nodiscard]] std::string_view cross() const { return utf8 ? "×" : "x"; }
    [[nodiscard]] std::string_view separator() const { return utf8 ? " · " : " - "; }
    [[nodiscard]] std::string_view ellipsis() const { return utf8 ? "…" : "..."; }

    // `text` in the `wanted` colour, or as it is without colours.
    [[nodiscard]] std::string paint(Color wanted, std::string_view text) const;
    // `text` cut to `columns`, its end replaced by the ellipsis; as it is where it fits.
    [[nodiscard]] std::string cut(std::string_view text, std::size_t columns) const;
    // A line of text cut to the width, if there is one.
    [[nodiscard]] std::string line(std::string_view text) const;
};

// The terminal's escape sequence; empty for kNone.
[[nodiscard]] const char* escape_sequence(Color color);

// How many columns it takes: UTF-8, every character one wide (there are no others in what is
// shown).
[[nodiscard]] std::size_t display_width(std::string_view text);

// Without what would be a command to a terminal: control characters become question marks.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace miredo::ctl
