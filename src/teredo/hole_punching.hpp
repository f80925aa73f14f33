// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Bubbles (RFC 4380 §5.2.6) with their budgets, the answers to them, and what lets a peer behind a
// symmetric NAT be recognised: the Nonce trailer (RFC 6081 §5.2), and the cookie that old Miredo
// knows instead. That is a link-local source which only whoever gets the bubble learns; its direct
// answer goes to it, and proves the mapping it comes from.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random_source.hpp"
#include "base/siphash.hpp"
#include "base/token_bucket.hpp"
#include "teredo/keyed_limiter.hpp"
#include "teredo/output.hpp"
#include "teredo/peer.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

// Which ways an attempt takes.
enum class BubblePaths : std::uint8_t { kIndirect, kDirectAndIndirect };

enum class BubbleResult : std::uint8_t {
    kSent,
    kTooSoon,   // RFC 4380 §5.2.6: less than 2 s after the last transmission to the peer
    kNoBudget,  // RFC 4380 §5.2.6: four in 300 s without an answer
    kLimited,   // the limit on all bubbles of this role
};

// An indirect bubble that came through our server.
struct IndirectBubble {
    Ipv6Address source;
    Ipv6Address destination;             // our address
    Endpoint target;                     // where the direct answer goes
    std::optional<std::uint32_t> nonce;  // of its Nonce trailer
};

class HolePunching {
  public:
    // `in_all` limits the bubbles of our own accord, for a relay. `random` and `counters` must
    // outlive this. `prefix` is the Teredo prefix of the peers.
    HolePunching(RandomSource& random,
                 Counters& counters,
                 std::optional<TokenBucket> in_all = std::nullopt,
                 const Ipv6Prefix& prefix = wire::kTeredoPrefix);

    void set_prefix(const Ipv6Prefix& prefix) { prefix_ = prefix; }
    void set_limit(const TokenBucket& in_all) { in_all_ = in_all; }

    // One attempt towards a peer with a Teredo address: an indirect bubble through its server with
    // a fresh nonce, and a direct one to its mapping that repeats the nonce received from it, if
    // any. The indirect bubble of the second try has the cookie as its source instead of `source`,
    // unless the peer has shown that it knows nonces. The caller has checked that server and
    // mapping may be sent to (TargetRules).
    BubbleResult
    send(Instant now, Peer& peer, const Ipv6Address& source, BubblePaths paths, Output& output);

    // One attempt towards a peer on our own link: a bubble to `local`, within the same limits.
    BubbleResult send_locally(
        Instant now, Peer& peer, const Ipv6Address& source, Endpoint local, Output& output);

    // RFC 4380 §5.2.3 and RFC 6081 §5.2.4.3: a direct bubble to `bubble.target`, and while `peer`
    // is not reachable an indirect one within its budget. `peer` is nullptr for a source that is
    // not a Teredo address. Answers have limits of their own (per peer, per IPv4 address, in all)
    // and do not count as our transmissions; false where one of these limits is reached.
    bool answer(Instant now,
                const IndirectBubble& bubble,
                Peer* peer,
                const TargetRules& rules,
                Output& output);
    // The direct bubble of answer() alone, for a source that is no Teredo address.
    bool send_direct_answer(Instant now, const IndirectBubble& bubble, Output& output);

    // RFC 6081 §5.2.4.4: `nonce` is what the latest indirect bubble to `peer` carried.
    [[nodiscard]] static bool
    proves(Instant now, const Peer& peer, std::optional<std::uint32_t> nonce);
    // A direct bubble of `peer` to `destination`: it is the cookie of an indirect bubble sent to it
    // of late.
    [[nodiscard]] bool proves(Instant now, const Peer& peer, const Ipv6Address& destination) const;

  private:
    [[nodiscard]] std::optional<BubbleResult> refusal(Instant now, const Peer& peer);
    void send_indirect(Instant now, Peer& peer, const Ipv6Address& source, Output& output);
    // fe80:: and a keyed hash of the peer's address, with the mapping in it, and of the time, so
    // that nothing has to be remembered. Without universal and group bit.
    [[nodiscard]] Ipv6Address cookie(std::uint64_t slot, const Ipv6Address& peer) const;
    void send_bubble(Endpoint to, const wire::Bubble& bubble, Output& output);

    RandomSource& random_;
    Counters& counters_;
    std::optional<TokenBucket> in_all_;
    Ipv6Prefix prefix_;
    SipHashKey peer_key_;
    SipHashKey cookie_key_;
    KeyedLimiter answers_by_peer_;
    KeyedLimiter answers_by_target_;
    TokenBucket answers_{kAnswerRate, kAnswerBurstInAll};
};

}  // namespace miredo::teredo
