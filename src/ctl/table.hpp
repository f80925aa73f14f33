// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A table with a header line: libsmartcols aligns it; on a terminal the cells that may be cut are
// cut with an ellipsis, so that what is left of an address never looks like a whole one.
#pragma once

#include <string>
#include <vector>

#include "ctl/style.hpp"

namespace miredo::ctl {

struct Column {
    const char* name;
    bool is_right_aligned = false;
    bool may_be_cut = false;  // the widest of these first
};

struct Cell {
    // NOLINTNEXTLINE(google-explicit-constructor): a row is written as a list of texts
    Cell(std::string text_of_it, Color color_of_it = Color::kNone)
        : text{std::move(text_of_it)}, color{color_of_it} {}

    std::string text;
    Color color = Color::kNone;
};

// A cell for each column.
using Row = std::vector<Cell>;

// Lines with their newlines. Every row has as many cells as there are columns.
[[nodiscard]] std::string table_text(const std::vector<Column>& columns,
                                     std::vector<Row> rows,
                                     const Style& style,
                                     bool has_header);

}  // namespace miredo::ctl
