// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/config_files.hpp"

#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "ctl/options.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

config::Parsed load_configuration(const std::string& file) {
    const std::string path = file.empty() ? kDefaultConfigurationFile : file;
    const std::string_view name = std::string_view{path}.substr(path.rfind('/') + 1);
    return config::load(config::sources_for(path),
                        name.starts_with("miredo-server") ? config::ClassicProgram::kMiredoServer
                                                          : config::ClassicProgram::kMiredo);
}

void print_diagnostics(const config::Diagnostics& diagnostics) {
    for (const config::Diagnostic& diagnostic : diagnostics) {
        fmt::print(stderr, "{}\n", printable(diagnostic.to_string()));
    }
}

}  // namespace miredo::ctl
