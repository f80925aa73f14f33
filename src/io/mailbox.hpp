// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A bounded queue between threads: many may push, one drains and can wait for it with epoll or
// sd-event. It never blocks and, once made, never allocates; what to do when it is full (coalesce,
// drop, count) is the sender's affair.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <sys/eventfd.h>

#include "base/error.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

template <typename T>
class Mailbox {
  public:
    // Holds up to `capacity` ≥ 1 items.
    [[nodiscard]] static Expected<std::unique_ptr<Mailbox>> create(std::size_t capacity) {
        UniqueFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (!event) {
            return Failure{Error{"cannot make an event descriptor",
                                 "",
                                 errno,
                                 "Raise the limit of open files (LimitNOFILE=, ulimit -n)"}};
        }
        return std::unique_ptr<Mailbox>{new Mailbox{std::move(event), capacity}};
    }

    // Readable (EPOLLIN) while there is something to drain.
    [[nodiscard]] int fd() const { return event_.get(); }

    // From any thread. False, and nothing changes, when the mailbox is full.
    [[nodiscard]] bool try_push(T item) {
        bool was_empty = false;
        {
            const std::lock_guard lock{mutex_};
            if (incoming_.size() >= capacity_) {
                return false;
            }
            was_empty = incoming_.empty();
            incoming_.push_back(std::move(item));
        }
        if (was_empty) {
            // Cannot fail: the counter is far from its maximum. A write into a closed one cannot
            // be.
            (void)::eventfd_write(event_.get(), 1);
        }
        return true;
    }

    // From one thread only: calls `take(T&&)` for each item in the order of arrival, those that
    // arrive meanwhile excepted. Returns how many.
    template <typename Take>
    std::size_t drain(Take take) {
        eventfd_t ignored = 0;
        (void)::eventfd_read(event_.get(), &ignored);
        {
            const std::lock_guard lock{mutex_};
            std::swap(incoming_, outgoing_);
        }
        for (T& item : outgoing_) {
            take(std::move(item));
        }
        const std::size_t count = outgoing_.size();
        outgoing_.clear();
        return count;
    }

  private:
    Mailbox(UniqueFd event, std::size_t capacity) : event_{std::move(event)}, capacity_{capacity} {
        incoming_.reserve(capacity);
        outgoing_.reserve(capacity);
    }

    UniqueFd event_;
    std::size_t capacity_;
    std::mutex mutex_;
    std::vector<T> incoming_;  // under mutex_
    std::vector<T> outgoing_;  // the draining thread's
};

}  // namespace miredo::io
