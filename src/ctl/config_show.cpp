// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/keys.hpp"
#include "config/to_text.hpp"
#include "ctl/config_files.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

Json show_json(const config::Parsed& parsed) {
    Json sections = Json::object();
    for (const config::Section& section : config::sections()) {
        if (!section.exists(parsed.configuration)) {
            continue;
        }
        Json keys = Json::object();
        for (const config::Key& key : section.keys) {
            if (key.show != nullptr) {
                keys[std::string{key.name}] = key.show(parsed.configuration);
            }
        }
        sections[std::string{section.name}] = std::move(keys);
    }
    return {
        {"schema", "miredo.config/1"}, {"files", parsed.files}, {"sections", std::move(sections)}};
}

}  // namespace

Outcome<ExitStatus> run_config_show(const Options& options, const Output& output) {
    const config::Parsed parsed = load_configuration(options.file);
    print_diagnostics(parsed.diagnostics);
    if (config::has_errors(parsed.diagnostics)) {
        return ExitStatus::kConfigurationInvalid;
    }
    return finished(output.wants_json() ? output.print_json(show_json(parsed))
                                        : output.print(config::to_text(parsed.configuration)));
}

}  // namespace miredo::ctl
