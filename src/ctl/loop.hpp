// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The event loop of the verbs that wait.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <systemd/sd-event.h>

#include "base/time.hpp"
#include "ctl/outcome.hpp"

namespace miredo::ctl {

class Loop {
  public:
    // Where there is no memory or descriptor for it, what is called next fails.
    Loop();

    // For others' event sources.
    [[nodiscard]] sd_event* get() const { return event_.get(); }

    // SIGINT and SIGTERM end it with kOk.
    [[nodiscard]] Outcome<void> stop_on_signals();
    // `elapsed` is called once. At most one timer.
    [[nodiscard]] Outcome<void> add_timer(Duration delay, std::function<void()> elapsed);

    // The first one counts; also before run().
    void stop(Outcome<ExitStatus> result);
    // Until stop(); returns its argument.
    [[nodiscard]] Outcome<ExitStatus> run();

  private:
    struct Unref {
        void operator()(sd_event* event) const { sd_event_unref(event); }
    };

    std::unique_ptr<sd_event, Unref> event_;
    std::function<void()> elapsed_;
    std::optional<Outcome<ExitStatus>> result_;
};

}  // namespace miredo::ctl
