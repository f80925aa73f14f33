// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/control_loop.hpp"

#include <csignal>
#include <ctime>

#include <sys/epoll.h>

namespace miredo::daemon {

struct ControlLoop::Source {
    explicit Source(Handler on_event) : handler{std::move(on_event)} {}
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    Source(Source&&) = delete;
    Source& operator=(Source&&) = delete;
    ~Source() { sd_event_source_disable_unref(event_source); }

    Handler handler;
    sd_event_source* event_source = nullptr;
};

namespace {

template <typename Source>
int call(void* source) {
    static_cast<Source*>(source)->handler();
    return 0;
}

std::uint64_t microseconds(Duration duration) {
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

}  // namespace

ControlLoop::ControlLoop(sd_event* event) : event_{event} {}

ControlLoop::~ControlLoop() {
    sources_.clear();
    sd_event_unref(event_);
}

Expected<std::unique_ptr<ControlLoop>> ControlLoop::create() {
    sd_event* event = nullptr;
    if (const int result = sd_event_new(&event); result < 0) {
        return Failure{Error{"cannot make an event loop", {}, -result, {}}};
    }
    return std::unique_ptr<ControlLoop>{new ControlLoop{event}};
}

ControlLoop::Source& ControlLoop::add_source(Handler handler) {
    sources_.push_back(std::make_unique<Source>(std::move(handler)));
    return *sources_.back();
}

Expected<void> ControlLoop::check(int result, const Source& source, const char* what) {
    if (result >= 0) {
        return {};
    }
    std::erase_if(sources_, [&](const auto& candidate) { return candidate.get() == &source; });
    return Failure{Error{what, {}, -result, {}}};
}

Expected<void> ControlLoop::on_signal(int signal_number, Handler handler) {
    Source& source = add_source(std::move(handler));
    const int result = sd_event_add_signal(
        event_,
        &source.event_source,
        signal_number,
        [](sd_event_source*, const signalfd_siginfo*, void* data) { return call<Source>(data); },
        &source);
    return check(result, source, "cannot watch for a signal");
}

Expected<void> ControlLoop::on_readable(int descriptor, Handler handler) {
    Source& source = add_source(std::move(handler));
    const int result = sd_event_add_io(
        event_,
        &source.event_source,
        descriptor,
        EPOLLIN,
        [](sd_event_source*, int, std::uint32_t, void* data) { return call<Source>(data); },
        &source);
    return check(result, source, "cannot watch a descriptor");
}

Expected<ControlLoop::Timer> ControlLoop::add_timer(Handler handler) {
    Source& source = add_source(std::move(handler));
    const int result = sd_event_add_time(
        event_,
        &source.event_source,
        CLOCK_BOOTTIME,
        0,
        1000,  // accuracy; 0 would mean 250 ms
        [](sd_event_source*, std::uint64_t, void* data) { return call<Source>(data); },
        &source);
    if (auto done = check(result, source, "cannot make a timer"); !done) {
        return Failure{done.error()};
    }
    sd_event_source_set_enabled(source.event_source, SD_EVENT_OFF);
    return Timer{source.event_source};
}

void ControlLoop::Timer::set(Duration delay) {
    sd_event_source_set_time_relative(source_, microseconds(delay));
    sd_event_source_set_enabled(source_, SD_EVENT_ONESHOT);
}

void ControlLoop::Timer::unset() {
    sd_event_source_set_enabled(source_, SD_EVENT_OFF);
}

int ControlLoop::run() {
    return sd_event_loop(event_);
}

void ControlLoop::exit(int code) {
    sd_event_exit(event_, code);
}

void block_signals() {
    sigset_t handled;
    sigemptyset(&handled);
    for (const int signal_number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
        sigaddset(&handled, signal_number);
    }
    sigprocmask(SIG_BLOCK, &handled, nullptr);
    for (const int signal_number : {SIGUSR1, SIGUSR2, SIGPIPE}) {
        (void)std::signal(signal_number, SIG_IGN);
    }
}

}  // namespace miredo::daemon
