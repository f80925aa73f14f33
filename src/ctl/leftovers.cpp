// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/leftovers.hpp"

#include <array>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/style.hpp"
#include "ctl/words.hpp"

namespace miredo::ctl {
namespace {

// "config check" where that is what was chosen, with the verbs above it.
std::string name_of_chosen(const CLI::App& app) {
    std::string name;
    for (const CLI::App* chosen = &app; !chosen->get_subcommands().empty();) {
        chosen = chosen->get_subcommands()[0];
        name += (name.empty() ? "" : " ") + chosen->get_name();
    }
    return name;
}

Problem unknown_word(const CLI::App& app,
                     const std::string& word,
                     std::span<const std::string_view> verbs) {
    const std::string chosen = name_of_chosen(app);
    if (chosen.empty()) {
        return usage(fmt::format("unknown verb {}{}", in_quotes(word), did_you_mean(word, verbs)));
    }
    if (chosen == "config") {
        constexpr std::array<std::string_view, 2> kBoth{"check", "show"};
        return usage(
            fmt::format("unknown verb 'config {}'{}", printable(word), did_you_mean(word, kBoth)));
    }
    return usage(fmt::format("{} takes no argument {}", chosen, in_quotes(word)));
}

void add_long_names(const CLI::App& app, std::vector<std::string>& names) {
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
}

// "--limit=3" and "-n5" without their values.
std::string option_of(const std::string& word) {
    return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

Problem unknown_option(const CLI::App& app, const std::string& option) {
    std::vector<std::string> verbs;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (sub->get_option_no_throw(option) != nullptr) {
            verbs.push_back(sub->get_name());
        }
    }
    if (!verbs.empty()) {
        return usage(fmt::format(
            "option {} belongs behind its verb: {}", in_quotes(option), fmt::join(verbs, ", ")));
    }
    std::vector<std::string> names;
    add_long_names(app, names);
    for (const CLI::App* chosen : app.get_subcommands()) {
        add_long_names(*chosen, names);
    }
    const std::vector<std::string_view> known{names.begin(), names.end()};
    return usage(
        fmt::format("unknown option {}{}", in_quotes(option), did_you_mean(option, known)));
}

}  // namespace

std::optional<Problem> check_leftovers(const CLI::App& app,
                                       std::span<const std::string_view> verbs) {
    for (const std::string& word : app.remaining(true)) {
        if (word == "--") {
            continue;
        }
        const bool is_option = word.size() > 1 && word.starts_with('-');
        return is_option ? unknown_option(app, option_of(word)) : unknown_word(app, word, verbs);
    }
    return std::nullopt;
}

}  // namespace miredo::ctl
