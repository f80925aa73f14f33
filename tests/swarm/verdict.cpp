// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/verdict.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace miredo::swarm {
namespace {

using std::chrono::seconds;

// Answers and repeats of a refresh.
constexpr Duration kReserve = seconds{5};
// RFC 4380 §5.2.8: the longest time between two discovery bubbles.
constexpr Duration kDiscovered = seconds{300} + kReserve;

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

// Its mapping lasts from one refresh to the next.
bool is_dependable(const Client& client) {
    return lifetime_of_mapping(client) >= refresh_interval_of(client) + kReserve;
}

std::optional<Endpoint> mapped_of(const Client& client) {
    return client.host->role().status().mapped;
}

// On one link, and what each discovers there is good for the other (RFC 4380 §5.2.8).
bool may_discover_each_other(const Client& one, const Client& other) {
    const auto mapped = mapped_of(one);
    const auto other_mapped = mapped_of(other);
    const bool is_one_subnet =
        one.nat != nullptr && one.nat == other.nat &&
        one.settings.surroundings.attached_subnets == other.settings.surroundings.attached_subnets;
    return is_one_subnet && one.settings.discovers_locally && other.settings.discovers_locally &&
           mapped && other_mapped && mapped->address == other_mapped->address;
}

}  // namespace

Duration refresh_interval_of(const Client& client) {
    const Duration interval =
        client.host ? client.host->role().status().refresh_interval : Duration{};
    return std::max<Duration>(interval, seconds{30});
}

Duration lifetime_of_mapping(const Client& client) {
    Duration lifetime = Duration::max();
    for (const sim::Nat* nat = client.nat; nat != nullptr; nat = nat->outer()) {
        lifetime = std::min(lifetime, nat->behaviour().timeout);
    }
    return lifetime;
}

bool is_refreshed_by_itself(const Client& client) {
    for (const sim::Nat* nat = client.nat; nat != nullptr; nat = nat->outer()) {
        if (nat->behaviour().refresh != sim::Refresh::kOutbound) {
            return false;
        }
    }
    return true;
}

// The oracle supposes that bindings last, and that both servers pass bubbles on. That of the peer
// does not where another mapping than that in the address has sent them (RFC 4380 §5.3.1, rule 5).
sim::Verdict verdict_on(Instant now, const Client& from, const Client& to) {
    if (!is_dependable(from) || !is_dependable(to)) {
        return sim::Verdict::kMay;
    }
    const sim::Verdict verdict = sim::direct_path(from.nat, to.nat);
    if (may_discover_each_other(from, to)) {
        // Not before each has heard a bubble of the other that tells the present address.
        const bool is_sure = now - std::max(from.address_since, to.address_since) > kDiscovered;
        return is_sure ? sim::Verdict::kMust : std::max(verdict, sim::Verdict::kMay);
    }
    const bool is_chase = !has_one_mapping(from.nat) && !has_one_mapping(to.nat) &&
                          !(is_strict(from.nat) && is_strict(to.nat));
    if (is_chase) {
        return sim::Verdict::kMay;
    }
    const bool is_passed_on =
        has_one_mapping(from.nat) || World::server_of(from) == World::server_of(to);
    return is_passed_on ? verdict : std::min(verdict, sim::Verdict::kMay);
}

sim::Verdict verdict_on_native(const Client& client) {
    return is_dependable(client) ? sim::direct_path(client.nat, nullptr) : sim::Verdict::kMay;
}

Past::Past(Client& one, Client& other)
    : one_{one}, other_{other}, targets_of_one_{one.targets}, targets_of_other_{other.targets} {
    one.heard.erase(&other);
    other.heard.erase(&one);
}

bool Past::explains_connection() const {
    return is_known(one_, targets_of_one_, other_) || is_known(other_, targets_of_other_, one_);
}

// Behind a NAT with several mappings the one in the address is the server's: for anybody else it is
// another one, unless that of the server has ended and its port is given anew.
bool Past::is_known(const Client& receiver,
                    const std::set<Endpoint>& targets,
                    const Client& sender) {
    const auto heard = receiver.heard.find(&sender);
    return heard != receiver.heard.end() && !has_one_mapping(sender.nat) &&
           (targets.count(heard->second) != 0 || heard->second == mapped_of(sender));
}

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

}  // namespace miredo::swarm
