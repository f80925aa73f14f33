// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/siphash.hpp"

#include <bit>

namespace miredo {
namespace {

struct State {
    std::uint64_t v0, v1, v2, v3;

    void round() {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }

    void absorb(std::uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

std::uint64_t load_le(Bytes from) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        word |= std::to_integer<std::uint64_t>(from[i]) << (8U * i);
    }
    return word;
}

}  // namespace

std::uint64_t siphash(const SipHashKey& key, Bytes message) {
    State state{key.k0 ^ 0x736f6d6570736575U,
                key.k1 ^ 0x646f72616e646f6dU,
                key.k0 ^ 0x6c7967656e657261U,
                key.k1 ^ 0x7465646279746573U};
    const std::size_t whole = message.size() & ~std::size_t{7};
    for (std::size_t i = 0; i < whole; i += 8) {
        state.absorb(load_le(message.subspan(i, 8)));
    }
    state.absorb((std::uint64_t{message.size()} << 56U) | load_le(message.subspan(whole)));
    state.v2 ^= 0xFFU;
    for (int i = 0; i < 4; ++i) {
        state.round();
    }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace miredo
