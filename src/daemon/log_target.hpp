// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where log lines go: standard error as text, the journal as fields, or syslog. Each may block; the
// log thread calls them.
#pragma once

#include <memory>
#include <string>

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
    // `descriptor` stays the caller's.
    explicit TextTarget(int descriptor) : descriptor_{descriptor} {}
    void write(const LogRecord& record) override;

  private:
    int descriptor_;
};

// The journal's native protocol. What it does not take goes to standard error, which is the journal
// as well, with a `<N>` prefix that keeps the priority.
class JournalTarget final : public LogTarget {
  public:
    explicit JournalTarget(LogIdentity identity) : identity_{std::move(identity)} {}
    void write(const LogRecord& record) override;

  private:
    LogIdentity identity_;
};

// syslog(3). There must be one such target only: the C library keeps its state per process.
class SyslogTarget final : public LogTarget {
  public:
    // Nothing where no one listens on the syslog socket.
    [[nodiscard]] static std::unique_ptr<LogTarget> connect(LogIdentity identity);
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
[[nodiscard]] std::unique_ptr<LogTarget> choose_target(LogIdentity identity);

}  // namespace miredo::daemon
