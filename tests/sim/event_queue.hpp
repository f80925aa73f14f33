// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is to happen when. Of two events for the same instant the one scheduled first happens first,
// so that a run depends on nothing but its inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace miredo::sim {

class EventQueue {
  public:
    using Action = std::function<void()>;

    void schedule(Instant at, Action action);
    [[nodiscard]] std::optional<Instant> next() const;
    // Takes the first event out and runs it; it may schedule others. Only with next().
    void run_next();

  private:
    // Small, for the heap to move it about; the action stays where it is.
    struct Event {
        Instant at;
        std::uint64_t sequence = 0;
        std::size_t slot = 0;
    };
    static bool is_later(const Event& a, const Event& b);

    std::vector<Event> heap_;
    std::vector<Action> actions_;
    std::vector<std::size_t> free_slots_;
    std::uint64_t sequence_ = 0;
};

}  // namespace miredo::sim
