// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The control thread's loop: sd-event with handlers that own their captures. (Shards have the epoll
// loop of io/ instead.)
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <systemd/sd-event.h>

#include "base/error.hpp"
#include "base/time.hpp"

namespace miredo::daemon {

class ControlLoop {
  public:
    using Handler = std::function<void()>;

    [[nodiscard]] static Expected<std::unique_ptr<ControlLoop>> create();
    ControlLoop(const ControlLoop&) = delete;
    ControlLoop& operator=(const ControlLoop&) = delete;
    ControlLoop(ControlLoop&&) = delete;
    ControlLoop& operator=(ControlLoop&&) = delete;
    ~ControlLoop();

    // The signal must be blocked in all threads; block_signals() does it.
    [[nodiscard]] Expected<void> on_signal(int signal_number, Handler handler);
    [[nodiscard]] Expected<void> on_readable(int descriptor, Handler handler);

    // A timer that can be set again and again; it starts unset.
    class Timer {
      public:
        // Calls the handler once, `delay` from now (CLOCK_BOOTTIME); replaces an earlier setting.
        void set(Duration delay);
        void unset();

      private:
        friend class ControlLoop;
        explicit Timer(sd_event_source* source) : source_{source} {}
        sd_event_source* source_;
    };
    // The timer lives as long as the loop.
    [[nodiscard]] Expected<Timer> add_timer(Handler handler);

    // For what attaches itself (the bus).
    [[nodiscard]] sd_event* event() { return event_; }

    // Until exit(); returns its argument.
    [[nodiscard]] int run();
    void exit(int code);

  private:
    struct Source;
    explicit ControlLoop(sd_event* event);
    [[nodiscard]] Source& add_source(Handler handler);
    [[nodiscard]] Expected<void> check(int result, const Source& source, const char* what);

    sd_event* event_;
    std::vector<std::unique_ptr<Source>> sources_;
};

// Blocks what the control loop handles, before the first thread: SIGTERM, SIGINT, SIGQUIT, SIGHUP;
// and ignores SIGUSR1, SIGUSR2 and SIGPIPE.
void block_signals();

}  // namespace miredo::daemon
