// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/loop.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

namespace miredo::ctl {
namespace {

// The loop is only one of several sources; the accuracy is that of people.
constexpr std::uint64_t kAccuracyUsec = 1000;

Outcome<void> checked(int result) {
    if (result < 0) {
        return Failure{Problem{ExitStatus::kFailure,
                               std::string{"cannot wait for events: "} + std::strerror(-result)}};
    }
    return {};
}

}  // namespace

Loop::Loop() {
    sd_event* event = nullptr;
    if (sd_event_new(&event) >= 0) {
        event_.reset(event);
    }
}

Outcome<void> Loop::stop_on_signals() {
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    for (const int signal : {SIGINT, SIGTERM}) {
        const int result = sd_event_add_signal(
            event_.get(),
            nullptr,
            signal,
            [](sd_event_source*, const signalfd_siginfo*, void* self) {
                static_cast<Loop*>(self)->stop(ExitStatus::kOk);
                return 0;
            },
            this);
        if (result < 0) {
            return checked(result);
        }
    }
    return {};
}

Outcome<void> Loop::add_timer(Duration delay, std::function<void()> elapsed) {
    elapsed_ = std::move(elapsed);
    const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(delay).count();
    return checked(sd_event_add_time_relative(
        event_.get(),
        nullptr,
        CLOCK_MONOTONIC,
        static_cast<std::uint64_t>(std::max<std::int64_t>(usec, 0)),
        kAccuracyUsec,
        [](sd_event_source*, std::uint64_t, void* self) {
            static_cast<Loop*>(self)->elapsed_();
            return 0;
        },
        this));
}

void Loop::stop(Outcome<ExitStatus> result) {
    if (!result_) {
        result_ = std::move(result);
    }
    sd_event_exit(event_.get(), 0);
}

Outcome<ExitStatus> Loop::run() {
    while (!result_) {
        const int result = sd_event_run(event_.get(), UINT64_MAX);
        if (result < 0) {
            return Failure{checked(result).error()};
        }
    }
    return *result_;
}

}  // namespace miredo::ctl
