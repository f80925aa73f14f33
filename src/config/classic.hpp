// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The classic miredo.conf and miredo-server.conf: `Directive value` lines without sections, every
// directive that Miredo ever had (those without meaning today are accepted with a warning).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/configuration.hpp"
#include "config/diagnostic.hpp"

namespace miredo::config {

// Which program reads the file: it decides what is required and what is superfluous.
enum class ClassicProgram : unsigned char { kMiredo, kMiredoServer };

struct Parsed {
    Configuration configuration;  // of use only without errors in `diagnostics`
    Diagnostics diagnostics;
    // By load() only:
    std::vector<std::string> files = {};  // that were read, lowest precedence first
    bool is_classic = true;               // false: the main file is none of that form
};

// `file` is only for the diagnostics. `server_name` is the one of the command line (empty: none);
// it replaces the file's server directives.
[[nodiscard]] Parsed parse_classic(std::string_view text,
                                   const std::string& file,
                                   ClassicProgram program,
                                   const std::string& server_name = {});

// Reads the file and parses it; an unreadable file is a diagnostic of its own. One that isn't there
// is only a warning where `server_name` says all that has no default.
[[nodiscard]] Parsed
load_classic(const std::string& file, ClassicProgram program, const std::string& server_name = {});

}  // namespace miredo::config
