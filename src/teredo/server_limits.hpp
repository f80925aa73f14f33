// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a server sends at most on behalf of strangers (RFC 4380 §7.3.5, §7.4: a server must not
// become a reflector). The memory is taken once and never grows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ipv4_address.hpp"
#include "base/ipv6_address.hpp"
#include "base/random_source.hpp"
#include "base/token_bucket.hpp"
#include "teredo/keyed_limiter.hpp"

namespace miredo::teredo {

// Router Solicitations answered per source /24, per second.
inline constexpr std::uint32_t kSolicitationRate = 10;
inline constexpr std::uint32_t kSolicitationBurst = 50;
// A flood from forged sources spreads over all of these; at 10 per second each they take 650 000
// per second before a bucket that somebody honest falls into runs dry.
inline constexpr std::size_t kSolicitationBuckets = 65536;
// In all. Above what one shard can answer, because a lower one would let a flood lock out
// everybody.
inline constexpr std::uint32_t kSolicitationRateInAll = 500'000;
inline constexpr std::uint32_t kSolicitationBurstInAll = 50'000;

// Forwarded bubbles and echo messages. A relay alone sends up to 200 bubbles per second.
inline constexpr std::uint32_t kForwardSourceRate = 500;
inline constexpr std::uint32_t kForwardSourceBurst = 1000;
// Per target: an embedded IPv4 address, behind which there may be many clients, or a native /64.
inline constexpr std::uint32_t kForwardTargetRate = 100;
inline constexpr std::uint32_t kForwardTargetBurst = 200;
inline constexpr std::size_t kForwardBuckets = 16384;
inline constexpr std::uint32_t kForwardRateInAll = 50'000;
inline constexpr std::uint32_t kForwardBurstInAll = 10'000;

class ServerLimits {
  public:
    // `shards` servers have them together.
    explicit ServerLimits(RandomSource& random, std::uint32_t shards = 1);

    [[nodiscard]] bool try_answer(Instant now, Ipv4Address source);
    [[nodiscard]] bool try_forward(Instant now, Ipv4Address source, Ipv4Address target);
    [[nodiscard]] bool try_forward(Instant now, Ipv4Address source, const Ipv6Address& target);

  private:
    [[nodiscard]] bool try_forward(Instant now, Ipv4Address source, std::uint64_t target);

    // Each is asked only where the ones before it agreed, so that one busy source drains neither
    // a target's share nor everybody's.
    KeyedLimiter solicitations_by_source_;
    TokenBucket solicitations_;
    KeyedLimiter forwards_by_source_;
    KeyedLimiter forwards_by_target_;
    TokenBucket forwards_;
};

}  // namespace miredo::teredo
