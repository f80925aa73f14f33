// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <algorithm>
#include <chrono>

#include "ctl/call_limit.hpp"
#include "ctl/loop.hpp"
#include "ctl/verbs.hpp"
#include "ctl/wait_goal.hpp"
#include "ctl/watch.hpp"

namespace miredo::ctl {
namespace {

class Wait {
  public:
    explicit Wait(const Options& options)
        : goal_{options.instance, options.state}, timeout_{options.timeout} {}

    Outcome<ExitStatus> run() {
        if (timeout_) {
            const Outcome<void> ready =
                loop_.add_timer(*timeout_, [this] { loop_.stop(Failure{goal_.missed()}); });
            if (!ready) {
                return Failure{ready.error()};
            }
        }
        const auto watch = Watch::create(loop_.get(), handlers(), call_limit());
        if (!watch) {
            return Failure{watch.error()};
        }
        return loop_.run();
    }

  private:
    // Where the service hangs the time may be over in the middle of a call.
    [[nodiscard]] std::chrono::milliseconds call_limit() const {
        using std::chrono::milliseconds;
        return timeout_ ? std::clamp(std::chrono::duration_cast<milliseconds>(*timeout_),
                                     milliseconds{1},
                                     kCallLimit)
                        : kCallLimit;
    }

    WatchHandlers handlers() {
        return {[this](const std::vector<InstanceState>& instances) {
                    if (const Outcome<void> possible = goal_.appear(instances); !possible) {
                        loop_.stop(Failure{possible.error()});
                    }
                    look();
                },
                [this] { goal_.vanish(); },
                [this](const ValueChange& change) {
                    goal_.change(change);
                    look();
                },
                [](const ValueChange& /*address*/) {},
                [this](const Problem& problem) { loop_.stop(Failure{problem}); }};
    }

    void look() {
        if (goal_.is_reached()) {
            loop_.stop(ExitStatus::kOk);
        }
    }

    Loop loop_;
    WaitGoal goal_;
    std::optional<Duration> timeout_;
};

}  // namespace

// A service that isn't there may yet come: also that is waited for.
Outcome<ExitStatus> run_wait(const Options& options, const Output& /*output*/) {
    return Wait{options}.run();
}

}  // namespace miredo::ctl
