// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/event_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "io/boottime_clock.hpp"

namespace miredo::io {
namespace {

// Keys of the loop's own descriptors in epoll_event::data; those of entries follow.
constexpr std::uint64_t kTimerKey = 0;
constexpr std::uint64_t kWakeupKey = 1;
constexpr std::uint64_t kFirstEntryKey = 2;
constexpr std::size_t kEventsPerWait = 16;

Failure<Error> system_failure(const char* what) {
    const int error_number = errno;
    return Failure{Error{what,
                         "",
                         error_number,
                         error_number == EMFILE || error_number == ENFILE
                             ? "Raise the limit of open files (LimitNOFILE=, ulimit -n)"
                             : ""}};
}

Expected<void> control(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t key) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    if (::epoll_ctl(epoll, operation, fd, &event) != 0) {
        return system_failure("cannot watch a descriptor");
    }
    return {};
}

}  // namespace

struct EventLoop::Entry {
    int fd;
    std::uint64_t key;
    Handler handler;
};

Expected<std::unique_ptr<EventLoop>> EventLoop::create() {
    UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    if (!epoll) {
        return system_failure("cannot make an event loop");
    }
    UniqueFd timer{::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
    if (!timer) {
        return system_failure("cannot make a timer");
    }
    UniqueFd wakeup{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!wakeup) {
        return system_failure("cannot make an event descriptor");
    }
    std::unique_ptr<EventLoop> loop{
        new EventLoop{std::move(epoll), std::move(timer), std::move(wakeup)}};
    if (auto watched = loop->watch_own_descriptors(); !watched) {
        return Failure{watched.error()};
    }
    return loop;
}

EventLoop::EventLoop(UniqueFd epoll, UniqueFd timer, UniqueFd wakeup)
    : epoll_{std::move(epoll)},
      timer_{std::move(timer)},
      wakeup_{std::move(wakeup)},
      next_key_{kFirstEntryKey} {}

EventLoop::~EventLoop() = default;

Expected<void> EventLoop::watch_own_descriptors() {
    if (auto done = control(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), EPOLLIN, kTimerKey); !done) {
        return done;
    }
    return control(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), EPOLLIN, kWakeupKey);
}

Expected<void> EventLoop::add(int fd, std::uint32_t events, Handler handler) {
    const std::uint64_t key = next_key_++;
    if (auto done = control(epoll_.get(), EPOLL_CTL_ADD, fd, events, key); !done) {
        return done;
    }
    entries_.push_back(std::make_unique<Entry>(Entry{fd, key, std::move(handler)}));
    removed_.reserve(removed_.size() + entries_.size());
    return {};
}

Expected<void> EventLoop::modify(int fd, std::uint32_t events) {
    const Entry* entry = find(fd);
    if (entry == nullptr) {
        return Failure{Error{"cannot watch a descriptor", "", ENOENT, ""}};
    }
    return control(epoll_.get(), EPOLL_CTL_MOD, fd, events, entry->key);
}

void EventLoop::remove(int fd) {
    const auto found = std::find_if(
        entries_.begin(), entries_.end(), [fd](const auto& entry) { return entry->fd == fd; });
    if (found == entries_.end()) {
        return;
    }
    // Fails where the owner has closed the descriptor already; then epoll has forgotten it too.
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    // The handler may be the caller: it must not be destroyed while it runs.
    removed_.push_back(std::move(*found));
    entries_.erase(found);
}

EventLoop::Entry* EventLoop::find(int fd) {
    const auto found = std::find_if(
        entries_.begin(), entries_.end(), [fd](const auto& entry) { return entry->fd == fd; });
    return found == entries_.end() ? nullptr : found->get();
}

void EventLoop::set_deadline_handler(DeadlineHandler handler) {
    deadline_handler_ = std::move(handler);
}

void EventLoop::set_deadline(std::optional<Instant> deadline) {
    deadline_ = deadline;
    // A timer that fires too early is armed again then; one that fires too late is a fault.
    if (deadline_ && (!armed_ || *deadline_ < *armed_)) {
        arm(deadline_);
    }
}

void EventLoop::arm(std::optional<Instant> at) {
    itimerspec spec{};
    if (at) {
        // All zero would disarm; any instant that is past fires at once.
        const auto since_boot = std::max<Duration>(at->time_since_epoch(), Duration{1});
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
        spec.it_value.tv_sec = seconds.count();
        spec.it_value.tv_nsec = (since_boot - seconds).count();
    }
    // Fails for a bad descriptor or a bad value only, and both are ours.
    (void)::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
    armed_ = at;
}

bool EventLoop::handle_timer() {
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof expirations) < 0) {
        return false;
    }
    armed_.reset();
    if (!deadline_) {
        return false;
    }
    if (boottime_now() < *deadline_) {
        arm(deadline_);
        return false;
    }
    deadline_.reset();
    if (deadline_handler_) {
        deadline_handler_();
    }
    return true;
}

bool EventLoop::dispatch(std::uint64_t key, std::uint32_t events) {
    if (key == kTimerKey) {
        return handle_timer();
    }
    if (key == kWakeupKey) {
        eventfd_t ignored = 0;
        (void)::eventfd_read(wakeup_.get(), &ignored);
        return false;
    }
    const auto found = std::find_if(
        entries_.begin(), entries_.end(), [key](const auto& entry) { return entry->key == key; });
    if (found == entries_.end()) {
        return false;  // removed by a handler that ran before in the same turn
    }
    Entry& entry = **found;
    entry.handler(events);
    return true;
}

Expected<bool> EventLoop::wait_and_dispatch(int timeout_ms) {
    std::array<epoll_event, kEventsPerWait> events{};
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    if (count < 0) {
        if (errno == EINTR) {
            return false;
        }
        return system_failure("cannot wait for events");
    }
    bool called = false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        called = dispatch(events[i].data.u64, events[i].events) || called;
    }
    removed_.clear();
    return called;
}

Expected<void> EventLoop::run() {
    while (!stopping_.exchange(false)) {
        if (auto waited = wait_and_dispatch(-1); !waited) {
            return Failure{waited.error()};
        }
    }
    return {};
}

Expected<bool> EventLoop::run_once(Duration limit) {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    return wait_and_dispatch(static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 1 << 30)));
}

void EventLoop::stop() {
    stopping_.store(true);
    (void)::eventfd_write(wakeup_.get(), 1);
}

}  // namespace miredo::io
