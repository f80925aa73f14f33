// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/liveness.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace miredo::swarm {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kTold = seconds{10};
// The longest gap between solicitations, or between refreshes, and 4 s.
constexpr Duration kNotTold = seconds{33 + 4};
constexpr Duration kConnected = seconds{3};
// RFC 4380 §5.2.4: four attempts, 2 s apart, then it is given up.
constexpr Duration kGivenUp = seconds{9};
// Nothing of the past counts any more, not even four bubbles in vain (RFC 4380 §5.2.6).
constexpr Duration kForgotten = seconds{320};
// Since the latest exchange: what servers send puts the next refresh off, and NATs that only
// outbound datagrams refresh forget the server meanwhile.
constexpr Duration kRest = seconds{31};
// The first packet may be lost where it overtakes the bubble that shows where it comes from.
constexpr std::uint32_t kTries = 3;
constexpr std::uint64_t kIdleTurns = 10;
constexpr std::size_t kPairs = 8;
// With fewer a neighbour may have to make room in the middle of it.
constexpr std::uint32_t kEnoughPeers = 16;
constexpr std::uint8_t kAddressUnreachable = 3;

std::size_t server_of(const Client& client) {
    return (client.settings.server->primary.value() - World::server_address(0).value()) / 2;
}

// The NATs around a host, innermost first.
std::string around(const sim::Nat* nat) {
    std::string text;
    for (; nat != nullptr; nat = nat->outer()) {
        text += fmt::format("{}{} {}",
                            text.empty() ? "" : " in ",
                            nat->external().to_string(),
                            to_string(nat->behaviour()));
    }
    return text.empty() ? "no NAT" : text;
}

bool has_one_mapping(const sim::Nat* nat) {
    for (; nat != nullptr; nat = nat->outer()) {
        if (nat->behaviour().mapping != sim::Mapping::kEndpointIndependent) {
            return false;
        }
    }
    return true;
}

// Nobody gets in but from where the inside has sent to.
bool is_strict(const sim::Nat* nat) {
    for (; nat != nullptr; nat = nat->outer()) {
        if (nat->behaviour().filtering == sim::Filtering::kAddressAndPortDependent) {
            return true;
        }
    }
    return false;
}

bool is_dependable(const sim::Nat* nat) {
    for (; nat != nullptr; nat = nat->outer()) {
        if (nat->behaviour().timeout < seconds{35}) {
            return false;
        }
    }
    return true;
}

// The oracle supposes that bindings last, and that both servers pass bubbles on. That of the peer
// does not where another mapping than that in the address has sent them (RFC 4380 §5.3.1, rule 5).
sim::Verdict verdict_on(const Client& from, const Client& to) {
    if (!is_dependable(from.nat) || !is_dependable(to.nat)) {
        return sim::Verdict::kMay;
    }
    const sim::Verdict verdict = sim::direct_path(from.nat, to.nat);
    const bool is_chase = !has_one_mapping(from.nat) && !has_one_mapping(to.nat) &&
                          !(is_strict(from.nat) && is_strict(to.nat));
    if (is_chase) {
        return sim::Verdict::kMay;
    }
    const bool is_passed_on = has_one_mapping(from.nat) || server_of(from) == server_of(to);
    return is_passed_on ? verdict : std::min(verdict, sim::Verdict::kMay);
}

}  // namespace

Liveness::Liveness(World& world) : world_{world}, random_{world.plan().seed ^ 0x11fe0000U} {}

void Liveness::run() {
    static_cast<void>(qualifies() && settles() && pairs_connect() && natives_connect() &&
                      queues_empty());
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
                      world_.network().now() - mapping.first <= kNotTold;
           });
}

bool Liveness::qualifies() {
    const bool is_told = world_.plan().tells_of_healing;
    const auto all = [this] {
        return std::all_of(world_.clients().begin(),
                           world_.clients().end(),
                           [this](const Client& client) { return is_true(client); });
    };
    if (world_.run_until(all, is_told ? kTold : kNotTold) || world_.judge().has_failed()) {
        return !world_.judge().has_failed();
    }
    for (const Client& client : world_.clients()) {
        if (!client.host->address()) {
            return fail(client.name, "L1", "still no address");
        }
        if (!is_true(client)) {
            return fail(client.name, "L4", "still the address of another mapping");
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
        if (is_idle && turns > kIdleTurns) {
            return fail(client.name, "L6", fmt::format("{} events in an idle minute", turns));
        }
    }
    return true;
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
    const sim::Verdict verdict = verdict_on(from, to);
    const bool has_room =
        from.settings.max_peers >= kEnoughPeers && to.settings.max_peers >= kEnoughPeers;
    if (!world_.run_for(kRest)) {
        return false;
    }
    if (!from.is_ready() || !to.is_ready() || (verdict == sim::Verdict::kMust && !has_room)) {
        return true;
    }
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
    if (connects ? verdict == sim::Verdict::kMustNot : verdict == sim::Verdict::kMust) {
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
    return connects || from.host->address() != own ||
           target->mapped == from.host->role().status().mapped || is_told(from, forwarded, told);
}

// Nothing has left for the peer, so the sender has to know.
bool Liveness::is_told(Client& from, std::uint64_t forwarded, std::size_t told) {
    return from.host->role().counters().forwarded_to_udp != forwarded ||
           from.host->stack().unreachable_count(kAddressUnreachable) > told ||
           fail(from.name, "L5", "a packet neither sent nor refused");
}

bool Liveness::natives_connect() {
    for (Client& client : world_.clients()) {
        const Relay* const relay = world_.relay_for(server_of(client));
        const bool has_room = client.settings.max_peers >= kEnoughPeers && relay != nullptr &&
                              relay->settings.max_peers >= kEnoughPeers;
        if (!has_room || sim::direct_path(client.nat, nullptr) != sim::Verdict::kMust) {
            continue;
        }
        if (!world_.run_for(kRest)) {
            return false;
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
