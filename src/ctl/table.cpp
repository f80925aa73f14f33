// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/table.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>

#include <libsmartcols/libsmartcols.h>

namespace miredo::ctl {
namespace {

struct Unref {
    void operator()(libscols_table* table) const { scols_unref_table(table); }
};

constexpr std::size_t kLeastWidth = 8;  // of a column that is cut

std::vector<std::size_t>
natural_widths(const std::vector<Column>& columns, const std::vector<Row>& rows, bool has_header) {
    std::vector<std::size_t> widths;
    widths.reserve(columns.size());
    for (const Column& column : columns) {
        widths.push_back(has_header ? display_width(column.name) : 0);
    }
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i].text));
        }
    }
    return widths;
}

// Makes the widest column that may be cut narrower until all fits, or nothing is left to cut.
void fit(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t width) {
    std::size_t total = std::accumulate(widths.begin(), widths.end(), widths.size() - 1);
    while (total > width) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const bool is_candidate = columns[i].may_be_cut && widths[i] > kLeastWidth;
            if (is_candidate && (widest == widths.size() || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == widths.size()) {
            return;
        }
        --widths[widest];
        --total;
    }
}

void cut_cells(const std::vector<Column>& columns,
               std::vector<Row>& rows,
               const Style& style,
               bool has_header) {
    std::vector<std::size_t> widths = natural_widths(columns, rows, has_header);
    fit(widths, columns, style.width);
    for (Row& row : rows) {
        for (std::size_t i = 0; i < widths.size(); ++i) {
            row[i].text = style.cut(row[i].text, widths[i]);
        }
    }
}

void add_row(libscols_table* table, const Row& row) {
    libscols_line* line = scols_table_new_line(table, nullptr);
    for (std::size_t i = 0; line != nullptr && i < row.size(); ++i) {
        scols_line_set_data(line, i, row[i].text.c_str());
        if (row[i].color != Color::kNone) {
            scols_cell_set_color(scols_line_get_cell(line, i), escape_sequence(row[i].color));
        }
    }
}

}  // namespace

std::string table_text(const std::vector<Column>& columns,
                       std::vector<Row> rows,
                       const Style& style,
                       bool has_header) {
    if (style.width != 0) {
        cut_cells(columns, rows, style, has_header);
    }
    const std::unique_ptr<libscols_table, Unref> table{scols_new_table()};
    if (!table) {
        return {};
    }
    // The cells fit already, and what doesn't may wrap at the terminal's edge.
    scols_table_set_termforce(table.get(), SCOLS_TERMFORCE_NEVER);
    scols_table_enable_noheadings(table.get(), has_header ? 0 : 1);
    scols_table_enable_colors(table.get(), style.color ? 1 : 0);
    scols_table_enable_noencoding(table.get(), 1);
    for (const Column& column : columns) {
        // Older versions make room for a name that is not shown.
        scols_table_new_column(table.get(),
                               has_header ? column.name : "",
                               0,
                               column.is_right_aligned ? SCOLS_FL_RIGHT : 0);
    }
    for (const Row& row : rows) {
        add_row(table.get(), row);
    }
    char* text = nullptr;
    if (rows.empty() || scols_print_table_to_string(table.get(), &text) != 0 || text == nullptr) {
        return {};
    }
    const std::unique_ptr<char, decltype(&std::free)> owner{text, &std::free};
    std::string result{text};
    if (!result.empty() && result.back() != '\n') {
        result += '\n';
    }
    return result;
}

}  // namespace miredo::ctl
