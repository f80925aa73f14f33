// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The configuration and the secrets it names, at the start and again at each reload. What is wrong
// with them is logged, all of it, warnings too.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "config/secrets.hpp"
#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "miredo/command_line.hpp"

namespace miredo {

class ConfigurationLoader {
  public:
    // Both must outlive this.
    ConfigurationLoader(const daemon::Log& log, const CommandLine& command_line)
        : log_{log}, command_line_{command_line} {}

    // Without secrets, so that nobody's number has to be known yet.
    [[nodiscard]] Expected<daemon::LoadedConfiguration> read();
    // The secrets too; while root still can, where this was started as root. `user` is the one that
    // the daemon runs as.
    [[nodiscard]] Expected<void> read_secrets(daemon::LoadedConfiguration& loaded,
                                              std::uint32_t user);
    // All of it again. Secrets that may not be read any more stay as they were.
    [[nodiscard]] Expected<daemon::LoadedConfiguration> read_again();

  private:
    [[nodiscard]] Expected<void> report(const config::Diagnostics& diagnostics) const;

    const daemon::Log& log_;
    const CommandLine& command_line_;
    config::SecretAccess access_;
    config::Secrets secrets_;
};

}  // namespace miredo
