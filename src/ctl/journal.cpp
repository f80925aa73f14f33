// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/journal.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include <systemd/sd-journal.h>

#include "ctl/time_text.hpp"

namespace miredo::ctl {
namespace {

struct Close {
    void operator()(sd_journal* journal) const { sd_journal_close(journal); }
};
using Journal = std::unique_ptr<sd_journal, Close>;

constexpr std::size_t kMaxField = 4096;
constexpr int kWarning = 4;  // syslog(3)
constexpr int kError = 3;

std::string field(sd_journal* journal, const char* name) {
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(journal, name, &data, &size) < 0) {
        return {};
    }
    std::string_view text{static_cast<const char*>(data), size};
    text.remove_prefix(std::min(text.size(), std::strlen(name) + 1));
    return printable(text.substr(0, kMaxField));
}

JournalLine current_line(sd_journal* journal) {
    JournalLine line;
    sd_journal_get_realtime_usec(journal, &line.realtime_usec);
    line.host = field(journal, "_HOSTNAME");
    line.identifier = field(journal, "SYSLOG_IDENTIFIER");
    line.pid = field(journal, "_PID");
    line.message = field(journal, "MESSAGE");
    const std::string priority = field(journal, "PRIORITY");
    std::from_chars(priority.data(), priority.data() + priority.size(), line.priority);
    return line;
}

// The unit is the journal's own finding: nobody else can write lines that claim it.
bool select_service(sd_journal* journal) {
    return sd_journal_add_match(journal, "_SYSTEMD_UNIT=miredo.service", 0) >= 0 &&
           sd_journal_add_match(journal, "SYSLOG_IDENTIFIER=miredo", 0) >= 0;
}

}  // namespace

std::vector<JournalLine> tail_journal(std::uint32_t count) {
    sd_journal* opened = nullptr;
    if (count == 0 || sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY) < 0) {
        return {};
    }
    const Journal journal{opened};
    if (!select_service(journal.get()) || sd_journal_seek_tail(journal.get()) < 0) {
        return {};
    }
    std::vector<JournalLine> lines;
    while (lines.size() < count && sd_journal_previous(journal.get()) > 0) {
        lines.push_back(current_line(journal.get()));
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

std::string journal_text(const std::vector<JournalLine>& lines, const Style& style) {
    std::string result;
    for (const JournalLine& line : lines) {
        const std::string pid = line.pid.empty() ? std::string{} : fmt::format("[{}]", line.pid);
        const std::string text = style.line(fmt::format("{} {} {}{}: {}",
                                                        short_clock_text(line.realtime_usec),
                                                        line.host,
                                                        line.identifier,
                                                        pid,
                                                        line.message));
        Color color = line.priority <= kWarning ? Color::kYellow : Color::kNone;
        color = line.priority <= kError ? Color::kRed : color;
        result += style.paint(color, text) + '\n';
    }
    return result;
}

}  // namespace miredo::ctl
