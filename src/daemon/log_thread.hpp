// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A bounded ring of log records and the one thread that writes them, so that a slow terminal, disk
// or journal never holds up whoever has something to say.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>

#include "base/error.hpp"
#include "daemon/log_record.hpp"
#include "daemon/log_target.hpp"

namespace miredo::daemon {

class LogThread {
  public:
    static constexpr std::size_t kCapacity = 1024;
    // Longer than this the end of the program does not wait for a target that hangs.
    static constexpr std::chrono::milliseconds kStopLimit{5000};

    // The system call filter must be in place before: a thread inherits it when it is made.
    [[nodiscard]] static Expected<std::unique_ptr<LogThread>>
    start(std::shared_ptr<LogTarget> target, std::size_t capacity = kCapacity);
    // As stop().
    ~LogThread();
    LogThread(const LogThread&) = delete;
    LogThread& operator=(const LogThread&) = delete;
    LogThread(LogThread&&) = delete;
    LogThread& operator=(LogThread&&) = delete;

    // From any thread; never blocks. A record that the full ring can't take is dropped, and counted
    // in a later message::kLinesLost.
    void put(LogRecord record);

    // What is put after this goes to `target`, what was put before does not. False, and everything
    // stays, when the ring is full.
    bool switch_to(std::shared_ptr<LogTarget> target);

    // Ends the thread when it has written everything that was put. Returns the target in use;
    // nothing where that hangs longer than `limit`: then the thread keeps it, and what was not
    // written is lost. To be called once.
    std::shared_ptr<LogTarget> stop(std::chrono::milliseconds limit = kStopLimit);

  private:
    struct State;

    LogThread(std::shared_ptr<State> state, std::thread thread);
    static void serve(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;  // the thread's too: it may stay behind
    std::thread thread_;
};

}  // namespace miredo::daemon
