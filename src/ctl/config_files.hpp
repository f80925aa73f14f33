// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The configuration as the daemon would read it, for `miredoctl config`.
#pragma once

#include <string>

#include "config/load.hpp"

namespace miredo::ctl {

// `file` empty: the one of /etc. A file whose name begins with miredo-server is read as the program
// of that name reads it, as miredo-checkconf does.
[[nodiscard]] config::Parsed load_configuration(const std::string& file);

// On stderr, a line each.
void print_diagnostics(const config::Diagnostics& diagnostics);

}  // namespace miredo::ctl
