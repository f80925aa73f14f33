// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Words that a person types: the nearest one that there is, and values of options.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ctl/outcome.hpp"

namespace miredo::ctl {

// What a word of the command line stands for.
template <typename Value>
using Words = std::span<const std::pair<std::string_view, Value>>;

[[nodiscard]] Problem usage(std::string message);

// Printable, see style.hpp.
[[nodiscard]] std::string in_quotes(std::string_view word);

// ", did you mean 'peers'?", to be put behind a message; empty where none of `known` is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> known);

// Nobody of that name among `names`, which may be none: a usage error that says what there is.
[[nodiscard]] Problem no_such_instance(std::string_view name,
                                       const std::vector<std::string>& names);

template <typename Value>
[[nodiscard]] std::vector<std::string_view> names_of(Words<Value> words) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) {
        names.push_back(name);
    }
    return names;
}

// The values of options. `word` and `text` as they were typed; empty is fine: not given. The result
// is the complaint about one that can't be.
[[nodiscard]] std::optional<Problem>
check_word(std::string_view option, std::string_view word, std::span<const std::string_view> known);

template <typename Value>
[[nodiscard]] std::optional<Problem>
take_word(std::string_view option, std::string_view word, Words<Value> words, Value& target) {
    for (const auto& [name, value] : words) {
        if (name == word) {
            target = value;
        }
    }
    return check_word(option, word, names_of(words));
}

// Decimal, or with 0x hexadecimal.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

template <typename Number>
[[nodiscard]] std::optional<Problem>
take_number(std::string_view option, std::string_view text, Number& target) {
    if (text.empty()) {
        return std::nullopt;
    }
    const std::optional<std::uint64_t> number = parse_number(text);
    if (!number || *number > std::numeric_limits<Number>::max()) {
        return usage(fmt::format("{} takes a number from 0 to {}, not {}",
                                 option,
                                 std::numeric_limits<Number>::max(),
                                 in_quotes(text)));
    }
    target = static_cast<Number>(*number);
    return std::nullopt;
}

}  // namespace miredo::ctl
