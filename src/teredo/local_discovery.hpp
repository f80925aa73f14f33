// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The optional local client discovery procedure (RFC 4380 §5.2.8): clients on one link find each
// other by multicast and then need neither server nor NAT. Whoever is on the link can claim to be
// any client behind the same NAT (§7.3.4): it is for networks whose hosts trust each other.
#pragma once

#include <optional>

#include "base/random_source.hpp"
#include "teredo/drop_reason.hpp"
#include "teredo/output.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/ipv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {

// RFC 4380 §2.17: the Teredo IPv4 discovery address.
inline constexpr Endpoint kDiscoveryEndpoint{Ipv4Address{224, 0, 0, 253}, wire::kTeredoPort};

class LocalDiscovery {
  public:
    // `random` and `counters` must outlive this.
    LocalDiscovery(RandomSource& random, Counters& counters)
        : random_{random}, counters_{counters} {}

    // The next handle_timeout(), which is due at once, sends the first discovery bubble.
    void start(Instant now) { due_ = now; }
    void stop() { due_.reset(); }
    [[nodiscard]] bool is_on() const { return due_.has_value(); }

    void handle_timeout(Instant now, const Ipv6Address& own, Output& output);
    [[nodiscard]] std::optional<Instant> next_deadline() const { return due_; }

    // Multicasts a discovery bubble.
    void send(const Ipv6Address& own, Output& output);

    // Why what came to the discovery address from `from` is no discovery bubble to act on; nothing
    // where it is one. `own` and `mapped` are ours.
    [[nodiscard]] std::optional<DropReason> check(Endpoint from,
                                                  const wire::Ipv6Packet& packet,
                                                  const Ipv6Address& own,
                                                  Endpoint mapped,
                                                  const TargetRules& rules) const;

  private:
    RandomSource& random_;
    Counters& counters_;
    std::optional<Instant> due_;  // as long as it is on
};

}  // namespace miredo::teredo
