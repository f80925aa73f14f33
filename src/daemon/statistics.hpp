// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role's counters under their stable names, for the control surface.
#pragma once

#include <cstddef>
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
    std::uint64_t handover = 0;           // datagrams, on their way to the shard they are for
};

// All of them, also those that are 0.
[[nodiscard]] Statistics to_statistics(const teredo::Counters& counters,
                                       const EdgeDrops& edges,
                                       const EdgeOffloads& offloads);

// Shards as one: each adds what is `one`'s. An offload is on where all have it.
void add(EdgeDrops& sum, const EdgeDrops& one);
void add(EdgeOffloads& sum, const EdgeOffloads& one);
void add(teredo::RelayStatus& sum, const teredo::RelayStatus& one);
// A server's are all alike, and a client has one.
inline void add(teredo::ServerStatus& /*sum*/, const teredo::ServerStatus& /*one*/) {}
inline void add(teredo::ClientStatus& /*sum*/, const teredo::ClientStatus& /*one*/) {}

// What went through one shard of several, as "Shard.0.DatagramsReceived".
void add_shard(Statistics& statistics,
               std::size_t shard,
               const teredo::Counters& counters,
               std::uint64_t handed_over);

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
