// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where log lines go: standard error as text, the journal as fields, or syslog. Each may block; the
// log thread calls them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "daemon/log_record.hpp"
#include "io/unique_fd.hpp"

namespace miredo::daemon {

class LogTarget {
  public:
    virtual ~LogTarget() = default;
    LogTarget(const LogTarget&) = delete;
    LogTarget& operator=(const LogTarget&) = delete;
    LogTarget(LogTarget&&) = delete;
    LogTarget& operator=(LogTarget&&) = delete;

    // Called before the first write(), when everything before it has been written to the target it
    // takes over from.
    virtual void take_over() {}
    // A line that can't be written is lost: there is nobody left to tell.
    virtual void write(const LogRecord& record) = 0;

  protected:
    LogTarget() = default;
};

// "subject: text" lines, each in one write(2), so that lines of several processes don't mix.
class TextTarget final : public LogTarget {
  public:
    // With kLevel each line begins with `<N>`, the priority, as sd-daemon(3) has it.
    enum class Prefix : std::uint8_t { kNone, kLevel };

    // `descriptor` stays the caller's.
    TextTarget(int descriptor, Prefix prefix) : descriptor_{descriptor}, prefix_{prefix} {}
    void write(const LogRecord& record) override;

  private:
    int descriptor_;
    Prefix prefix_;
};

// The journal's native protocol. What it does not take goes to standard error, which is the journal
// as well, as text.
class JournalTarget final : public LogTarget {
  public:
    explicit JournalTarget(LogIdentity identity) : identity_{std::move(identity)} {}
    void write(const LogRecord& record) override;

  private:
    LogIdentity identity_;
    TextTarget text_{STDERR_FILENO, TextTarget::Prefix::kLevel};
};

// syslog(3). There must be one such target only: the C library keeps its state per process.
class SyslogTarget final : public LogTarget {
  public:
    // Nothing where no one listens on the syslog socket.
    [[nodiscard]] static std::shared_ptr<LogTarget> connect(LogIdentity identity);
    ~SyslogTarget() override;
    SyslogTarget(const SyslogTarget&) = delete;
    SyslogTarget& operator=(const SyslogTarget&) = delete;
    SyslogTarget(SyslogTarget&&) = delete;
    SyslogTarget& operator=(SyslogTarget&&) = delete;

    // Lets standard error go: it was the terminal's.
    void take_over() override;
    void write(const LogRecord& record) override;

  private:
    SyslogTarget(LogIdentity identity, io::UniqueFd nothing);

    LogIdentity identity_;
    io::UniqueFd nothing_;  // /dev/null
};

// Whether `descriptor` is the stream to the journal that `journal_stream` ("device:inode", what
// $JOURNAL_STREAM holds; may be null) tells of, see systemd.exec(5).
[[nodiscard]] bool is_journal_stream(const char* journal_stream, int descriptor);

// The journal where standard error is connected to it; else text, on a terminal and anywhere else.
// `<N>` prefixes only where standard error is the journal but its native socket can't be reached.
[[nodiscard]] std::shared_ptr<LogTarget> choose_target(LogIdentity identity);

// For a process that leaves its terminal: syslog. Nothing where it better stays with what
// choose_target() gave it, as that is the journal or no one listens to syslog.
[[nodiscard]] std::shared_ptr<LogTarget> choose_background_target(LogIdentity identity);

}  // namespace miredo::daemon
