// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/hole_punching.hpp"

#include "teredo/constants.hpp"

namespace miredo::teredo {
namespace {

// Peers or IPv4 addresses that are told apart; two that meet in a bucket share its rate.
constexpr std::size_t kAnswerBuckets = 1024;

// The second try of an attempt.
constexpr std::uint8_t kCookieTry = 1;

// A cookie is good in the slot it was made in and in the next one.
std::uint64_t slot_of(Instant now) {
    return static_cast<std::uint64_t>(now.time_since_epoch() / (kBubbleNonceLifetime / 2));
}

std::optional<std::uint32_t> trailer_nonce(std::uint32_t nonce) {
    return nonce == 0 ? std::nullopt : std::optional{nonce};
}

}  // namespace

HolePunching::HolePunching(RandomSource& random,
                           Counters& counters,
                           std::optional<TokenBucket> in_all,
                           const Ipv6Prefix& prefix)
    : random_{random},
      counters_{counters},
      in_all_{in_all},
      prefix_{prefix},
      peer_key_{SipHashKey::generate(random)},
      cookie_key_{SipHashKey::generate(random)},
      answers_by_peer_{
          SipHashKey::generate(random), kAnswerBuckets, TokenRate{kAnswerInterval, kAnswerBurst}},
      answers_by_target_{
          SipHashKey::generate(random), kAnswerBuckets, TokenRate{kAnswerInterval, kAnswerBurst}} {}

BubbleResult HolePunching::send(
    Instant now, Peer& peer, const Ipv6Address& source, BubblePaths paths, Output& output) {
    if (const std::optional<BubbleResult> refused = refusal(now, peer)) {
        return *refused;
    }
    if (paths == BubblePaths::kDirectAndIndirect) {
        // RFC 6081 §5.2.4.2: no nonce before one was received.
        send_bubble(peer.mapping,
                    wire::build_bubble(source, peer.address, trailer_nonce(peer.nonce_received)),
                    output);
    }
    // Who sends nonces knows what to do with ours, and has to learn our own address from the
    // bubble.
    const bool is_cookie_try = peer.attempts == kCookieTry && peer.nonce_received == 0;
    send_indirect(now, peer, is_cookie_try ? cookie(slot_of(now), peer.address) : source, output);
    peer.last_tx = now;
    return BubbleResult::kSent;
}

BubbleResult HolePunching::send_locally(
    Instant now, Peer& peer, const Ipv6Address& source, Endpoint local, Output& output) {
    if (const std::optional<BubbleResult> refused = refusal(now, peer)) {
        return *refused;
    }
    peer.spend_attempt(now);
    peer.last_tx = now;
    send_bubble(local, wire::build_bubble(source, peer.address), output);
    return BubbleResult::kSent;
}

bool HolePunching::answer(Instant now,
                          const IndirectBubble& bubble,
                          Peer* peer,
                          const TargetRules& rules,
                          Output& output) {
    if (peer == nullptr) {
        return send_direct_answer(now, bubble, output);
    }
    // RFC 6081 §5.2.4.3: one without a nonce makes us forget an earlier one.
    peer->nonce_received = bubble.nonce.value_or(0);
    if (!answers_by_peer_.try_take(now, siphash(peer_key_, peer->address.bytes())) ||
        !send_direct_answer(now, bubble, output)) {
        return false;
    }
    const auto embedded = wire::TeredoAddress::parse(peer->address, prefix_);
    if (embedded && !peer->is_reachable(now) && rules.may_be_server(embedded->server) &&
        !refusal(now, *peer)) {
        // Not our own accord: last_tx stays as it is where nothing was sent before, so that this
        // stranger's next packet does not count as an answer to us.
        send_indirect(now, *peer, bubble.destination, output);
    }
    return true;
}

bool HolePunching::send_direct_answer(Instant now, const IndirectBubble& bubble, Output& output) {
    if (!answers_by_target_.try_take(now, bubble.target.address.value()) ||
        !answers_.try_take(now)) {
        return false;
    }
    send_bubble(bubble.target,
                wire::build_bubble(
                    bubble.destination, bubble.source, trailer_nonce(bubble.nonce.value_or(0))),
                output);
    return true;
}

bool HolePunching::proves(Instant now, const Peer& peer, std::optional<std::uint32_t> nonce) {
    return peer.nonce_sent != 0 && nonce == peer.nonce_sent &&
           is_within(peer.nonce_sent_at, kBubbleNonceLifetime, now);
}

bool HolePunching::proves(Instant now, const Peer& peer, const Ipv6Address& destination) const {
    const std::uint64_t current = slot_of(now);
    return is_within(peer.nonce_sent_at, kBubbleNonceLifetime, now) &&
           (equal_constant_time(destination.bytes(), cookie(current, peer.address).bytes()) ||
            equal_constant_time(destination.bytes(), cookie(current - 1, peer.address).bytes()));
}

Ipv6Address HolePunching::cookie(std::uint64_t slot, const Ipv6Address& peer) const {
    constexpr std::uint64_t kUniversalAndGroup = 0x0300000000000000U;
    std::array<std::byte, Ipv6Address::kSize + sizeof slot> message{};
    const MutableBytes bytes{message};
    store_be64(bytes, slot);
    store_be64(bytes.subspan(8), peer.high());
    store_be64(bytes.subspan(16), peer.low());
    return Ipv6Address{0xfe80000000000000U, siphash(cookie_key_, message) & ~kUniversalAndGroup};
}

std::optional<BubbleResult> HolePunching::refusal(Instant now, const Peer& peer) {
    if (is_within(peer.last_tx, kBubbleSpacing, now) ||
        is_within(peer.nonce_sent_at, kBubbleSpacing, now)) {
        return BubbleResult::kTooSoon;
    }
    if (!peer.budget.may_spend(now, kBubbleBudgetWindow)) {
        return BubbleResult::kNoBudget;
    }
    if (in_all_ && !in_all_->try_take(now)) {
        return BubbleResult::kLimited;
    }
    return std::nullopt;
}

void HolePunching::send_indirect(Instant now,
                                 Peer& peer,
                                 const Ipv6Address& source,
                                 Output& output) {
    const auto embedded = wire::TeredoAddress::parse(peer.address, prefix_);
    if (!embedded) {
        return;
    }
    do {
        peer.nonce_sent = random_.uint32();
    } while (peer.nonce_sent == 0);
    peer.nonce_sent_at = now;
    peer.spend_attempt(now);
    send_bubble(Endpoint{embedded->server, wire::kTeredoPort},
                wire::build_bubble(source, peer.address, peer.nonce_sent),
                output);
}

void HolePunching::send_bubble(Endpoint to, const wire::Bubble& bubble, Output& output) {
    output.send(ServiceSocket::kPrimary, to, bubble.bytes());
    ++counters_.bubbles_sent;
}

}  // namespace miredo::teredo
