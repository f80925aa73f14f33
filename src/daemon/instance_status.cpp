// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/instance_status.hpp"

#include <ctime>

namespace miredo::daemon {
namespace {

std::uint64_t microseconds(clockid_t clock) {
    timespec now{};
    (void)::clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000U;
}

}  // namespace

std::string_view to_string(InstanceState state) {
    switch (state) {
    case InstanceState::kStarting:
        return "starting";
    case InstanceState::kResolving:
        return "resolving";
    case InstanceState::kDormant:
        return "dormant";
    case InstanceState::kProbing:
        return "probing";
    case InstanceState::kQualified:
        return "qualified";
    case InstanceState::kDegraded:
        return "degraded";
    case InstanceState::kFailed:
        return "failed";
    case InstanceState::kRunning:
        return "running";
    }
    return {};
}

Timestamp Timestamp::now() {
    return {microseconds(CLOCK_REALTIME), microseconds(CLOCK_MONOTONIC)};
}

}  // namespace miredo::daemon
