// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/nat.hpp"

#include <algorithm>

namespace miredo::sim {
namespace {

constexpr std::size_t kFirstSweep = 64;
// Draws before the ports are looked through in order.
constexpr int kDraws = 32;

constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15U;

std::uint64_t word(Endpoint endpoint) {
    return (std::uint64_t{endpoint.address.value()} << 16U) | endpoint.port;
}

std::string_view name_of(Mapping mapping) {
    constexpr std::array<std::string_view, 3> kNames{"eim", "adm", "apdm"};
    return kNames[static_cast<std::size_t>(mapping)];
}

std::string_view name_of(Filtering filtering) {
    constexpr std::array<std::string_view, 3> kNames{"eif", "adf", "apdf"};
    return kNames[static_cast<std::size_t>(filtering)];
}

std::string_view name_of(PortAssignment ports) {
    constexpr std::array<std::string_view, 3> kNames{"random", "preserving", "sequential"};
    return kNames[static_cast<std::size_t>(ports)];
}

std::string_view name_of(Hairpinning hairpinning) {
    constexpr std::array<std::string_view, 3> kNames{"no-hairpin", "hairpin", "hairpin-internal"};
    return kNames[static_cast<std::size_t>(hairpinning)];
}

std::string_view name_of(Refresh refresh) {
    constexpr std::array<std::string_view, 3> kNames{"out", "in", "both"};
    return kNames[static_cast<std::size_t>(refresh)];
}

template <typename Map, typename Predicate>
void remove_if(Map& map, Predicate predicate) {
    for (auto entry = map.begin(); entry != map.end();) {
        entry = predicate(*entry) ? map.erase(entry) : std::next(entry);
    }
}

}  // namespace

std::string to_string(const NatBehaviour& behaviour) {
    const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(behaviour.timeout);
    std::string text;
    for (const std::string_view name : {name_of(behaviour.mapping),
                                        name_of(behaviour.filtering),
                                        name_of(behaviour.ports),
                                        name_of(behaviour.hairpinning)}) {
        text.append(name).append("/");
    }
    text.append(std::to_string(timeout.count())).append("s-").append(name_of(behaviour.refresh));
    if (behaviour.addresses > 1) {
        text.append("/").append(std::to_string(behaviour.addresses));
        text.append(behaviour.pooling == Pooling::kPaired ? "-paired" : "-arbitrary");
    }
    return text;
}

std::string_view to_string(NatKind kind) {
    switch (kind) {
    case NatKind::kNone:
        return "none";
    case NatKind::kFullCone:
        return "full-cone";
    case NatKind::kAddressRestricted:
        return "address-restricted";
    case NatKind::kPortRestricted:
        return "port-restricted";
    case NatKind::kSymmetric:
        return "symmetric";
    }
    return "?";
}

std::optional<NatBehaviour> behaviour_of(NatKind kind) {
    switch (kind) {
    case NatKind::kNone:
        return std::nullopt;
    case NatKind::kFullCone:
        return NatBehaviour{Mapping::kEndpointIndependent, Filtering::kEndpointIndependent};
    case NatKind::kAddressRestricted:
        return NatBehaviour{Mapping::kEndpointIndependent, Filtering::kAddressDependent};
    case NatKind::kPortRestricted:
        return NatBehaviour{Mapping::kEndpointIndependent, Filtering::kAddressAndPortDependent};
    case NatKind::kSymmetric:
        return NatBehaviour{Mapping::kAddressAndPortDependent, Filtering::kAddressAndPortDependent};
    }
    return std::nullopt;
}

std::size_t Nat::Hash::operator()(const Key& key) const {
    return (word(key.internal) * kMix) ^ (word(key.destination) + kMix);
}

std::size_t Nat::Hash::operator()(const Endpoint& endpoint) const {
    return word(endpoint) * kMix;
}

Nat::Key Nat::key_of(Endpoint internal, Endpoint to) const {
    switch (behaviour_.mapping) {
    case Mapping::kEndpointIndependent:
        return {internal, {}};
    case Mapping::kAddressDependent:
        return {internal, {to.address, 0}};
    case Mapping::kAddressAndPortDependent:
        break;
    }
    return {internal, to};
}

void Nat::rebind() {
    bindings_.clear();
    by_external_.clear();
    pairs_.clear();
}

void Nat::renumber(Ipv4Address external) {
    rebind();
    external_ = external;
}

std::size_t Nat::binding_count(Instant now) const {
    return static_cast<std::size_t>(
        std::count_if(bindings_.begin(), bindings_.end(), [&](const auto& entry) {
            return is_alive(now, entry.second.refreshed);
        }));
}

void Nat::end(Bindings::iterator ended) {
    by_external_.erase(ended->second.external);
    bindings_.erase(ended);
}

void Nat::end_expired(Instant now) {
    remove_if(bindings_, [&](const auto& entry) {
        const bool is_expired = !is_alive(now, entry.second.refreshed);
        if (is_expired) {
            by_external_.erase(entry.second.external);
        }
        return is_expired;
    });
}

bool Nat::is_free(Instant now, Endpoint external) {
    const auto found = by_external_.find(external);
    if (found == by_external_.end()) {
        return true;
    }
    const auto binding = bindings_.find(found->second);
    if (is_alive(now, binding->second.refreshed)) {
        return false;
    }
    end(binding);
    return true;
}

Ipv4Address Nat::address_for(Ipv4Address internal) {
    const auto choose = [this](std::size_t number) {
        return Ipv4Address{external_.value() +
                           static_cast<std::uint32_t>(number % behaviour_.addresses)};
    };
    if (behaviour_.addresses == 1) {
        return external_;
    }
    if (behaviour_.pooling == Pooling::kArbitrary) {
        return choose(random_.uint32());
    }
    return pairs_.emplace(internal, choose(pairs_.size())).first->second;
}

// The first that is free from `port` on, beginning over after the last one.
std::optional<std::uint16_t> Nat::next_free(Instant now, Ipv4Address address, std::uint32_t port) {
    const std::uint32_t count = port_count();
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t offset = (port - behaviour_.first_port + i) % count;
        const auto candidate = static_cast<std::uint16_t>(behaviour_.first_port + offset);
        if (is_free(now, {address, candidate})) {
            return candidate;
        }
    }
    return std::nullopt;
}

