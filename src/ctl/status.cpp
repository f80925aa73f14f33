// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <algorithm>

#include "ctl/instance_view.hpp"
#include "ctl/journal.hpp"
#include "ctl/service.hpp"
#include "ctl/status_text.hpp"
#include "ctl/time_text.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

constexpr std::uint32_t kJournalLines = 10;  // as systemctl

ExitStatus checked(const Json& instances) {
    const bool is_well = std::all_of(instances.begin(), instances.end(), [](const Json& instance) {
        return is_up(text_or(instance, "state"));
    });
    return is_well && !instances.empty() ? ExitStatus::kOk : ExitStatus::kNotQualified;
}

// The instance alone keeps the head of the whole document.
Json part_of(Json document, const Json& instances) {
    document["instances"] = instances;
    return document;
}

std::string journal_part(const Options& options, const Output& output) {
    const std::uint32_t count =
        options.journal_lines.value_or(output.is_terminal() ? kJournalLines : 0);
    const std::string lines = journal_text(tail_journal(count), output.style());
    return lines.empty() ? lines : '\n' + lines;
}

}  // namespace

// With --check it is for scripts: silent, unless JSON is asked for.
Outcome<ExitStatus> run_status(const Options& options, const Output& output) {
    const Outcome<Json> document = describe_service();
    if (!document) {
        return Failure{document.error()};
    }
    const Outcome<Json> instances = find_instances(*document, options.instance);
    if (!instances) {
        return Failure{instances.error()};
    }
    const ExitStatus status = options.check ? checked(*instances) : ExitStatus::kOk;
    if (output.wants_json()) {
        return finished(output.print_json(part_of(*document, *instances)), status);
    }
    if (options.check) {
        return status;
    }
    return finished(output.print(status_text(*instances, output.style(), realtime_usec()) +
                                 journal_part(options, output)),
                    status);
}

}  // namespace miredo::ctl
