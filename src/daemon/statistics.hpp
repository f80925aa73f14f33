// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role's counters under their stable names, for the control surface.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/instance_status.hpp"
#include "daemon/tunnel_output.hpp"
#include "teredo/status.hpp"

namespace miredo::daemon {

// What was dropped before a role could see it.
struct EdgeDrops {
    std::uint64_t receive_buffer = 0;     // datagrams, by the kernel
    std::uint64_t malformed_offload = 0;  // packets whose virtio-net header makes no sense
    std::uint64_t congestion = 0;         // packets marked on their way whose ends know no ECN
};

// All of them, also those that are 0.
[[nodiscard]] Statistics to_statistics(const teredo::Counters& counters,
                                       const EdgeDrops& edges,
                                       const EdgeOffloads& offloads);

// Those that the shard's descriptors could have, on or not.
[[nodiscard]] std::vector<OffloadStatus> offload_statuses(const EdgeOffloads& offloads);

// Of a client's or relay's status.
template <typename Status>
[[nodiscard]] PeerCounts peer_counts(const Status& status) {
    return {std::uint64_t{status.proven_peers} + status.unproven_peers,
            status.proven_peers,
            status.peer_limit};
}

}  // namespace miredo::daemon
