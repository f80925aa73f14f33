// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role's counters under their stable names, for the control surface.
#pragma once

#include <cstdint>

#include "daemon/instance_status.hpp"
#include "teredo/status.hpp"

namespace miredo::daemon {

// All of them, also those that are 0; `kernel_drops` as "Dropped.receive-buffer".
[[nodiscard]] Statistics to_statistics(const teredo::Counters& counters,
                                       std::uint64_t kernel_drops);

// Of a client's or relay's status.
template <typename Status>
[[nodiscard]] PeerCounts peer_counts(const Status& status) {
    return {std::uint64_t{status.proven_peers} + status.unproven_peers,
            status.proven_peers,
            status.peer_limit};
}

}  // namespace miredo::daemon
