// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role under watch: in every way the role itself, but that each input is followed by the check of
// its invariants. Whoever drives it asks violation() after each input, or at the end: the first one
// stays. It can stand wherever a role can, as in sim::RoleHost<Watched<teredo::Client>>.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "invariants/role_invariants.hpp"
#include "teredo/client.hpp"
#include "teredo/relay.hpp"
#include "teredo/server.hpp"

namespace miredo::invariants {

template <teredo::Role R>
class Watched final {
  public:
    template <typename Settings>
    Watched(const Settings& settings, RandomSource& random, Instant now)
        : invariants_{settings}, role_{settings, random, now} {}

    void handle_datagram(Instant now, const teredo::Datagram& datagram, teredo::Output& output) {
        invariants_.begin_datagram(now, datagram, output);
        role_.handle_datagram(now, datagram, invariants_);
        check(now);
    }
    void handle_packet(Instant now, Bytes packet, teredo::Output& output) {
        invariants_.begin_packet(now, packet, output);
        role_.handle_packet(now, packet, invariants_);
        check(now);
    }
    void handle_timeout(Instant now, teredo::Output& output) {
        invariants_.begin_timeout(now, output);
        role_.handle_timeout(now, invariants_);
        check(now);
    }
    template <typename Settings>
    void apply(Instant now, const Settings& settings, teredo::Output& output) {
        invariants_.begin_settings(now, settings, output);
        role_.apply(now, settings, invariants_);
        check(now);
    }
    void requalify(Instant now, teredo::Output& output) {
        invariants_.begin_requalify(now, output);
        role_.requalify(now, invariants_);
        check(now);
    }

    void handle_secondary_port(Instant now, teredo::Output& output) {
        invariants_.begin_secondary_port(now, output);
        role_.handle_secondary_port(now, invariants_);
        check(now);
    }

    [[nodiscard]] std::optional<Instant> next_deadline() const { return role_.next_deadline(); }
    [[nodiscard]] const teredo::Counters& counters() const { return role_.counters(); }
    [[nodiscard]] auto status() const { return role_.status(); }
    [[nodiscard]] R& role() { return role_; }
    [[nodiscard]] const R& role() const { return role_; }
    [[nodiscard]] const std::optional<Violation>& violation() const {
        return invariants_.violation();
    }

  private:
    void check(Instant now) {
        const auto status = role_.status();
        RoleView view{role_.counters(), role_.next_deadline()};
        if constexpr (std::is_same_v<R, teredo::Client>) {
            view.client = &status;
        } else if constexpr (std::is_same_v<R, teredo::Relay>) {
            view.relay = &status;
        }
        if constexpr (!std::is_same_v<R, teredo::Server>) {
            if (invariants_.wants_peers(view)) {
                peers_.clear();
                constexpr std::uint32_t kAll = 0x7FFFFFFF;
                static_cast<void>(role_.list_peers(now, 0, kAll, peers_));
                view.peers = peers_;
            }
        }
        static_cast<void>(invariants_.check(view));
    }

    RoleInvariants invariants_;
    R role_;
    std::vector<teredo::PeerStatus> peers_;
};

static_assert(teredo::Role<Watched<teredo::Client>>);
static_assert(teredo::Role<Watched<teredo::Relay>>);
static_assert(teredo::Role<Watched<teredo::Server>>);

}  // namespace miredo::invariants
