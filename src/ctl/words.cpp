// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/words.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/ranges.h>

#include "config/nearest.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {
namespace {

// Letters in the wrong order are the likeliest of all mistakes.
std::string_view same_letters(std::string_view word, std::span<const std::string_view> known) {
    for (const std::string_view candidate : known) {
        if (std::is_permutation(word.begin(), word.end(), candidate.begin(), candidate.end())) {
            return candidate;
        }
    }
    return {};
}

}  // namespace

Problem usage(std::string message) {
    return {ExitStatus::kUsage, std::move(message)};
}

std::string in_quotes(std::string_view word) {
    return fmt::format("'{}'", printable(word));
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    const std::string_view permuted = same_letters(word, known);
    const std::string_view nearest =
        permuted.empty() ? config::nearest_word(word, known) : permuted;
    return nearest.empty() ? std::string{} : fmt::format(", did you mean '{}'?", nearest);
}

Problem no_such_instance(std::string_view name, const std::vector<std::string>& names) {
    const std::vector<std::string_view> known{names.begin(), names.end()};
    const std::string hint = did_you_mean(name, known);
    return usage(fmt::format("there is no instance {}{} {}",
                             in_quotes(name),
                             hint.empty() ? "; there is:" : hint + " There is:",
                             names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

std::optional<Problem> check_word(std::string_view option,
                                  std::string_view word,
                                  std::span<const std::string_view> known) {
    if (word.empty() || std::find(known.begin(), known.end(), word) != known.end()) {
        return std::nullopt;
    }
    return usage(fmt::format("{} takes one of {}, not {}{}",
                             option,
                             fmt::join(known, ", "),
                             in_quotes(word),
                             did_you_mean(word, known)));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
    text.remove_prefix(base == 16 ? 2 : 0);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

}  // namespace miredo::ctl
