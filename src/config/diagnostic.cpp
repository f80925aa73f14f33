// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/diagnostic.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace miredo::config {
namespace {

constexpr const char* kCommandLine = "command line";

unsigned sort_key(const Diagnostic& diagnostic) {
    return diagnostic.line == 0 ? std::numeric_limits<unsigned>::max() : diagnostic.line;
}

const char* word(Severity severity) {
    return severity == Severity::kError ? "error" : "warning";
}

}  // namespace

std::string Diagnostic::to_string() const {
    if (line == 0) {
        return fmt::format("{}: {}: {}", file, word(severity), message);
    }
    return fmt::format("{}:{}: {}: {}", file, line, word(severity), message);
}

bool has_errors(const Diagnostics& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::kError;
    });
}

void Report::warn(unsigned line, std::string message) {
    add({Severity::kWarning, file_, line, std::move(message)});
}

void Report::error(unsigned line, std::string message) {
    add({Severity::kError, file_, line, std::move(message)});
}

void Report::warn_command_line(std::string message) {
    add({Severity::kWarning, kCommandLine, 0, std::move(message)});
}

void Report::error_command_line(std::string message) {
    add({Severity::kError, kCommandLine, 0, std::move(message)});
}

void Report::add(Diagnostic diagnostic) {
    std::size_t& found = found_[static_cast<std::size_t>(diagnostic.severity)];
    ++found;
    if (found <= kKept) {
        diagnostics_.push_back(std::move(diagnostic));
    }
}

Diagnostics Report::finish() && {
    std::stable_sort(
        diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
            return sort_key(a) < sort_key(b);
        });
    for (const Severity severity : {Severity::kWarning, Severity::kError}) {
        const std::size_t found = found_[static_cast<std::size_t>(severity)];
        if (found > kKept) {
            diagnostics_.push_back({severity,
                                    file_,
                                    0,
                                    fmt::format("{} more of the kind \"{}\" are not shown",
                                                found - kKept,
                                                word(severity))});
        }
    }
    return std::move(diagnostics_);
}

}  // namespace miredo::config
