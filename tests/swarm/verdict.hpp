// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the oracle (sim/oracle.hpp) has to say of two clients of a world, which it knows nothing of
// but their NATs: servers, refreshs, local discovery, and what happened before.
#pragma once

#include <set>
#include <string>

#include "sim/oracle.hpp"
#include "swarm/world.hpp"

namespace miredo::swarm {

// From one refresh of the client's mapping to the next one, at most.
[[nodiscard]] Duration refresh_interval_of(const Client& client);
// How long its NATs keep a mapping that is not used.
[[nodiscard]] Duration lifetime_of_mapping(const Client& client);
// Nothing but what it sends itself keeps its mappings alive.
[[nodiscard]] bool is_refreshed_by_itself(const Client& client);
// With fewer a neighbour may have to make room in the middle of it.
inline constexpr std::uint32_t kEnoughPeers = 16;
// Both with an address.
[[nodiscard]] sim::Verdict verdict_on(Instant now, const Client& from, const Client& to);
// Of the client and a host that is not behind any NAT.
[[nodiscard]] sim::Verdict verdict_on_native(const Client& client);
// The oracle supposes that NATs give endpoints which nobody has seen before. Where ports are
// preserved, or few, a mapping may be one that the other side has heard of in the past, so that its
// NAT, or the client itself, remembers it: then two connect that can't do so by themselves.
class Past {
  public:
    // What has been is what was before this moment.
    Past(Client& one, Client& other);

    // They hear each other now where it was known before that they might be.
    [[nodiscard]] bool explains_connection() const;

  private:
    [[nodiscard]] static bool
    is_known(const Client& receiver, const std::set<Endpoint>& targets, const Client& sender);

    const Client& one_;
    const Client& other_;
    std::set<Endpoint> targets_of_one_;
    std::set<Endpoint> targets_of_other_;
};

// The NATs around a host, innermost first, for messages.
[[nodiscard]] std::string around(const sim::Nat* nat);

}  // namespace miredo::swarm
