// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The first thing that was wrong in a run: what comes after it is of no interest.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/time.hpp"

namespace miredo::swarm {

struct Failure {
    Duration at{};          // since the run began
    std::string who;        // "client 3"
    std::string invariant;  // "S6", "L2"
    std::string what;
};

class Judge {
  public:
    // The run begins at `start`.
    explicit Judge(Instant start) : start_{start} {}

    void fail(Instant at, std::string who, std::string invariant, std::string what) {
        if (!failure_) {
            failure_ = {at - start_, std::move(who), std::move(invariant), std::move(what)};
        }
    }
    [[nodiscard]] bool has_failed() const { return failure_.has_value(); }
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }

  private:
    Instant start_;
    std::optional<Failure> failure_;
};

}  // namespace miredo::swarm
