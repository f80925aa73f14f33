// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/liveness.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "swarm/verdict.hpp"

namespace miredo::swarm {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kTold = seconds{10};
// Beyond the longest gap between solicitations, or between refreshes.
constexpr Duration kLongestGap = seconds{33};
constexpr Duration kNotTold = seconds{4};
constexpr Duration kConnected = seconds{3};
// RFC 4380 §5.2.4: four attempts, 2 s apart, then it is given up.
constexpr Duration kGivenUp = seconds{9};
// Nothing of the past counts any more, not even four bubbles in vain (RFC 4380 §5.2.6).
constexpr Duration kForgotten = seconds{320};
// How late a duplicate may keep a binding alive.
constexpr Duration kLate = seconds{7};
// Beyond an interval, since the latest exchange, which goes on for as long as an attempt: what
// servers send puts the next refresh off, and NATs that only outbound datagrams refresh forget the
// server meanwhile.
constexpr Duration kRest = kGivenUp;
// The first packet may be lost where it overtakes the bubble that shows where it comes from.
constexpr std::uint32_t kTries = 3;
constexpr std::uint64_t kIdleTurns = 10;
// Two candidates of interval determination that fail: four bubbles for each, and what leads to the
// next one.
constexpr std::uint64_t kDeterminationTurns = 16;
constexpr std::size_t kPairs = 8;
constexpr std::uint8_t kAddressUnreachable = 3;

}  // namespace

Liveness::Liveness(World& world) : world_{world}, random_{world.plan().seed ^ 0x11fe0000U} {}

void Liveness::run() {
    static_cast<void>(qualifies() && settles() && keys_are_told() && intervals_hold() &&
                      pairs_connect() && natives_connect() && queues_empty());
}

bool Liveness::fail(const std::string& who, const char* invariant, const std::string& what) {
    world_.judge().fail(world_.network().now(), who, invariant, what);
    return false;
}

// The address tells a mapping that the core has seen of late.
bool Liveness::is_true(const Client& client) {
    const auto status = client.host->role().status();
    return status.state == teredo::ClientState::kQualified &&
           std::any_of(client.mappings.begin(), client.mappings.end(), [&](const auto& mapping) {
               return status.mapped == mapping.second &&
                      world_.network().now() - mapping.first <= patience_with(client);
           });
}

// An address, and the present one; or none, where its server gives it none.
bool Liveness::is_settled(const Client& client) {
    return world_.is_admitted(client) ? is_true(client) : !client.host->address();
}

// A refresh interval and 4 s.
Duration Liveness::patience_with(const Client& client) {
    return std::max(kLongestGap, refresh_interval_of(client)) + kNotTold;
}

bool Liveness::qualifies() {
    const bool is_told = world_.plan().tells_of_healing;
    const auto all = [this] {
        return std::all_of(world_.clients().begin(),
                           world_.clients().end(),
                           [this](const Client& client) { return is_settled(client); });
    };
    Duration limit = kTold;
    for (const Client& client : world_.clients()) {
        limit = is_told ? limit : std::max(limit, patience_with(client));
    }
    if (!world_.run_until(all, limit) && !world_.judge().has_failed()) {
        for (const Client& client : world_.clients()) {
            if (!is_settled(client)) {
                return complain_of(client);
            }
        }
    }
    return !world_.judge().has_failed();
}

bool Liveness::complain_of(const Client& client) {
    if (!world_.is_admitted(client)) {
        return fail(client.name, "S5", "an address from a server that does not know it");
    }
    if (!client.host->address()) {
        return fail(client.name, "L1", "still no address");
    }
    return fail(client.name, "L4", "still the address of another mapping");
}

// The confirmation byte (RFC 4380 §5.2.2).
bool Liveness::keys_are_told() {
    for (const Client& client : world_.clients()) {
        const bool is_outdated = client.credential == Credential::kOutdated;
        if (world_.is_admitted(client) &&
            client.host->role().status().is_key_outdated != is_outdated) {
            return fail(client.name, "S5", "not told whether its key is outdated");
        }
    }
    return true;
}

