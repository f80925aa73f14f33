// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include "config/values.hpp"

namespace miredo::config {
namespace {

constexpr std::size_t kMaxLength = 64;  // longer words are no typing mistakes

// Levenshtein's distance, a row of the table at a time; `word` has at most kMaxLength letters.
std::size_t distance(std::string_view word, std::string_view candidate) {
    std::array<std::size_t, kMaxLength + 1> row{};
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : candidate) {
        std::size_t diagonal = row[0]++;
        for (std::size_t i = 0; i < word.size(); ++i) {
            const bool is_same = to_lower(word[i]) == to_lower(letter);
            const std::size_t replaced = diagonal + (is_same ? 0 : 1);
            diagonal = row[i + 1];
            row[i + 1] = std::min({replaced, row[i] + 1, row[i + 1] + 1});
        }
    }
    return row[word.size()];
}

// No distance is less.
std::size_t apart_by_length(std::string_view a, std::string_view b) {
    return std::max(a.size(), b.size()) - std::min(a.size(), b.size());
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
    if (word.size() > kMaxLength) {
        return {};
    }
    std::size_t least = (word.size() < 4 ? 1 : std::max<std::size_t>(2, word.size() / 3)) + 1;
    std::string_view nearest;
    for (const std::string_view candidate : known) {
        if (apart_by_length(word, candidate) >= least) {
            continue;
        }
        const std::size_t d = distance(word, candidate);
        if (d < least) {
            least = d;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace miredo::config
