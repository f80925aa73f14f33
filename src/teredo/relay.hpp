// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo relay, also host-specific (RFC 4380 §5.4, RFC 5991, RFC 6081 §5.2).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/random_source.hpp"
#include "teredo/error_sender.hpp"
#include "teredo/hole_punching.hpp"
#include "teredo/keyed_limiter.hpp"
#include "teredo/output.hpp"
#include "teredo/peers.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {

class Relay final {
  public:
    // `random` must outlive the relay.
    Relay(RelaySettings settings, RandomSource& random, Instant now);
    ~Relay() = default;
    Relay(const Relay&) = delete;
    Relay(Relay&&) = delete;
    Relay& operator=(const Relay&) = delete;
    Relay& operator=(Relay&&) = delete;

    void handle_datagram(Instant now, const Datagram& datagram, Output& output);
    void handle_packet(Instant now, Bytes packet, Output& output);
    void handle_timeout(Instant now, Output& output);
    [[nodiscard]] bool has_many_peers() const { return peers_.has_many(); }
    // A hint: packets from or to these peers come next (PeerTable::expect()).
    static constexpr std::size_t kExpectedAtOnce = PeerTable::kExpectedAtOnce;
    void expect(std::span<const Ipv6Address> peers) const { peers_.expect(peers); }
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // New settings in place; peers stay unless the prefix or their greatest number changes. Equal
    // settings do nothing at all.
    void apply(Instant now, RelaySettings settings, Output& output);

    [[nodiscard]] RelayStatus status() const;
    // Peers::list().
    [[nodiscard]] std::uint32_t list_peers(Instant now,
                                           std::uint32_t from,
                                           std::uint32_t slots,
                                           std::vector<PeerStatus>& peers) const {
        return peers_.list(now, from, slots, peers);
    }
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    // relay_sending.cpp: RFC 4380 §5.4.1.
    void send(Instant now, const wire::Ipv6Packet& packet, Output& output);
    [[nodiscard]] std::optional<DropReason> check_outgoing(const wire::Ipv6Packet& packet) const;
    [[nodiscard]] std::optional<DropReason>
    check_target(const wire::TeredoAddress& destination) const;
    void send_when_proven(Instant now,
                          const wire::Ipv6Packet& packet,
                          const wire::TeredoAddress& destination,
                          Output& output);
    // Why no attempt towards the destination may begin for this packet, if so.
    [[nodiscard]] std::optional<DropReason> check_limits(Instant now,
                                                         const Peer* peer,
                                                         const wire::Ipv6Packet& packet,
                                                         const wire::TeredoAddress& destination);
    [[nodiscard]] BubbleResult attempt(Instant now, Peer& peer, Output& output);
    void repeat_attempt(Instant now, Peer& peer, Output& output);
    void give_up(Instant now, Peer& peer, Output& output);
    void refuse(
        Instant now, DropReason reason, wire::UnreachableCode code, Bytes packet, Output& output);
    [[nodiscard]] Ipv6Address error_source() const;

    // relay_receiving.cpp: RFC 4380 §5.4.2.
    [[nodiscard]] std::optional<DropReason>
    receive(Instant now, const Datagram& datagram, Output& output);
    [[nodiscard]] std::optional<DropReason> forward_to_ipv6(const wire::Ipv6Packet& packet,
                                                            Output& output);
    [[nodiscard]] bool is_served(const Ipv6Address& destination) const;

    // An address in which one of our own IPv4 addresses hides (6to4, ISATAP): the tunnel that
    // belongs to it would bring the packet back (RFC 6324 §3).
    [[nodiscard]] bool embeds_own_address(const Ipv6Address& address) const;
    [[nodiscard]] bool is_own(const Ipv6Address& address) const;
    // On all bubbles of its own accord.
    [[nodiscard]] TokenBucket bubble_limit() const;

    RelaySettings settings_;
    RandomSource& random_;
    Counters counters_;
    TargetRules rules_;
    Peers peers_;
    HolePunching hole_punching_;
    KeyedLimiter attempts_by_source_;
    KeyedLimiter attempts_by_target_;
    ErrorSender errors_;
};
static_assert(Role<Relay>);

}  // namespace miredo::teredo
