// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A value that one thread publishes now and then and others read. The publisher never waits:
// finding a reader at it, it tries again later.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace miredo::daemon {

template <typename T>
class Published {
  public:
    // False where a reader is copying it just now.
    [[nodiscard]] bool try_publish(const T& value) {
        const std::unique_lock lock{mutex_, std::try_to_lock};
        if (!lock.owns_lock()) {
            return false;
        }
        value_ = value;
        return true;
    }
    // Nothing before the first.
    [[nodiscard]] std::optional<T> latest() const {
        const std::lock_guard lock{mutex_};
        return value_;
    }

  private:
    mutable std::mutex mutex_;
    std::optional<T> value_;
};

}  // namespace miredo::daemon
