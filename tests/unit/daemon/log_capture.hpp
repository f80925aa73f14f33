// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A log target that keeps what it is given, and that can be held up like a terminal no one reads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/log_target.hpp"

namespace miredo::daemon {

class CapturingTarget final : public LogTarget {
  public:
    void take_over() override {
        const std::lock_guard lock{mutex_};
        lines_.emplace_back("(takes over)");
    }

    void write(const LogRecord& record) override {
        std::unique_lock lock{mutex_};
        writing_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !is_held_; });
        lines_.push_back(text_of(record));
        records_.push_back(record);
        changed_.notify_all();
    }

    // From here on write() does not return until release().
    void hold() {
        const std::lock_guard lock{mutex_};
        is_held_ = true;
        writing_ = false;
    }
    void wait_until_writing() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return writing_; });
    }
    void wait_for_lines(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return lines_.size() >= count; });
    }
    void release() {
        const std::lock_guard lock{mutex_};
        is_held_ = false;
        changed_.notify_all();
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock{mutex_};
        return lines_;
    }
    [[nodiscard]] std::vector<LogRecord> records() const {
        const std::lock_guard lock{mutex_};
        return records_;
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_held_ = false;
    bool writing_ = false;
    std::vector<std::string> lines_;
    std::vector<LogRecord> records_;
};

}  // namespace miredo::daemon
