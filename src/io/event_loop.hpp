// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A thin epoll loop for one thread: descriptors with handlers, one deadline, and a stop() that any
// thread may call. Memory is allocated when a descriptor is added, never when one wakes up.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

class EventLoop {
  public:
    // Gets the EPOLL* bits that are set. May add and remove descriptors, itself included.
    using Handler = std::function<void(std::uint32_t events)>;
    using DeadlineHandler = std::function<void()>;

    // Fails where the process has no descriptor left.
    [[nodiscard]] static Expected<std::unique_ptr<EventLoop>> create();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    EventLoop(EventLoop&&) = delete;
    EventLoop& operator=(EventLoop&&) = delete;
    ~EventLoop();

    // `events` are EPOLLIN and EPOLLOUT, level triggered; EPOLLERR and EPOLLHUP always come along.
    // The descriptor stays the caller's, who removes it before closing it. Once per descriptor.
    Expected<void> add(int fd, std::uint32_t events, Handler handler);
    Expected<void> modify(int fd, std::uint32_t events);
    // After this the handler is not called again, not even for an event already fetched.
    void remove(int fd);

    void set_deadline_handler(DeadlineHandler handler);
    // The deadline handler is called once at `deadline` (CLOCK_BOOTTIME) or soon after, also when
    // the machine was suspended meanwhile; nullopt: never. Cheap when nothing or only little
    // changes: moving the deadline back costs no system call.
    void set_deadline(std::optional<Instant> deadline);

    // Waits and calls handlers until stop(). A loop stopped before run() returns at once; each
    // stop() ends one run().
    Expected<void> run();
    // One wait, at most `limit` long, and the handlers it wakes. True where any was called.
    Expected<bool> run_once(Duration limit);
    // From any thread, also from a handler.
    void stop();

  private:
    struct Entry;

    EventLoop(UniqueFd epoll, UniqueFd timer, UniqueFd wakeup);

    Expected<void> watch_own_descriptors();
    Expected<bool> wait_and_dispatch(int timeout_ms);
    bool dispatch(std::uint64_t key, std::uint32_t events);
    bool handle_timer();
    void arm(std::optional<Instant> at);
    [[nodiscard]] Entry* find(int fd);

    UniqueFd epoll_;
    UniqueFd timer_;
    UniqueFd wakeup_;
    // By address, so that a handler may add descriptors while it runs.
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<std::unique_ptr<Entry>> removed_;  // kept until no handler can be running
    std::uint64_t next_key_ = 0;
    DeadlineHandler deadline_handler_;
    std::optional<Instant> deadline_;
    std::optional<Instant> armed_;
    std::atomic<bool> stopping_{false};
};

}  // namespace miredo::io
