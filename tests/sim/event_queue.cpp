// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/event_queue.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace miredo::sim {

bool EventQueue::is_later(const Event& a, const Event& b) {
    return std::tie(a.at, a.sequence) > std::tie(b.at, b.sequence);
}

void EventQueue::schedule(Instant at, Action action) {
    heap_.push_back({at, sequence_++, std::move(action)});
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
    const Event event = std::move(heap_.back());
    heap_.pop_back();
    event.action();
}

}  // namespace miredo::sim
