// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// 64 bits that stand for a whole run: two runs with equal hashes did the same, at the same times.
#pragma once

#include <cstdint>

#include "sim/transmission.hpp"

namespace miredo::sim {

class TraceHash {
  public:
    // What has come to its end at `now`.
    void add(Instant now, const Transmission& datagram);
    void add(Instant now, const NativeTransmission& packet);

    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0;
};

}  // namespace miredo::sim
