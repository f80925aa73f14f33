// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/keyed_limiter.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"

namespace miredo::teredo {

KeyedLimiter::KeyedLimiter(SipHashKey hash_key, std::size_t buckets, TokenRate each)
    : hash_key_{hash_key}, each_{each}, buckets_(buckets, TokenRate::kFull) {}

bool KeyedLimiter::try_take(Instant now, std::uint64_t key) {
    std::array<std::byte, 8> message{};
    store_be64(message, key);
    latest_ = std::max(latest_, now);
    return each_.try_take(buckets_[siphash(hash_key_, message) % buckets_.size()], latest_);
}

}  // namespace miredo::teredo
