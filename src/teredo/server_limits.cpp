// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/server_limits.hpp"

#include "teredo/constants.hpp"

namespace miredo::teredo {

ServerLimits::ServerLimits(RandomSource& random, std::uint32_t shards)
    : solicitations_by_source_{SipHashKey::generate(random),
                               kSolicitationBuckets,
                               TokenRate{share(kSolicitationRate, shards),
                                         share(kSolicitationBurst, shards)}},
      solicitations_{share(kSolicitationRateInAll, shards), share(kSolicitationBurstInAll, shards)},
      forwards_by_source_{
          SipHashKey::generate(random),
          kForwardBuckets,
          TokenRate{share(kForwardSourceRate, shards), share(kForwardSourceBurst, shards)}},
      forwards_by_target_{
          SipHashKey::generate(random),
          kForwardBuckets,
          TokenRate{share(kForwardTargetRate, shards), share(kForwardTargetBurst, shards)}},
      forwards_{share(kForwardRateInAll, shards), share(kForwardBurstInAll, shards)} {}

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
