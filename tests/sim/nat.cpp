// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/nat.hpp"

#include <algorithm>

namespace miredo::sim {
namespace {

constexpr std::uint16_t kFirstPort = 1024;

// Whether a datagram of `from` to the mapping of `to` that a third party saw gets in, once `to`
// has sent one to the mapping of `from` that a third party saw.
bool passes(const std::optional<NatBehaviour>& from, const std::optional<NatBehaviour>& to) {
    if (!to || to->filtering == Filtering::kEndpointIndependent) {
        return true;
    }
    if (to->mapping != Mapping::kEndpointIndependent) {
        return false;  // the mapping that a third party saw is open to that party alone
    }
    return to->filtering == Filtering::kAddressDependent || !from ||
           from->mapping == Mapping::kEndpointIndependent;
}

}  // namespace

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

bool is_direct_path_possible(const std::optional<NatBehaviour>& a,
                             const std::optional<NatBehaviour>& b) {
    // One datagram that gets in is enough: its source is where the answer goes.
    return passes(a, b) || passes(b, a);
}

bool Nat::is_permitted(Instant now, const Binding& binding, Endpoint from) const {
    if (behaviour_.filtering == Filtering::kEndpointIndependent) {
        return true;
    }
    return std::any_of(binding.permitted.begin(), binding.permitted.end(), [&](const auto& entry) {
        const auto& [endpoint, last_outbound] = entry;
        const bool matches = behaviour_.filtering == Filtering::kAddressDependent
                                 ? endpoint.address == from.address
                                 : endpoint == from;
        return matches && is_alive(now, last_outbound);
    });
}

std::uint16_t Nat::free_port() {
    for (;;) {
        const auto port = static_cast<std::uint16_t>(random_.uint32());
        const bool is_taken =
            std::any_of(bindings_.begin(), bindings_.end(), [port](const Binding& binding) {
                return binding.external_port == port;
            });
        if (port >= kFirstPort && !is_taken) {
            return port;
        }
    }
}

Nat::Binding& Nat::binding_for(Instant now, Endpoint internal, Endpoint to) {
    bindings_.erase(std::remove_if(bindings_.begin(),
                                   bindings_.end(),
                                   [&](const Binding& binding) {
                                       return !is_alive(now, binding.last_outbound);
                                   }),
                    bindings_.end());
    std::optional<Endpoint> destination;
    if (behaviour_.mapping == Mapping::kAddressAndPortDependent) {
        destination = to;
    }
    const auto found =
        std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& binding) {
            return binding.internal == internal && binding.destination == destination;
        });
    if (found != bindings_.end()) {
        return *found;
    }
    bindings_.push_back({internal, destination, free_port(), now, {}});
    return bindings_.back();
}

Endpoint Nat::translate_outbound(Instant now, Endpoint internal, Endpoint to) {
    Binding& binding = binding_for(now, internal, to);
    binding.last_outbound = now;
    binding.permitted[to] = now;
    return {external_, binding.external_port};
}

std::optional<Endpoint>
Nat::translate_inbound(Instant now, Endpoint from, Endpoint external) const {
    const auto found =
        std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& binding) {
            return binding.external_port == external.port && is_alive(now, binding.last_outbound);
        });
    if (external.address != external_ || found == bindings_.end() ||
        !is_permitted(now, *found, from)) {
        return std::nullopt;
    }
    return found->internal;
}

}  // namespace miredo::sim
