// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The kernel's generator (getrandom(2)) as the engine's source of randomness. RFC 5991 §4: the
// random bits of an address must come from a generator of cryptographic quality.
#pragma once

#include <array>
#include <cstddef>

#include "base/random_source.hpp"

namespace miredo::io {

// Draws in chunks, so that a bubble's nonce does not cost a system call each. Fails closed: where
// the kernel gives nothing, the program aborts with a message instead of going on guessable.
// For one thread; after fork() only one of the two processes may go on using it.
class SystemRandom final : public RandomSource {
  public:
    SystemRandom();  // draws the first chunk, so that a lack shows at start
    SystemRandom(const SystemRandom&) = delete;
    SystemRandom& operator=(const SystemRandom&) = delete;
    SystemRandom(SystemRandom&&) = delete;
    SystemRandom& operator=(SystemRandom&&) = delete;
    ~SystemRandom();

    void fill(MutableBytes to) override;

  private:
    static constexpr std::size_t kChunk = 512;

    void refill();

    std::array<std::byte, kChunk> chunk_{};
    std::size_t used_ = kChunk;
};

}  // namespace miredo::io
