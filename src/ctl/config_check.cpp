// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/config_files.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

std::string roles_of(const config::Configuration& configuration) {
    std::vector<std::string> roles;
    for (const auto& [is_there, name] : {std::pair{configuration.client.has_value(), "client"},
                                         std::pair{configuration.relay.has_value(), "relay"},
                                         std::pair{configuration.server.has_value(), "server"}}) {
        if (is_there) {
            roles.emplace_back(name);
        }
    }
    return fmt::format("{}", fmt::join(roles, ", "));
}

Json check_json(const config::Parsed& parsed, bool is_valid) {
    Json diagnostics = Json::array();
    for (const config::Diagnostic& diagnostic : parsed.diagnostics) {
        const bool is_error = diagnostic.severity == config::Severity::kError;
        diagnostics.push_back(
            {{"severity", is_error ? "error" : "warning"},
             {"file", diagnostic.file},
             {"line", diagnostic.line == 0 ? Json(nullptr) : Json(diagnostic.line)},
             {"message", diagnostic.message}});
    }
    return {{"schema", "miredo.config-check/1"},
            {"valid", is_valid},
            {"files", parsed.files},
            {"diagnostics", std::move(diagnostics)}};
}

}  // namespace

// Warnings are shown and leave a configuration valid, as they do for the daemon.
Outcome<ExitStatus> run_config_check(const Options& options, const Output& output) {
    const config::Parsed parsed = load_configuration(options.file);
    const bool is_valid = !config::has_errors(parsed.diagnostics);
    const ExitStatus status = is_valid ? ExitStatus::kOk : ExitStatus::kConfigurationInvalid;
    if (output.wants_json()) {
        return finished(output.print_json(check_json(parsed, is_valid)), status);
    }
    print_diagnostics(parsed.diagnostics);
    if (!is_valid) {
        return status;
    }
    return finished(output.print(fmt::format(
        "{}: valid ({})\n", fmt::join(parsed.files, ", "), roles_of(parsed.configuration))));
}

}  // namespace miredo::ctl
