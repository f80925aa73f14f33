// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredo and miredo-server: from a command line to a running daemon without privileges.
#pragma once

#include "daemon/exit_code.hpp"
#include "miredo/command_line.hpp"

namespace miredo {

[[nodiscard]] daemon::ExitCode run_service(const CommandLine& command_line);

}  // namespace miredo
