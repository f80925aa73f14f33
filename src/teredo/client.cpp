// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The client's life: settings, timers, what it tells about itself. What it sends is decided in
// client_sending.cpp, what it receives in client_receiving.cpp.
#include "teredo/client.hpp"

#include <algorithm>
#include <utility>

namespace miredo::teredo {

Client::Client(ClientSettings settings, RandomSource& random, Instant now)
    : settings_{std::move(settings)},
      random_{random},
      rules_{settings_.surroundings},
      qualification_{random, counters_, settings_, now},
      peers_{settings_.max_peers, random, counters_},
      hole_punching_{random, counters_},
      connectivity_test_{random, counters_},
      determination_{random, counters_, settings_},
      discovery_{random, counters_},
      errors_{counters_} {
    rules_.set_servers(qualification_.servers());
}

void Client::handle_timeout(Instant now, Output& output) {
    if (qualification_.handle_timeout(now, output) == Qualification::AddressChange::kChanged) {
        take_over_address(now, output);
    }
    run_procedures(now, output);
    peers_.run_due(
        now,
        [&](Peer& peer) { repeat_attempt(now, peer, output); },
        [&](Bytes packet) {
            refuse(now,
                   DropReason::kPeerUnreachable,
                   wire::UnreachableCode::kAddressUnreachable,
                   packet,
                   output);
        });
    counters_.drop(DropReason::kHeldExpired, held_.expire(now));
}

std::optional<Instant> Client::next_deadline() const {
    Instant deadline = qualification_.next_deadline();
    for (const std::optional<Instant>& other : {peers_.next_deadline(),
                                                held_.next_deadline(),
                                                determination_.next_deadline(),
                                                discovery_.next_deadline()}) {
        if (other) {
            deadline = std::min(deadline, *other);
        }
    }
    return deadline;
}

void Client::apply(Instant now, ClientSettings settings, Output& output) {
    if (settings == settings_) {
        return;
    }
    const bool same_procedures =
        settings.refresh_interval == settings_.refresh_interval &&
        settings.determines_refresh_interval == settings_.determines_refresh_interval &&
        settings.discovers_locally == settings_.discovers_locally;
    const ClientSettings before = std::exchange(settings_, std::move(settings));
    determination_.apply(settings_);
    if (settings_.max_peers != peers_.capacity()) {
        peers_.forget_all(DropReason::kPeerEvicted);
        peers_ = Peers{settings_.max_peers, random_, counters_};
    }
    if (qualification_.apply(now, settings_, output) == Qualification::AddressChange::kChanged) {
        take_over_address(now, output);
    } else if (!same_procedures) {
        begin_procedures(now, output);
    }
    apply_surroundings(before);
}

// Whom nothing may be sent to any more is forgotten, `before` being what was set until now.
void Client::apply_surroundings(const ClientSettings& before) {
    const TargetRules rules_before = std::exchange(rules_, TargetRules{settings_.surroundings});
    rules_.set_own_mapping(qualification_.mapped());
    rules_.set_servers(qualification_.servers());
    const bool stops_discovery = before.discovers_locally && !settings_.discovers_locally;
    if (settings_.surroundings != before.surroundings || stops_discovery) {
        peers_.forget_refused([&](Endpoint mapping) {
            // Who was found on the link is known by discovery alone.
            if (before.discovers_locally && rules_before.is_attached(mapping.address)) {
                return settings_.discovers_locally && rules_.is_attached(mapping.address);
            }
            return rules_.may_send_to(mapping);
        });
    }
}

void Client::requalify(Instant now, Output& output) {
    qualification_.requalify(now, output);
}

ClientStatus Client::status() const {
    ClientStatus status;
    qualification_.describe(status);
    status.proven_peers = peers_.proven();
    status.unproven_peers = peers_.unproven();
    status.peer_limit = peers_.capacity();
    status.is_determining_interval = determination_.is_under_way();
    status.queued_bytes = peers_.queued_bytes() + held_.bytes();
    return status;
}

Peer* Client::obtain_teredo(Instant now, const Ipv6Address& address, Endpoint mapping) {
    Peer* const peer = peers_.obtain(now, address);
    if (peer != nullptr && peer->mapping.port == 0) {
        peer->mapping = mapping;
    }
    return peer;
}

// Our own address is another one, or none: what peers know and we know of them is void.
void Client::take_over_address(Instant now, Output& output) {
    rules_.set_own_mapping(qualification_.mapped());
    peers_.forget_all(DropReason::kAddressChanged);
    counters_.drop(DropReason::kAddressChanged, held_.clear());
    begin_procedures(now, output);
}

}  // namespace miredo::teredo
