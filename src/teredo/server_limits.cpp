// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/server_limits.hpp"

namespace miredo::teredo {

ServerLimits::ServerLimits(RandomSource& random)
    : solicitations_by_source_{SipHashKey::generate(random),
                               kSolicitationBuckets,
                               TokenRate{kSolicitationRate, kSolicitationBurst}},
      solicitations_{kSolicitationRateInAll, kSolicitationBurstInAll},
      forwards_by_source_{SipHashKey::generate(random),
                          kForwardBuckets,
                          TokenRate{kForwardSourceRate, kForwardSourceBurst}},
      forwards_by_target_{SipHashKey::generate(random),
                          kForwardBuckets,
                          TokenRate{kForwardTargetRate, kForwardTargetBurst}},
      forwards_{kForwardRateInAll, kForwardBurstInAll} {}

bool ServerLimits::try_answer(Instant now, Ipv4Address source) {
    return solicitations_by_source_.try_take(now, source.value() >> 8U) &&
           solicitations_.try_take(now);
}

bool ServerLimits::try_forward(Instant now, Ipv4Address source, Ipv4Address target) {
    return try_forward(now, source, std::uint64_t{target.value()});
}

bool ServerLimits::try_forward(Instant now, Ipv4Address source, const Ipv6Address& target) {
    return try_forward(now, source, target.high());
}

bool ServerLimits::try_forward(Instant now, Ipv4Address source, std::uint64_t target) {
    return forwards_by_source_.try_take(now, source.value()) &&
           forwards_by_target_.try_take(now, target) && forwards_.try_take(now);
}

}  // namespace miredo::teredo
