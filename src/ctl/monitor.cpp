// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/call_limit.hpp"
#include "ctl/loop.hpp"
#include "ctl/monitor_text.hpp"
#include "ctl/time_text.hpp"
#include "ctl/verbs.hpp"
#include "ctl/watch.hpp"

namespace miredo::ctl {
namespace {

class Monitor {
  public:
    explicit Monitor(const Output& output) : output_{output} {}

    Outcome<ExitStatus> run() {
        if (const Outcome<void> ready = loop_.stop_on_signals(); !ready) {
            return Failure{ready.error()};
        }
        const auto watch = Watch::create(loop_.get(), handlers(), kCallLimit);
        if (!watch) {
            return Failure{watch.error()};
        }
        return loop_.run();
    }

  private:
    WatchHandlers handlers() {
        return {[this](const std::vector<InstanceState>& instances) { show_presence(&instances); },
                [this] { show_presence(nullptr); },
                [this](const ValueChange& change) {
                    const std::uint64_t now = realtime_usec();
                    show(state_line(change, output_.style(), now),
                         change_json("state-changed", change, now));
                },
                [this](const ValueChange& change) {
                    const std::uint64_t now = realtime_usec();
                    show(address_line(change, now), change_json("address-changed", change, now));
                },
                [this](const Problem& problem) { loop_.stop(Failure{problem}); }};
    }

    void show_presence(const std::vector<InstanceState>* instances) {
        const PresenceEvent event{instances, is_first_};
        is_first_ = false;
        const std::uint64_t now = realtime_usec();
        show(presence_line(event, now), presence_json(event, now));
    }

    void show(const std::string& line, const Json& object) {
        const bool has_printed =
            output_.wants_json() ? output_.print_json_line(object) : output_.print_line(line);
        if (!has_printed) {
            loop_.stop(finished(false));
        }
    }

    const Output& output_;
    Loop loop_;
    bool is_first_ = true;
};

}  // namespace

Outcome<ExitStatus> run_monitor(const Options& /*options*/, const Output& output) {
    return Monitor{output}.run();
}

}  // namespace miredo::ctl
