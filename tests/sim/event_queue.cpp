// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace miredo::sim {

bool EventQueue::is_later(const Event& a, const Event& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
}

void EventQueue::schedule(Instant at, Action action) {
    if (free_slots_.empty()) {
        free_slots_.push_back(actions_.size());
        actions_.emplace_back();
    }
    const std::size_t slot = free_slots_.back();
    free_slots_.pop_back();
    actions_[slot] = std::move(action);
    heap_.push_back({at, sequence_++, slot});
    std::push_heap(heap_.begin(), heap_.end(), is_later);
}

std::optional<Instant> EventQueue::next() const {
    if (heap_.empty()) {
        return std::nullopt;
    }
    return heap_.front().at;
}

void EventQueue::run_next() {
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    const std::size_t slot = heap_.back().slot;
    heap_.pop_back();
    const Action action = std::exchange(actions_[slot], {});
    free_slots_.push_back(slot);
    action();
}

}  // namespace miredo::sim
