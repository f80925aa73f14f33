// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One direction of a link at work: it decides, datagram by datagram, what an Impairment makes of
// it. It draws from its random sequence only for what is switched on.
#pragma once

#include <cstdint>

#include "sim/host.hpp"
#include "sim/link.hpp"
#include "sim/seeded_random.hpp"

namespace miredo::sim {

// What becomes of one datagram.
struct Passage {
    bool is_lost = false;
    bool is_duplicated = false;
    bool is_corrupted = false;
    bool is_detected = false;  // the checksum tells that it is corrupted
    Duration delay{};          // beyond the link's latency
    Duration duplicate_delay{};
};

class Line {
  public:
    explicit Line(std::uint64_t seed) : random_{seed} {}

    // The next datagram, of so many fragments; each may be lost.
    [[nodiscard]] Passage pass(const Impairment& impairment, std::uint32_t fragments = 1);
    // Flips one to three bits of `bytes`, which is not empty.
    void corrupt(Packet& bytes);

  private:
    [[nodiscard]] bool chance(double probability);
    [[nodiscard]] bool loses(const Impairment& impairment);
    [[nodiscard]] Duration delay(const Impairment& impairment);

    SeededRandom random_;
    bool is_bad_ = false;  // Gilbert and Elliott's state
};

}  // namespace miredo::sim
