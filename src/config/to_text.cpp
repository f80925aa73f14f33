// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/to_text.hpp"

#include <fmt/format.h>

#include "config/keys.hpp"

namespace miredo::config {

std::string to_text(const Configuration& configuration) {
    std::string text;
    for (const Section& section : sections()) {
        if (!section.exists(configuration)) {
            continue;
        }
        text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section.name);
        for (const Key& key : section.keys) {
            if (key.show != nullptr) {
                text += fmt::format("{}={}\n", key.name, key.show(configuration));
            }
        }
    }
    return text;
}

}  // namespace miredo::config
