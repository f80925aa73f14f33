// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The simulated Internet's time: it moves only when it is told to.
#pragma once

#include <cassert>

#include "base/time.hpp"

namespace miredo::sim {

class VirtualClock {
  public:
    [[nodiscard]] Instant now() const { return now_; }

    // Time never runs backwards: `to` ≥ now().
    void advance_to(Instant to) {
        assert(to >= now_);
        now_ = to;
    }

  private:
    // Not zero, which careless code would take for "never", and less than any interval of the
    // protocol, as on a machine that has just started.
    Instant now_{std::chrono::microseconds{1}};
};

}  // namespace miredo::sim
