// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A network address translator as RFC 4787 describes one: values, no kinds with names of their own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/random_source.hpp"
#include "base/time.hpp"

namespace miredo::sim {

// RFC 4787 §4.1: whether one internal endpoint has one external endpoint for all destinations.
enum class Mapping : std::uint8_t { kEndpointIndependent, kAddressAndPortDependent };
// RFC 4787 §5: who may send to an external endpoint that exists.
enum class Filtering : std::uint8_t {
    kEndpointIndependent,      // anybody
    kAddressDependent,         // addresses that the inside has sent to
    kAddressAndPortDependent,  // endpoints that the inside has sent to
};

struct NatBehaviour {
    Mapping mapping = Mapping::kEndpointIndependent;
    Filtering filtering = Filtering::kEndpointIndependent;
    // RFC 4787 §4.3: at least two minutes (REQ-5); here only what leaves refreshes (REQ-6).
    Duration timeout = std::chrono::seconds{120};
};

// The five situations that a client may be in, by their names of old (RFC 3489 §5).
enum class NatKind : std::uint8_t {
    kNone,
    kFullCone,
    kAddressRestricted,
    kPortRestricted,
    kSymmetric,
};
inline constexpr std::array kNatKinds{NatKind::kNone,
                                      NatKind::kFullCone,
                                      NatKind::kAddressRestricted,
                                      NatKind::kPortRestricted,
                                      NatKind::kSymmetric};
[[nodiscard]] std::string_view to_string(NatKind kind);
// Nothing for kNone.
[[nodiscard]] std::optional<NatBehaviour> behaviour_of(NatKind kind);

// The oracle: whether hosts behind the two can ever exchange datagrams directly, the mapping that a
// third party saw being all they know of each other beforehand, without port prediction.
[[nodiscard]] bool is_direct_path_possible(const std::optional<NatBehaviour>& a,
                                           const std::optional<NatBehaviour>& b);

class Nat {
  public:
    // `random` chooses ports; it must outlive the NAT.
    Nat(NatBehaviour behaviour, Ipv4Address external, RandomSource& random)
        : behaviour_{behaviour}, external_{external}, random_{random} {}

    [[nodiscard]] Ipv4Address external() const { return external_; }
    [[nodiscard]] const NatBehaviour& behaviour() const { return behaviour_; }

    // The external source of a datagram that leaves, making or refreshing its binding.
    [[nodiscard]] Endpoint translate_outbound(Instant now, Endpoint internal, Endpoint to);
    // The internal destination of a datagram to `external`; nothing where it is filtered.
    [[nodiscard]] std::optional<Endpoint>
    translate_inbound(Instant now, Endpoint from, Endpoint external) const;

    // Forgets all bindings, as after a restart: new ones get other ports.
    void rebind() { bindings_.clear(); }

  private:
    struct Binding {
        Endpoint internal;
        std::optional<Endpoint> destination;  // of an endpoint-dependent mapping
        std::uint16_t external_port = 0;
        Instant last_outbound;
        std::map<Endpoint, Instant> permitted;  // endpoints sent to, and when last
    };
    [[nodiscard]] bool is_alive(Instant now, Instant last_outbound) const {
        return now - last_outbound < behaviour_.timeout;
    }
    [[nodiscard]] bool is_permitted(Instant now, const Binding& binding, Endpoint from) const;
    [[nodiscard]] Binding& binding_for(Instant now, Endpoint internal, Endpoint to);
    [[nodiscard]] std::uint16_t free_port();

    NatBehaviour behaviour_;
    Ipv4Address external_;
    RandomSource& random_;
    std::vector<Binding> bindings_;
};

}  // namespace miredo::sim
