// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A rate limit: `rate` events per second on average, `burst` at once. Time comes in as an argument;
// time that runs backwards is taken as standing still.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace miredo {

// What buckets have in common, where there are many alike.
class TokenRate {
  public:
    // `rate` per second, 1 to 10^9; `burst` ≥ 1.
    constexpr TokenRate(std::uint32_t rate, std::uint32_t burst)
        : TokenRate{Duration{std::chrono::seconds{1}} / static_cast<std::int64_t>(rate), burst} {}
    // One token per `interval`, > 0.
    constexpr TokenRate(Duration interval, std::uint32_t burst)
        : interval_{interval}, burst_{burst} {}

    // Takes one token and returns true, or returns false and takes nothing. `full_at` is how full
    // the bucket is: the instant at which it will be full again (the "theoretical arrival time" of
    // the generic cell rate algorithm), kFull to begin with. `now` must not go back.
    [[nodiscard]] bool try_take(Instant& full_at, Instant now) const;

    static constexpr Instant kFull = Instant::min();  // long past

  private:
    Duration interval_;
    std::uint32_t burst_;
};

class TokenBucket {
  public:
    // A new bucket is full.
    constexpr TokenBucket(std::uint32_t rate, std::uint32_t burst) : rate_{rate, burst} {}
    constexpr TokenBucket(Duration interval, std::uint32_t burst) : rate_{interval, burst} {}

    // Takes one token and returns true, or returns false and takes nothing.
    [[nodiscard]] bool try_take(Instant now);

  private:
    TokenRate rate_;
    Instant full_at_ = TokenRate::kFull;
    Instant latest_ = Instant::min();  // the latest `now` seen: time does not go back behind it
};

}  // namespace miredo
