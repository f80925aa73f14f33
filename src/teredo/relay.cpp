// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The relay's life: settings, timers, what it tells about itself. What it sends is decided in
// relay_sending.cpp, what it receives in relay_receiving.cpp.
#include "teredo/relay.hpp"

#include <algorithm>
#include <utility>

#include "teredo/constants.hpp"
#include "teredo/inner_checks.hpp"

namespace miredo::teredo {

Relay::Relay(RelaySettings settings, RandomSource& random, Instant /*now*/)
    : settings_{std::move(settings)},
      random_{random},
      rules_{settings_.surroundings},
      peers_{settings_.max_peers, random, counters_},
      hole_punching_{random, counters_, bubble_limit(), settings_.prefix},
      attempts_by_source_{SipHashKey::generate(random),
                          kRelayBuckets,
                          TokenRate{share(kRelaySourceRate, settings_.shards),
                                    share(kRelaySourceBurst, settings_.shards)}},
      attempts_by_target_{SipHashKey::generate(random),
                          kRelayBuckets,
                          TokenRate{share(kRelayTargetRate, settings_.shards),
                                    share(kRelayTargetBurst, settings_.shards)}},
      errors_{counters_, settings_.shards} {}

void Relay::handle_timeout(Instant now, Output& output) {
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
}

std::optional<Instant> Relay::next_deadline() const {
    return peers_.next_deadline();
}

void Relay::apply(Instant /*now*/, RelaySettings settings, Output& /*output*/) {
    if (settings == settings_) {
        return;
    }
    const RelaySettings before = std::exchange(settings_, std::move(settings));
    rules_ = TargetRules{settings_.surroundings};
    if (settings_.surroundings != before.surroundings) {
        peers_.forget_refused([this](Endpoint mapping) { return rules_.may_send_to(mapping); });
    }
    if (settings_.prefix != before.prefix) {
        peers_.forget_all(DropReason::kAddressChanged);
    }
    if (settings_.max_peers != before.max_peers) {
        peers_.forget_all(DropReason::kPeerEvicted);
        peers_ = Peers{settings_.max_peers, random_, counters_};
    }
    hole_punching_.set_prefix(settings_.prefix);
    if (settings_.mode != before.mode ||
        settings_.bubbles_per_second != before.bubbles_per_second) {
        hole_punching_.set_limit(bubble_limit());
    }
}

RelayStatus Relay::status() const {
    return {peers_.proven(), peers_.unproven(), peers_.capacity(), peers_.queued_bytes()};
}

bool Relay::embeds_own_address(const Ipv6Address& address) const {
    const auto& own = settings_.surroundings.own_addresses;
    const auto is_own_ipv4 = [&own](std::uint64_t value) {
        return std::find(own.begin(), own.end(), Ipv4Address{static_cast<std::uint32_t>(value)}) !=
               own.end();
    };
    // RFC 5214 §6.1: the identifier is [02]00:5efe:a.b.c.d.
    const bool is_isatap = ((address.low() >> 32U) & 0xFDFFFFFFU) == 0x00005EFEU;
    return (kSixToFourPrefix.contains(address) && is_own_ipv4(address.high() >> 16U)) ||
           (is_isatap && is_own_ipv4(address.low()));
}

bool Relay::is_own(const Ipv6Address& address) const {
    const auto& own = settings_.own_ipv6_addresses;
    return std::find(own.begin(), own.end(), address) != own.end();
}

TokenBucket Relay::bubble_limit() const {
    // Where each attempt is two bubbles, half as many attempts make the same number.
    const std::uint32_t bubbles = settings_.mode == RelayMode::kCone ? 1 : 2;
    const std::uint32_t rate = share(settings_.bubbles_per_second / bubbles, settings_.shards);
    return {rate, rate};
}

}  // namespace miredo::teredo
