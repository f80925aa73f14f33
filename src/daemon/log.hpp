// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The daemon's log: lines about states and faults, never one about a packet. Until start() a line
// is written before the call returns; afterwards the log's own thread writes it. The control thread
// starts and stops it; no shard ever logs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.hpp"
#include "daemon/log_record.hpp"
#include "daemon/log_target.hpp"
#include "daemon/log_thread.hpp"

namespace miredo::daemon {

// A format text, checked when it is compiled, and where it stands.
template <typename... Args>
struct LocatedFormat {
    template <typename Text>
    // NOLINTNEXTLINE(google-explicit-constructor): a literal becomes one where it is an argument
    consteval LocatedFormat(const Text& literal, CodeLocation place = CodeLocation::here())
        : text{literal}, where{place} {}

    fmt::format_string<Args...> text;
    CodeLocation where;
};

class Log {
  public:
    explicit Log(std::shared_ptr<LogTarget> target) : target_{std::move(target)} {}
    // As stop().
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    Log(Log&&) = delete;
    Log& operator=(Log&&) = delete;

    // From here on no call blocks: lines that come faster than they can be written are dropped and
    // counted. After the last fork and behind the system call filter.
    [[nodiscard]] Expected<void> start();
    // Back to how it was before start(), with everything written.
    void stop();
    // Lines from here on go to `target`. A full ring leaves it at the old one.
    void switch_to(std::shared_ptr<LogTarget> target);

    // `subject` is the instance or part that speaks ("client", "configuration"); may be empty.
    void write(Level level,
               std::string_view subject,
               std::string_view text,
               CodeLocation where = CodeLocation::here()) const;

    // Something of a kind that people and programs look for; message_ids.hpp says which fields
    // belong to it.
    void event(const MessageKind& kind,
               std::string_view subject,
               std::vector<Field> fields,
               std::string_view text,
               CodeLocation where = CodeLocation::here()) const;
    // Its text is the error's; ERRNO is added where there is one.
    void event(const MessageKind& kind,
               std::string_view subject,
               std::vector<Field> fields,
               const Error& error,
               CodeLocation where = CodeLocation::here()) const;

    template <typename... Args>
    void info(std::string_view subject,
              LocatedFormat<std::type_identity_t<Args>...> format,
              Args&&... args) const {
        write(Level::kInfo,
              subject,
              fmt::format(format.text, std::forward<Args>(args)...),
              format.where);
    }
    template <typename... Args>
    void warning(std::string_view subject,
                 LocatedFormat<std::type_identity_t<Args>...> format,
                 Args&&... args) const {
        write(Level::kWarning,
              subject,
              fmt::format(format.text, std::forward<Args>(args)...),
              format.where);
    }
    void error(std::string_view subject,
               const Error& error,
               CodeLocation where = CodeLocation::here()) const;

  private:
    void put(LogRecord record) const;

    std::shared_ptr<LogTarget> target_;  // nothing while the thread has it, or after it hung
    std::unique_ptr<LogThread> thread_;
};

}  // namespace miredo::daemon
