// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Log lines on standard error, from the control thread only: no shard ever logs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/error.hpp"

namespace miredo::daemon {

// syslog(3) priorities, as sd-daemon(3) prefixes them.
enum class Level : std::uint8_t { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6, kDebug = 7 };

class Log {
  public:
    // With `prefix_level` each line starts with `<N>`, which the journal turns into a priority.
    explicit Log(bool prefix_level) : prefix_level_{prefix_level} {}
    // Prefixed where standard error is the journal ($JOURNAL_STREAM).
    [[nodiscard]] static Log to_standard_error();

    // `subject` is the instance or part that speaks ("client", "configuration"); may be empty.
    void write(Level level, std::string_view subject, std::string_view text) const;

    template <typename... Args>
    void info(std::string_view subject, fmt::format_string<Args...> format, Args&&... args) const {
        write(Level::kInfo, subject, fmt::format(format, std::forward<Args>(args)...));
    }
    template <typename... Args>
    void
    warning(std::string_view subject, fmt::format_string<Args...> format, Args&&... args) const {
        write(Level::kWarning, subject, fmt::format(format, std::forward<Args>(args)...));
    }
    void error(std::string_view subject, const Error& error) const {
        write(Level::kError, subject, error.to_string());
    }

  private:
    bool prefix_level_;
};

}  // namespace miredo::daemon
