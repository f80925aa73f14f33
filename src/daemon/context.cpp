// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/context.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace miredo::daemon {
namespace {

constexpr std::chrono::seconds kLongestDelay{30};

}  // namespace

RetryTimer::RetryTimer(Context& context, ControlLoop::Handler again)
    : context_{context}, timer_{context.loop.add_timer(std::move(again))} {}

void RetryTimer::wait(std::string_view subject,
                      const Error& error,
                      const MessageKind& kind,
                      std::vector<Field> fields) {
    if (!timer_) {
        context_.fail(timer_.error(), ExitCode::kFailure);
        return;
    }
    const auto delay = std::min(std::chrono::seconds{1U << std::min(tries_, 5U)}, kLongestDelay);
    ++tries_;
    fields.push_back({"MIREDO_RETRY_SEC", std::to_string(delay.count())});
    std::vector<Field> more = fields_of(error);
    std::move(more.begin(), more.end(), std::back_inserter(fields));
    context_.log.event(kind,
                       subject,
                       std::move(fields),
                       fmt::format("{}; trying again in {} s", error.to_string(), delay.count()));
    timer_->set(delay);
}

void RetryTimer::reset() {
    tries_ = 0;
    if (timer_) {
        timer_->unset();
    }
}

}  // namespace miredo::daemon
