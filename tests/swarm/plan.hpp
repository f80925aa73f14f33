// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a seed stands for: who is on the simulated Internet, what goes wrong on it (each class of
// faults in half of the plans), and what its hosts want of each other. Values only; world.hpp
// makes them happen.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/link.hpp"
#include "sim/nat.hpp"
#include "teredo/settings.hpp"

namespace miredo::swarm {

enum class Fault : std::uint8_t {
    kLoss,
    kBursts,
    kDuplication,
    kReordering,
    kCorruption,
    kMtu,
    kDelay,
    kPartition,
    kRebind,    // a NAT forgets its bindings, or gets another address
    kRestart,   // of a client or relay, without what it knew
    kOutage,    // of a server: it restarts, or says nothing for a while
    kSettings,  // of a client or relay, while it runs
    kSuspend,   // the machine sleeps and its clock goes on
    kCount,
};
inline constexpr auto kFaultCount = static_cast<std::size_t>(Fault::kCount);
using Faults = std::bitset<kFaultCount>;
[[nodiscard]] inline bool has(const Faults& faults, Fault fault) {
    return faults[static_cast<std::size_t>(fault)];
}

struct NatPlan {
    sim::NatBehaviour behaviour;
    std::optional<std::size_t> outer;  // one of those before it
};

// What a client has of the secret that its servers may know of it (RFC 4380 §5.2.2).
enum class Credential : std::uint8_t {
    kNone,
    kCurrent,
    kOutdated,  // still good, and the server says so
    kWrong,
};

struct ClientPlan {
    std::optional<std::size_t> nat;
    std::size_t server = 0;
    bool names_secondary = false;  // in its settings
    std::uint32_t max_peers = 0;
    Duration starts_after{};
    Credential credential = Credential::kNone;
    bool determines_refresh_interval = false;
    bool discovers_locally = false;
    bool is_on_other_subnet = false;  // of the two on the link behind a NAT
};

struct ServerPlan {
    bool has_two_addresses = false;
    bool knows_secrets = false;  // those of all clients
    bool requires_authentication = false;
};

struct RelayPlan {
    teredo::RelayMode mode = teredo::RelayMode::kCone;
    std::uint32_t max_peers = 0;
};

// Something that happens once. `subject` and `other` are indices of whatever the kind is about,
// `value` is free for the kind.
enum class Act : std::uint8_t {
    kPing,            // client `subject` to client `other`, `value` times
    kPingOldAddress,  // to an address that `other` has had
    kPingNative,      // client `subject` to native host `other`
    kPingFromNative,  // native host `subject` to client `other`
    kPingNowhere,     // client `subject` or native host `other` to addresses that are nobody's
    kNoise,           // client `subject` gives its role what is no packet, or must not leave
    kImpair,          // the host's link gets another set of faults
    kCut,             // host `subject` for `duration`; `value` tells the direction
    kRebind,          // NAT `subject`
    kRenumber,
    kRestartClient,
    kRestartRelay,
    kRestartServer,
    kSilence,         // server `subject` for `duration`
    kChangeSettings,  // client `subject`
    kChangeRelay,
    kSameSettings,  // everybody: nothing may come of it (S18)
    kRequalify,     // client `subject`
    kSuspend,       // client `subject` for `duration`
};
struct Step {
    Duration at{};  // since the beginning
    Act act = Act::kPing;
    std::size_t subject = 0;
    std::size_t other = 0;
    std::uint32_t value = 0;
    Duration duration{};
};

struct Plan {
    std::uint64_t seed = 0;
    Faults faults;
    std::vector<NatPlan> nats;
    std::vector<ClientPlan> clients;
    std::vector<ServerPlan> servers;
    std::vector<RelayPlan> relays;
    std::size_t natives = 1;
    std::size_t attackers = 0;
    Duration latency{};  // of every link that is not impaired
    Duration chaos{};    // how long things go wrong; then all of it heals
    std::vector<Step> steps;
    bool tells_of_healing = false;  // clients are told that the network has changed

    // Nobody but the hosts sends, and what they send arrives as it was sent, or not at all.
    [[nodiscard]] bool is_honest() const {
        return attackers == 0 && !has(faults, Fault::kCorruption);
    }
};

[[nodiscard]] Plan make_plan(std::uint64_t seed);
// What an impaired link does, with the faults that are on.
[[nodiscard]] sim::Link draw_link(const Plan& plan, RandomSource& random);

// Uniform in [0, count); 0 for 0.
[[nodiscard]] std::uint32_t below(RandomSource& random, std::size_t count);
// True with this probability.
[[nodiscard]] bool chance(RandomSource& random, double probability);

}  // namespace miredo::swarm
