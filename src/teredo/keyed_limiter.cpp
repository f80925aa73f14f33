// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/keyed_limiter.hpp"

#include <array>

#include "base/bytes.hpp"

namespace miredo::teredo {

KeyedLimiter::KeyedLimiter(SipHashKey hash_key, std::size_t buckets, TokenBucket each)
    : hash_key_{hash_key}, buckets_(buckets, each) {}

bool KeyedLimiter::try_take(Instant now, std::uint64_t key) {
    std::array<std::byte, 8> message{};
    store_be64(message, key);
    return buckets_[siphash(hash_key_, message) % buckets_.size()].try_take(now);
}

}  // namespace miredo::teredo
