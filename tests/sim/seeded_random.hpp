// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A random source that a seed determines (SplitMix64): the same seed gives
// the same run.
#pragma once

#include <cstdint>

#include "base/random_source.hpp"

namespace miredo::sim {

class SeededRandom final : public RandomSource {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_{seed} {}

    void fill(MutableBytes to) override {
        for (std::byte& byte : to) {
            byte = static_cast<std::byte>(next() >> 56U);
        }
    }

    // Uniform in [0, 1), in steps of 2^-53.
    [[nodiscard]] double fraction() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

  private:
    [[nodiscard]] std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }

    std::uint64_t state_;
};

}  // namespace miredo::sim