bool Liveness::settles() {
    if (!world_.run_for(kForgotten - minutes{1})) {
        return false;
    }
    std::vector<std::pair<std::uint64_t, std::size_t>> before;
    for (const Client& client : world_.clients()) {
        before.emplace_back(client.turns, client.host->address_history().size());
    }
    if (!world_.run_for(minutes{1})) {
        return false;
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
        const Client& client = world_.clients()[i];
        // Refreshes are as frequent as they are set, and another mapping is no idleness.
        const bool is_idle = client.host->address_history().size() == before[i].second &&
                             client.settings.refresh_interval >= seconds{30};
        const std::uint64_t turns = client.turns - before[i].first;
        if (is_idle && turns > idle_turns_of(client)) {
            return fail(client.name, "L6", fmt::format("{} events in an idle minute", turns));
        }
    }
    return true;
}

// RFC 4380 §5.2.7: what was determined is what the NATs keep. Where inbound datagrams refresh,
// those for whoever had the port before may keep it for us.
bool Liveness::intervals_hold() {
    for (const Client& client : world_.clients()) {
        const Duration interval = client.host->role().status().refresh_interval;
        const bool is_alone = world_.plan().is_honest() && is_refreshed_by_itself(client);
        if (is_alone && interval > client.settings.refresh_interval &&
            interval - kLate > lifetime_of_mapping(client)) {
            return fail(client.name, "L3", "a refresh interval that its NAT does not keep");
        }
    }
    return true;
}

std::uint64_t Liveness::idle_turns_of(const Client& client) {
    return kIdleTurns + (client.settings.determines_refresh_interval ? kDeterminationTurns : 0) +
           (client.settings.discovers_locally ? 1 : 0);
}

bool Liveness::pairs_connect() {
    const std::size_t clients = world_.clients().size();
    for (std::size_t i = 0; i < kPairs && clients > 1; ++i) {
        const std::size_t from = below(random_, clients);
        const std::size_t to = (from + 1 + below(random_, clients - 1)) % clients;
        if (!pair_behaves(world_.clients()[from], world_.clients()[to])) {
            return false;
        }
    }
    return true;
}

bool Liveness::pair_behaves(Client& from, Client& to) {
    if (!rest(from, to)) {
        return false;
    }
    if (!from.is_ready() || !to.is_ready()) {
        return true;
    }
    const sim::Verdict verdict = verdict_on(world_.network().now(), from, to);
    const bool has_room =
        from.settings.max_peers >= kEnoughPeers && to.settings.max_peers >= kEnoughPeers;
    if (verdict == sim::Verdict::kMust && !has_room) {
        return true;
    }
    const Past past{from, to};
    const Ipv6Address own = *from.host->address();
    const Ipv6Address peer = *to.host->address();
    const std::uint64_t forwarded = from.host->role().counters().forwarded_to_udp;
    const std::size_t told = from.host->stack().unreachable_count(kAddressUnreachable);
    const bool connects = reaches(
        [&](std::uint16_t sequence) { from.host->ping(peer, sequence); },
        [&](std::uint16_t sequence) { return from.host->stack().reply_from(peer, sequence); },
        verdict == sim::Verdict::kMust ? kConnected : kGivenUp);
    if (world_.judge().has_failed()) {
        return false;
    }
    const bool is_wrong = connects
                              ? verdict == sim::Verdict::kMustNot && !past.explains_connection()
                              : verdict == sim::Verdict::kMust;
    if (is_wrong) {
        return fail(from.name,
                    "L2",
                    fmt::format("{} {} {} (behind {}; behind {})",
                                connects ? "connects to" : "does not connect to",
                                to.name,
                                connects ? "though it can't" : "in 3 s",
                                around(from.nat),
                                around(to.nat)));
    }
    // An address that is out of date may tell our own mapping by now.
    const auto target = wire::TeredoAddress::parse(peer);
    // With few peers a neighbour may push this one out, and its packets are gone.
    return connects || from.host->address() != own || from.settings.max_peers < kEnoughPeers ||
           target->mapped == from.host->role().status().mapped || is_told(from, forwarded, told);
}

