// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A network address translator as RFC 4787 describes one: values, no kinds with names of their own.
// NATs nest (carrier-grade ones): each may be behind another. oracle.hpp says what to expect of
// them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/endpoint.hpp"
#include "base/random_source.hpp"
#include "base/time.hpp"

namespace miredo::sim {

// RFC 4787 §4.1: for which destinations one internal endpoint has one external endpoint.
enum class Mapping : std::uint8_t {
    kEndpointIndependent,      // all
    kAddressDependent,         // those with one address
    kAddressAndPortDependent,  // one
};
inline constexpr std::array kMappings{
    Mapping::kEndpointIndependent, Mapping::kAddressDependent, Mapping::kAddressAndPortDependent};

// RFC 4787 §5: who may send to an external endpoint that exists.
enum class Filtering : std::uint8_t {
    kEndpointIndependent,      // anybody
    kAddressDependent,         // addresses that the inside has sent to
    kAddressAndPortDependent,  // endpoints that the inside has sent to
};
inline constexpr std::array kFilterings{Filtering::kEndpointIndependent,
                                        Filtering::kAddressDependent,
                                        Filtering::kAddressAndPortDependent};

// RFC 4787 §4.2.1. No two bindings share an external endpoint (REQ-3: no port overloading).
enum class PortAssignment : std::uint8_t {
    kRandom,
    kPreserving,  // the internal port where it is free, else the next one that is
    kSequential,  // the next one that is free
};

// RFC 4787 §6: what becomes of datagrams from the inside to an external endpoint of the same NAT.
enum class Hairpinning : std::uint8_t {
    kNo,
    kYes,             // REQ-9: the receiver sees the sender's external endpoint
    kInternalSource,  // the receiver sees the sender's internal endpoint
};

// RFC 4787 §4.3: what prolongs a binding, and the permission to send to it. REQ-6 wants kOutbound
// or kBoth.
enum class Refresh : std::uint8_t { kOutbound, kInbound, kBoth };

// RFC 4787 §4.1: how internal addresses share several external ones.
enum class Pooling : std::uint8_t {
    kPaired,     // REQ-2: one external address for one internal address
    kArbitrary,  // each binding has any of them
};

struct NatBehaviour {
    Mapping mapping = Mapping::kEndpointIndependent;
    Filtering filtering = Filtering::kEndpointIndependent;
    Duration timeout = std::chrono::seconds{120};  // RFC 4787 §4.3, REQ-5: at least two minutes
    PortAssignment ports = PortAssignment::kRandom;
    Hairpinning hairpinning = Hairpinning::kNo;
    Refresh refresh = Refresh::kOutbound;
    std::uint8_t addresses = 1;  // 1 to 8, from `external` upwards
    Pooling pooling = Pooling::kPaired;
    std::uint16_t first_port = 1024;
    std::uint16_t last_port = 65535;  // what is beyond gets no binding

    friend bool operator==(const NatBehaviour&, const NatBehaviour&) = default;
};
// "eim/apdf/preserving/hairpin/120s", for messages.
[[nodiscard]] std::string to_string(const NatBehaviour& behaviour);

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

class Nat {
  public:
    // `random` chooses ports and addresses. `external` is an address of the outside: the core, or
    // the inside of `outer`. Both must outlive the NAT.
    Nat(const NatBehaviour& behaviour,
        Ipv4Address external,
        RandomSource& random,
        Nat* outer = nullptr)
        : behaviour_{behaviour}, external_{external}, random_{random}, outer_{outer} {}

    // The first of its external addresses.
    [[nodiscard]] Ipv4Address external() const { return external_; }
    [[nodiscard]] bool is_external(Ipv4Address address) const {
        return address.value() - external_.value() < behaviour_.addresses;
    }
    [[nodiscard]] Nat* outer() const { return outer_; }
    [[nodiscard]] const NatBehaviour& behaviour() const { return behaviour_; }

    // The external source of a datagram that leaves, making or refreshing its binding; nothing
    // where no port is left for it.
    [[nodiscard]] std::optional<Endpoint>
    translate_outbound(Instant now, Endpoint internal, Endpoint to);
    // The internal destination of a datagram to `external`, refreshing its binding where inbound
    // datagrams do that; nothing where it is filtered.
    [[nodiscard]] std::optional<Endpoint>
    translate_inbound(Instant now, Endpoint from, Endpoint external);

    // Forgets all bindings, as after a restart: new ones get other ports, unless ports are
    // preserved.
    void rebind();
    // As after a restart with another address. The network has to be told first or instead:
    // Network::renumber().
    void renumber(Ipv4Address external);

    // Bindings that have not ended.
    [[nodiscard]] std::size_t binding_count(Instant now) const;

  private:
    // An internal endpoint, and the part of the destination that the mapping depends on.
    struct Key {
        Endpoint internal;
        Endpoint destination;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
        std::size_t operator()(const Endpoint& endpoint) const;
    };
    struct Binding {
        Endpoint external;
        Endpoint internal;
        Instant refreshed;
        std::map<Endpoint, Instant> permitted;  // endpoints sent to, and when refreshed
        std::size_t sweep_at = 64;              // so many are a reason to look for ended ones
    };
    using Bindings = std::unordered_map<Key, Binding, Hash>;

    [[nodiscard]] bool is_alive(Instant now, Instant refreshed) const {
        return now - refreshed < behaviour_.timeout;
    }
    [[nodiscard]] Key key_of(Endpoint internal, Endpoint to) const;
    [[nodiscard]] std::uint32_t port_count() const {
        return behaviour_.last_port - behaviour_.first_port + std::uint32_t{1};
    }
    [[nodiscard]] bool admit(Instant now, Binding& binding, Endpoint from) const;
    [[nodiscard]] Binding* binding_for(Instant now, Endpoint internal, Endpoint to);
    void permit(Instant now, Binding& binding, Endpoint to) const;
    void end(Bindings::iterator ended);
    void end_expired(Instant now);
    [[nodiscard]] bool is_free(Instant now, Endpoint external);
    [[nodiscard]] Ipv4Address address_for(Ipv4Address internal);
    [[nodiscard]] std::optional<std::uint16_t>
    free_port(Instant now, Ipv4Address address, std::uint16_t internal_port);
    [[nodiscard]] std::optional<std::uint16_t> random_port(Instant now, Ipv4Address address);
    [[nodiscard]] std::optional<std::uint16_t>
    next_free(Instant now, Ipv4Address address, std::uint32_t port);

    NatBehaviour behaviour_;
    Ipv4Address external_;
    RandomSource& random_;
    Nat* outer_;
    Bindings bindings_;
    std::unordered_map<Endpoint, Key, Hash> by_external_;
    std::map<Ipv4Address, Ipv4Address> pairs_;  // internal and external addresses
    std::uint32_t next_port_ = 0;               // of sequential assignment; 0 before the first
    std::size_t sweep_at_ = 64;                 // so many bindings: as in Binding
};

}  // namespace miredo::sim