std::optional<std::uint16_t> Nat::random_port(Instant now, Ipv4Address address) {
    std::uint32_t port = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
        port = behaviour_.first_port + random_.uint32() % port_count();
        if (is_free(now, {address, static_cast<std::uint16_t>(port)})) {
            return static_cast<std::uint16_t>(port);
        }
    }
    return next_free(now, address, port);
}

std::optional<std::uint16_t>
Nat::free_port(Instant now, Ipv4Address address, std::uint16_t internal_port) {
    switch (behaviour_.ports) {
    case PortAssignment::kRandom:
        break;
    case PortAssignment::kPreserving: {
        const bool is_within =
            internal_port >= behaviour_.first_port && internal_port <= behaviour_.last_port;
        return next_free(now, address, is_within ? internal_port : behaviour_.first_port);
    }
    case PortAssignment::kSequential: {
        if (next_port_ == 0) {
            next_port_ = behaviour_.first_port + random_.uint32() % port_count();
        }
        const auto port = next_free(now, address, next_port_);
        next_port_ = port ? *port + 1U : next_port_;
        return port;
    }
    }
    return random_port(now, address);
}

Nat::Binding* Nat::binding_for(Instant now, Endpoint internal, Endpoint to) {
    const Key key = key_of(internal, to);
    const auto found = bindings_.find(key);
    if (found != bindings_.end()) {
        if (is_alive(now, found->second.refreshed)) {
            return &found->second;
        }
        end(found);
    }
    if (bindings_.size() >= sweep_at_) {
        end_expired(now);
        sweep_at_ = std::max(kFirstSweep, 2 * bindings_.size());
    }
    const Ipv4Address address = address_for(internal.address);
    const auto port = free_port(now, address, internal.port);
    if (!port) {
        return nullptr;
    }
    const Endpoint external{address, *port};
    by_external_.emplace(external, key);
    return &bindings_.emplace(key, Binding{external, internal, now, {}}).first->second;
}

void Nat::permit(Instant now, Binding& binding, Endpoint to) const {
    const auto [entry, is_new] = binding.permitted.emplace(to, now);
    if (is_new) {
        if (binding.permitted.size() >= binding.sweep_at) {
            remove_if(binding.permitted,
                      [&](const auto& known) { return !is_alive(now, known.second); });
            binding.sweep_at = std::max(kFirstSweep, 2 * binding.permitted.size());
        }
    } else if (behaviour_.refresh != Refresh::kInbound || !is_alive(now, entry->second)) {
        entry->second = now;
    }
}

std::optional<Endpoint> Nat::translate_outbound(Instant now, Endpoint internal, Endpoint to) {
    Binding* const binding = binding_for(now, internal, to);
    if (binding == nullptr) {
        return std::nullopt;
    }
    if (behaviour_.refresh != Refresh::kInbound) {
        binding->refreshed = now;
    }
    permit(now, *binding, to);
    return binding->external;
}

// Whether `from` may come in; and it has come, where that prolongs the permission.
bool Nat::admit(Instant now, Binding& binding, Endpoint from) const {
    if (behaviour_.filtering == Filtering::kEndpointIndependent) {
        return true;
    }
    // Endpoints are in order of their addresses.
    const bool is_by_address = behaviour_.filtering == Filtering::kAddressDependent;
    auto entry = binding.permitted.lower_bound(is_by_address ? Endpoint{from.address, 0} : from);
    bool is_permitted = false;
    for (; entry != binding.permitted.end(); ++entry) {
        auto& [endpoint, refreshed] = *entry;
        if (is_by_address ? endpoint.address != from.address : endpoint != from) {
            break;
        }
        if (is_alive(now, refreshed)) {
            is_permitted = true;
            refreshed = behaviour_.refresh == Refresh::kOutbound ? refreshed : now;
        }
    }
    return is_permitted;
}

std::optional<Endpoint> Nat::translate_inbound(Instant now, Endpoint from, Endpoint external) {
    const auto found = by_external_.find(external);
    if (found == by_external_.end()) {
        return std::nullopt;
    }
    Binding& binding = bindings_.at(found->second);
    if (!is_alive(now, binding.refreshed) || !admit(now, binding, from)) {
        return std::nullopt;
    }
    if (behaviour_.refresh != Refresh::kOutbound) {
        binding.refreshed = now;
    }
    return binding.internal;
}

}  // namespace miredo::sim
