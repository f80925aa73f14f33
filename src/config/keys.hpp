// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Every section and key of the sections form: what an assignment does to a configuration, and how
// the value is written back.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"

namespace miredo::config {

// What there is to say of an assignment; an error leaves the configuration as it was.
struct Outcome {
    enum class Kind : unsigned char { kDone, kWarning, kError };
    Kind kind = Kind::kDone;
    std::string message = {};  // without the key's name
};

struct Key {
    std::string_view name;
    // Sets the value; an empty one brings the default back. The section's instance must exist.
    Outcome (*assign)(Configuration& configuration, std::string_view value);
    // The value as text. None for keys that this version only knows by name.
    std::string (*show)(const Configuration& configuration) = nullptr;
};

struct Section {
    std::string_view name;
    std::span<const Key> keys;
    bool (*exists)(const Configuration& configuration);
    void (*create)(Configuration& configuration);  // where it doesn't exist; with all defaults
};

// Client, Relay, Server.
[[nodiscard]] std::span<const Section> sections();
[[nodiscard]] const Section* find_section(std::string_view name);  // nullptr: unknown
[[nodiscard]] const Key* find_key(const Section& section, std::string_view name);

// What the reader of a message about the unknown `name` may have meant: `; did you mean Port?`, or
// nothing.
[[nodiscard]] std::string hint_for_section(std::string_view name);
[[nodiscard]] std::string hint_for_key(const Section& section, std::string_view name);

}  // namespace miredo::config
