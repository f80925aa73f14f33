// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a shard lets others see of itself. Not with every turn: a copy of all counters for each
// batch would be felt.
#pragma once

#include <chrono>
#include <optional>

#include "base/time.hpp"
#include "daemon/published.hpp"

namespace miredo::daemon {

template <typename Snapshot>
class SnapshotPublisher {
  public:
    // The oldest a snapshot gets while there is something new.
    static constexpr Duration kAge = std::chrono::milliseconds{50};

    // Something may be new: publishes what `take()` says, unless the latest is younger than kAge or
    // is being read. Then it is due().
    template <typename Take>
    void offer(Instant now, Take take) {
        due_ = published_at_ + kAge;
        if (now < *due_) {
            return;
        }
        if (published_.try_publish(take())) {
            due_.reset();
        } else {
            due_ = now + kAge;
        }
        published_at_ = now;
    }
    // When to offer() again although nothing happens.
    [[nodiscard]] std::optional<Instant> due() const { return due_; }
    // From any thread; nothing before the first.
    [[nodiscard]] std::optional<Snapshot> latest() const { return published_.latest(); }

  private:
    Published<Snapshot> published_;
    Instant published_at_ = Instant::min();
    std::optional<Instant> due_;
};

}  // namespace miredo::daemon
