// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/reload_text.hpp"
#include "ctl/service.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

std::string value_text(const std::string& value) {
    return value.empty() ? "-" : printable(value);
}

Json value_json(const std::string& value) {
    return value.empty() ? Json(nullptr) : Json(value);
}

std::string files_text(const std::vector<std::string>& files) {
    std::vector<std::string> shown;
    std::transform(files.begin(), files.end(), std::back_inserter(shown), printable);
    return shown.empty() ? "the configuration" : fmt::format("{}", fmt::join(shown, ", "));
}

}  // namespace

std::string reload_text(const ReloadReport& report, const Style& style) {
    std::string result = fmt::format("Reloaded {}{}\n",
                                     files_text(report.files),
                                     report.changes.empty() ? ": nothing has changed" : "");
    std::vector<std::string> lines;
    std::size_t width = 0;
    for (const ReloadChange& change : report.changes) {
        lines.push_back(fmt::format("  {}: {} -> {}",
                                    printable(change.key),
                                    value_text(change.old_value),
                                    value_text(change.new_value)));
        width = std::max(width, display_width(lines.back()));
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool is_applied = report.changes[i].is_applied;
        const std::string fill(width - display_width(lines[i]), ' ');
        const std::string what = is_applied ? "(applied)" : "(needs: systemctl restart miredo)";
        result += lines[i] + fill + "   " +
                  style.paint(is_applied ? Color::kGreen : Color::kYellow, what) + '\n';
    }
    return result;
}

Json reload_json(const ReloadReport& report) {
    Json changes = Json::array();
    for (const ReloadChange& change : report.changes) {
        changes.push_back({{"key", change.key},
                           {"old", value_json(change.old_value)},
                           {"new", value_json(change.new_value)},
                           {"applied", change.is_applied}});
    }
    return {{"schema", "miredo.reload/1"},
            {"configuration_files", report.files},
            {"changes", std::move(changes)}};
}

Outcome<ExitStatus> run_reload(const Options& /*options*/, const Output& output) {
    Outcome<Service> service = Service::connect();
    if (!service) {
        return Failure{service.error()};
    }
    const Outcome<ReloadReport> report = service->reload();
    if (!report) {
        return Failure{report.error()};
    }
    if (output.wants_json()) {
        return finished(output.print_json(reload_json(*report)));
    }
    return finished(output.print(reload_text(*report, output.style())));
}

}  // namespace miredo::ctl
