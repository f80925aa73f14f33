// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// ICMPv6 errors to the sender of a packet that cannot be delivered, within their limit (RFC 4443
// §2.4 f).
#pragma once

#include "base/token_bucket.hpp"
#include "teredo/constants.hpp"
#include "teredo/output.hpp"
#include "teredo/status.hpp"
#include "wire/icmpv6.hpp"

namespace miredo::teredo {

class ErrorSender {
  public:
    // `counters` must outlive this. The limit is that of `shards` of them together.
    explicit ErrorSender(Counters& counters, std::uint32_t shards = 1)
        : bucket_{share(kErrorRate, shards), share(kErrorBurst, shards)}, counters_{counters} {}

    // Nothing is sent about what is no IPv6 packet or may not be answered (RFC 4443 §2.4 e), and
    // nothing beyond the limit. `source` is who speaks; `about` is the packet, counted by the
    // caller.
    void send_unreachable(Instant now,
                          const Ipv6Address& source,
                          wire::UnreachableCode code,
                          Bytes about,
                          Output& output);
    void send_time_exceeded(Instant now, const Ipv6Address& source, Bytes about, Output& output);

  private:
    void send(Instant now, const std::optional<wire::ErrorPacket>& error, Output& output);

    TokenBucket bucket_;
    Counters& counters_;
};

}  // namespace miredo::teredo
