// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The journal's last lines about the service, as `systemctl status` shows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/style.hpp"

namespace miredo::ctl {

struct JournalLine {
    std::uint64_t realtime_usec = 0;
    std::string host;
    std::string identifier;
    std::string pid;  // empty: unknown
    std::string message;
    int priority = 6;  // syslog(3): 6 is informational
};

// What miredo.service has written, at most the last `count` lines. None where there is no journal
// or it may not be read.
[[nodiscard]] std::vector<JournalLine> tail_journal(std::uint32_t count);

// "Nov 21 12:00:05 host miredo[812]: Qualified: …", a line each.
[[nodiscard]] std::string journal_text(const std::vector<JournalLine>& lines, const Style& style);

}  // namespace miredo::ctl
