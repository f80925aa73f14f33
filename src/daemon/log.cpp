// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log.hpp"

#include <cstdlib>

#include <unistd.h>

namespace miredo::daemon {
namespace {

// One write(2) a line, so that lines of several processes don't mix. A line that can't be written
// is lost: there is nobody left to tell.
void write_line(std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
        if (written <= 0) {
            return;
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

Log Log::to_standard_error() {
    return Log{std::getenv("JOURNAL_STREAM") != nullptr};
}

void Log::write(Level level, std::string_view subject, std::string_view text) const {
    std::string line;
    if (prefix_level_) {
        line = fmt::format("<{}>", static_cast<unsigned>(level));
    }
    if (!subject.empty()) {
        line += fmt::format("{}: ", subject);
    }
    line += text;
    line += '\n';
    write_line(line);
}

}  // namespace miredo::daemon
