// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// SipHash-2-4 (Aumasson and Bernstein): the keyed hash behind the peer table, so that nobody can
// choose colliding addresses, and behind stateless connectivity-test nonces.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/random_source.hpp"

namespace miredo {

struct SipHashKey {
    std::uint64_t k0 = 0;  // little-endian words of the 16-byte key, as in the paper
    std::uint64_t k1 = 0;

    [[nodiscard]] static SipHashKey generate(RandomSource& random) {
        return {random.uint64(), random.uint64()};
    }
};

[[nodiscard]] std::uint64_t siphash(const SipHashKey& key, Bytes message);

}  // namespace miredo
