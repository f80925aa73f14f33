// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/configuration_loader.hpp"

#include <cstdlib>
#include <utility>
#include <vector>

#include "config/load.hpp"
#include "daemon/message_ids.hpp"

namespace miredo {
namespace {

namespace message = daemon::message;

// One a line, for whoever asked for a reload.
std::string all_errors(const config::Diagnostics& diagnostics) {
    std::string lines;
    for (const config::Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.severity == config::Severity::kError) {
            lines += (lines.empty() ? "" : "\n") + diagnostic.to_string();
        }
    }
    return lines;
}

void tell(const daemon::Log& log, const config::Diagnostic& diagnostic) {
    std::vector<daemon::Field> fields{{"CONFIG_FILE", diagnostic.file}};
    if (diagnostic.line != 0) {
        fields.push_back({"CONFIG_LINE", std::to_string(diagnostic.line)});
    }
    const bool is_error = diagnostic.severity == config::Severity::kError;
    log.event(is_error ? message::kConfigurationError : message::kConfigurationWarning,
              {},
              std::move(fields),
              diagnostic.to_string());
}

}  // namespace

Expected<void> ConfigurationLoader::report(const config::Diagnostics& diagnostics) const {
    for (const config::Diagnostic& diagnostic : diagnostics) {
        tell(log_, diagnostic);
    }
    if (config::has_errors(diagnostics)) {
        return Failure{Error{all_errors(diagnostics), {}, 0, {}}};
    }
    return {};
}

Expected<daemon::LoadedConfiguration> ConfigurationLoader::read() {
    const auto program = command_line_.program == Program::kMiredoServer
                             ? config::ClassicProgram::kMiredoServer
                             : config::ClassicProgram::kMiredo;
    config::Parsed parsed = config::load(
        config::sources_for(command_line_.configuration_file), program, command_line_.server_name);
    if (auto done = report(parsed.diagnostics); !done) {
        return Failure{done.error()};
    }
    return daemon::LoadedConfiguration{
        std::move(parsed.configuration), std::move(parsed.files), {}};
}

Expected<void> ConfigurationLoader::read_secrets(daemon::LoadedConfiguration& loaded,
                                                 std::uint32_t user) {
    const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
    access_ = {directory != nullptr ? directory : "", user};
    config::Diagnostics diagnostics;
    config::Secrets secrets =
        config::read_secrets(loaded.configuration, access_, secrets_, diagnostics);
    if (auto done = report(diagnostics); !done) {
        return done;
    }
    secrets_ = std::move(secrets);
    loaded.secrets = secrets_;
    return {};
}

Expected<daemon::LoadedConfiguration> ConfigurationLoader::read_again() {
    auto loaded = read();
    if (loaded) {
        if (auto done = read_secrets(*loaded, access_.user); !done) {
            return Failure{done.error()};
        }
    }
    return loaded;
}

}  // namespace miredo
