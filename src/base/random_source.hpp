// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where the engine's randomness comes from: injected, so that a test decides it. In the daemon it
// is the kernel's generator (io/random.hpp); RFC 5991 §4 wants one of cryptographic quality.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace miredo {

class RandomSource {
  public:
    virtual void fill(MutableBytes to) = 0;

    [[nodiscard]] std::uint32_t uint32();
    [[nodiscard]] std::uint64_t uint64();
    // Uniform in [low, high]; low ≤ high.
    [[nodiscard]] Duration uniform(Duration low, Duration high);

  protected:
    RandomSource() = default;
    RandomSource(const RandomSource&) = default;
    RandomSource& operator=(const RandomSource&) = default;
    RandomSource(RandomSource&&) = default;
    RandomSource& operator=(RandomSource&&) = default;
    ~RandomSource() = default;
};

}  // namespace miredo