// Afterwards the mapping of each has just been refreshed, or is about to be.
bool Liveness::rest(const Client& one, const Client& other) {
    return world_.run_for(std::max(refresh_interval_of(one), refresh_interval_of(other)) + kRest);
}

// Nothing has left for the peer, so the sender has to know.
bool Liveness::is_told(Client& from, std::uint64_t forwarded, std::size_t told) {
    return from.host->role().counters().forwarded_to_udp != forwarded ||
           from.host->stack().unreachable_count(kAddressUnreachable) > told ||
           fail(from.name, "L5", "a packet neither sent nor refused");
}

bool Liveness::natives_connect() {
    for (Client& client : world_.clients()) {
        const Relay* const relay = world_.relay_for(World::server_of(client));
        const bool has_room = client.settings.max_peers >= kEnoughPeers && relay != nullptr &&
                              relay->settings.max_peers >= kEnoughPeers;
        if (!has_room || !client.is_ready()) {
            continue;
        }
        if (!rest(client, client)) {
            return false;
        }
        if (!client.is_ready() || verdict_on_native(client) != sim::Verdict::kMust) {
            continue;
        }
        auto& native = *world_.natives()[below(random_, world_.natives().size())];
        const bool is_client_first = chance(random_, 0.5);
        const bool is_good =
            is_client_first ? native_is_reached(client, native) && native_reaches(native, client)
                            : native_reaches(native, client) && native_is_reached(client, native);
        if (!is_good) {
            return false;
        }
    }
    return true;
}

bool Liveness::native_is_reached(Client& client, sim::NativeHost& native) {
    return reaches([&](std::uint16_t sequence) { client.host->ping(native.address(), sequence); },
                   [&](std::uint16_t sequence) {
                       return client.host->stack().reply_from(native.address(), sequence);
                   },
                   kConnected) ||
           fail(client.name, "L2", "does not reach a native host in 3 s");
}

bool Liveness::native_reaches(sim::NativeHost& native, Client& client) {
    const Ipv6Address address = client.host->address().value();
    return reaches(
               [&](std::uint16_t sequence) { native.ping(address, sequence); },
               [&](std::uint16_t sequence) { return native.stack().reply_from(address, sequence); },
               kConnected) ||
           fail(client.name, "L2", "is not reached by a native host in 3 s");
}

// Some of the pings, evenly spread, until one of them is answered or the time is over.
bool Liveness::reaches(const std::function<void(std::uint16_t)>& ping,
                       const std::function<std::optional<Instant>(std::uint16_t)>& reply,
                       Duration limit) {
    std::vector<std::uint16_t> sequences;
    const auto is_answered = [&] {
        return std::any_of(sequences.begin(), sequences.end(), [&](std::uint16_t sequence) {
            return reply(sequence).has_value();
        });
    };
    for (std::uint32_t i = 0; i < kTries; ++i) {
        sequences.push_back(world_.next_sequence());
        ping(sequences.back());
        if (world_.run_until(is_answered, limit / kTries)) {
            return true;
        }
    }
    return false;
}

bool Liveness::queues_empty() {
    if (!world_.run_for(kGivenUp)) {
        return false;
    }
    for (const Client& client : world_.clients()) {
        if (client.host->role().status().queued_bytes != 0) {
            return fail(client.name, "L5", "packets that still wait");
        }
    }
    for (const Relay& relay : world_.relays()) {
        if (relay.host->role().status().queued_bytes != 0) {
            return fail(relay.name, "L5", "packets that still wait");
        }
    }
    return true;
}

}  // namespace miredo::swarm
