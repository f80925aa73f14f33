// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/token_bucket.hpp"

#include <algorithm>

namespace miredo {

bool TokenBucket::try_take(Instant now) {
    latest_ = std::max(latest_, now);
    const Instant full_at = std::max(full_at_, latest_);
    if (full_at - latest_ > interval_ * (static_cast<std::int64_t>(burst_) - 1)) {
        return false;
    }
    full_at_ = full_at + interval_;
    return true;
}

}  // namespace miredo
