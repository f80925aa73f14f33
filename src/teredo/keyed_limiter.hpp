// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A token bucket for each of many keys (addresses, blocks of them) in memory of fixed size: what
// strangers send can't make it grow. Keys fall into buckets by a keyed hash; two that meet in one
// share its rate, and nobody outside can choose which two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/siphash.hpp"
#include "base/token_bucket.hpp"

namespace miredo::teredo {

class KeyedLimiter {
  public:
    // `buckets`, ≥ 1, of the rate and burst of `each`.
    KeyedLimiter(SipHashKey hash_key, std::size_t buckets, TokenRate each);

    // Takes one token of the bucket of `key`; false, and nothing changed, where it is empty.
    [[nodiscard]] bool try_take(Instant now, std::uint64_t key);

  private:
    SipHashKey hash_key_;
    TokenRate each_;
    std::vector<Instant> buckets_;     // of each when it is full again: see TokenRate
    Instant latest_ = Instant::min();  // the latest `now` seen: time does not go back behind it
};

}  // namespace miredo::teredo
