// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which shard a peer belongs to. Its mapped address and port are the outer source of what it sends,
// and stand in its Teredo address (RFC 4380 §4), where what is sent to it goes: one hash over both
// keeps both directions of a peer on one shard. It is written down three times, here and as the
// kernel's two programs (programs.hpp), with these constants.
#pragma once

#include <cstdint>

#include "base/endpoint.hpp"

namespace miredo::steering {

// Multiplications, shifts and xors of 32 bits are what classic BPF has, too. Neighbouring addresses
// and neighbouring ports of one address spread over all 16 bits.
inline constexpr std::uint32_t kPortFactor = 0x9E3779B1;
inline constexpr std::uint32_t kFirstShift = 16;
inline constexpr std::uint32_t kFirstFactor = 0x7FEB352D;
inline constexpr std::uint32_t kSecondShift = 15;
inline constexpr std::uint32_t kSecondFactor = 0x846CA68B;
inline constexpr std::uint32_t kLastShift = 16;

// 16 bits: of what a program says of a tunnel device's packet, the kernel looks at no more.
[[nodiscard]] constexpr std::uint16_t hash(Endpoint mapped) {
    std::uint32_t value = mapped.address.value() + mapped.port * kPortFactor;
    value = (value ^ (value >> kFirstShift)) * kFirstFactor;
    value = (value ^ (value >> kSecondShift)) * kSecondFactor;
    return static_cast<std::uint16_t>(value >> kLastShift);
}

// `shards` ≥ 1; counts from 0.
[[nodiscard]] constexpr std::uint32_t shard_of(Endpoint mapped, std::uint32_t shards) {
    return hash(mapped) % shards;
}

}  // namespace miredo::steering
