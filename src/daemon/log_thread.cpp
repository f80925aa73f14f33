// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log_thread.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <poll.h>

#include "daemon/message_ids.hpp"
#include "io/mailbox.hpp"
#include "io/thread.hpp"

namespace miredo::daemon {
namespace {

// The first alternative only wakes the thread.
using Entry = std::variant<std::monostate, LogRecord, std::shared_ptr<LogTarget>>;

LogRecord lines_lost(std::uint64_t count) {
    return {message::kLinesLost.level,
            message::kLinesLost.id,
            {},
            fmt::format("{} log lines lost", count),
            {{"MIREDO_LOST", std::to_string(count)}},
            CodeLocation::here()};
}

}  // namespace

struct LogThread::State {
    std::unique_ptr<io::Mailbox<Entry>> ring;
    std::atomic<std::uint64_t> lost = 0;
    std::atomic<bool> stopping = false;
    std::promise<void> finished;
    std::shared_ptr<LogTarget> target;  // the thread's until it has finished

    void take(Entry entry) {
        if (auto* record = std::get_if<LogRecord>(&entry)) {
            target->write(*record);
        } else if (auto* next = std::get_if<std::shared_ptr<LogTarget>>(&entry)) {
            target = std::move(*next);
            target->take_over();
        }
    }

    // Lines that did not fit came after all that are in the ring now.
    void write_all() {
        const std::uint64_t missing = lost.exchange(0);
        ring->drain([this](Entry&& entry) { take(std::move(entry)); });
        if (missing > 0) {
            target->write(lines_lost(missing));
        }
    }
};

Expected<std::unique_ptr<LogThread>> LogThread::start(std::shared_ptr<LogTarget> target,
                                                      std::size_t capacity) {
    auto ring = io::Mailbox<Entry>::create(capacity);
    if (!ring) {
        return Failure{ring.error()};
    }
    auto state = std::make_shared<State>();
    state->ring = std::move(*ring);
    state->target = std::move(target);
    auto thread = io::start_thread("the log's", [state] { serve(state); });
    if (!thread) {
        return Failure{thread.error()};
    }
    return std::unique_ptr<LogThread>{new LogThread{std::move(state), std::move(*thread)}};
}

LogThread::LogThread(std::shared_ptr<State> state, std::thread thread)
    : state_{std::move(state)}, thread_{std::move(thread)} {}

LogThread::~LogThread() {
    if (thread_.joinable()) {
        (void)stop();
    }
}

void LogThread::serve(const std::shared_ptr<State>& state) {
    for (;;) {
        // Read first: all that was put before stop() is in the ring by then.
        const bool is_last = state->stopping.load();
        state->write_all();
        if (is_last) {
            break;
        }
        if (state->lost.load() == 0) {
            pollfd waiting{state->ring->fd(), POLLIN, 0};
            (void)::poll(&waiting, 1, -1);
        }
    }
    if (state->lost.load() > 0) {
        state->write_all();
    }
    state->finished.set_value();
}

void LogThread::put(LogRecord record) {
    if (!state_->ring->try_push(std::move(record))) {
        state_->lost.fetch_add(1);
    }
}

bool LogThread::switch_to(std::shared_ptr<LogTarget> target) {
    return state_->ring->try_push(std::move(target));
}

std::shared_ptr<LogTarget> LogThread::stop(std::chrono::milliseconds limit) {
    const std::future<void> finished = state_->finished.get_future();
    state_->stopping.store(true);
    // Where it is full the thread does not sleep.
    (void)state_->ring->try_push(std::monostate{});
    if (finished.wait_for(limit) != std::future_status::ready) {
        thread_.detach();  // write(2) and its like can't be cancelled safely
        return nullptr;
    }
    thread_.join();
    return std::move(state_->target);
}

}  // namespace miredo::daemon
