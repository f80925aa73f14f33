// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A rate limit: `rate` events per second on average, `burst` at once. Time comes in as an argument;
// time that runs backwards is taken as standing still.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace miredo {

class TokenBucket {
  public:
    // `rate` per second, 1 to 10^9; `burst` ≥ 1. A new bucket is full.
    constexpr TokenBucket(std::uint32_t rate, std::uint32_t burst)
        : TokenBucket{Duration{std::chrono::seconds{1}} / static_cast<std::int64_t>(rate), burst} {}
    // One token per `interval`, > 0.
    constexpr TokenBucket(Duration interval, std::uint32_t burst)
        : interval_{interval}, burst_{burst} {}

    // Takes one token and returns true, or returns false and takes nothing.
    [[nodiscard]] bool try_take(Instant now);

  private:
    Duration interval_;
    std::uint32_t burst_;
    // How full the bucket is, as the instant at which it will be full again (the "theoretical
    // arrival time" of the generic cell rate algorithm). The initial value is long past: full.
    Instant full_at_ = Instant::min();
    Instant latest_ = Instant::min();  // the latest `now` seen: time does not go back behind it
};

}  // namespace miredo
