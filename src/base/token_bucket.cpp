// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/token_bucket.hpp"

#include <algorithm>

namespace miredo {

bool TokenRate::try_take(Instant& full_at, Instant now) const {
    const Instant from = std::max(full_at, now);
    if (from - now > interval_ * (static_cast<std::int64_t>(burst_) - 1)) {
        return false;
    }
    full_at = from + interval_;
    return true;
}

bool TokenBucket::try_take(Instant now) {
    latest_ = std::max(latest_, now);
    return rate_.try_take(full_at_, latest_);
}

}  // namespace miredo
