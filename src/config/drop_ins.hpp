// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which files make up the configuration: the main file, and drop-ins with the precedence of
// systemd's (systemd.unit(5), "drop-in").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"

namespace miredo::config {

inline constexpr std::string_view kConfigurationDirectory = "/etc/miredo";

struct Sources {
    std::string file;                              // the main file
    std::vector<std::string> drop_in_directories;  // highest precedence first
};

// A file in /etc/miredo has drop-ins in NAME.d under /etc/miredo, /run/miredo and /usr/lib/miredo;
// any other only in FILE.d beside it.
[[nodiscard]] Sources sources_for(std::string file);

// The drop-ins to be read, in their order: `*.conf` by file name, whatever their directory. Of
// equal names the one in the highest directory counts; one that leads to /dev/null hides the others
// and is left out. A directory that isn't there has none; one that can't be read is an error.
[[nodiscard]] std::vector<std::string> find_drop_ins(const std::vector<std::string>& directories,
                                                     Diagnostics& diagnostics);

}  // namespace miredo::config
