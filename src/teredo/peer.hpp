// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is remembered about one peer (RFC 4380 §5.2, RFC 6081 §5.2.1): a Teredo address, or a native
// one that is reached through a relay. Kept small: tables hold hundreds of thousands of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/constants.hpp"

namespace miredo::teredo {

// "Long before anything": a time at which nothing has happened yet.
inline constexpr Instant kNever = Instant::min();

[[nodiscard]] constexpr bool is_within(Instant since, Duration span, Instant now) {
    return since != kNever && now - since < span;
}

inline constexpr std::uint32_t kNoIndex = 0xFFFFFFFF;

// Neighbours on an intrusive list, as slab indices.
struct PeerLinks {
    std::uint32_t previous = kNoIndex;
    std::uint32_t next = kNoIndex;
};

// RFC 4380 §5.2.6: no more than four in the window without an answer. The window slides: what
// counts is when the fourth last one went out.
class AttemptBudget {
  public:
    [[nodiscard]] bool may_spend(Instant now, Duration window) const {
        return !is_within(spent_.front(), window, now);
    }
    void spend(Instant now) {
        std::copy(spent_.begin() + 1, spent_.end(), spent_.begin());
        spent_.back() = now;
    }
    void reset() { spent_.fill(kNever); }

  private:
    std::array<Instant, kBubbleBudget> spent_{kNever, kNever, kNever, kNever};  // oldest first
};

// A peer's packets in the PendingQueue.
struct PendingPackets {
    std::uint32_t head = kNoIndex;
    std::uint32_t tail = kNoIndex;
    std::uint16_t bytes = 0;
};

struct TestNonce {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend bool operator==(const TestNonce&, const TestNonce&) = default;
};

// Where a Teredo peer was heard on our own link, and when (RFC 4380 §5.2.8).
struct LocalPeer {
    Endpoint endpoint;
    Instant heard_at = kNever;
};

// What every packet needs to know comes first: where peers are very many, each line of the cache
// that is touched is one that has to be fetched.
struct Peer {
    Ipv6Address address;
    // Where it is reached. From the Teredo address until something better is proven; port 0 for a
    // native peer whose relay is not known yet.
    Endpoint mapping;

    Instant last_rx = kNever;  // accepted packets only
    Instant last_tx = kNever;  // data and bubbles of our own accord, not answers
    // Of a proven peer, up to kUseResolution earlier than it was.
    Instant last_use = kNever;

    // The table's business.
    std::uint32_t next_in_bucket = kNoIndex;
    std::uint32_t index = kNoIndex;

    // RFC 4380: the mapping is known to be good.
    bool is_trusted = false;
    // We have sent to it, of our own accord, and heard back: strangers cannot evict it.
    bool is_proven = false;
    bool is_resting = false;  // the table's: unproven, and not used for kStrangerLifetime
    bool is_attempting = false;
    bool is_test_outstanding = false;
    bool has_spent = false;            // something of the budget
    std::uint8_t attempts = 0;         // transmissions in the attempt under way
    std::uint8_t pending_packets = 0;  // in the PendingQueue

    AttemptBudget budget;

    // A native peer has a connectivity test's nonce, one with a Teredo address that of the latest
    // indirect bubble (RFC 6081 §5.2.1). When it was sent is kept in one place for both.
    // Only one kind of peer has it: a native one the nonce of its test, while is_test_outstanding;
    // one with a Teredo address where it is on our link.
    std::variant<TestNonce, LocalPeer> by_kind;
    Instant nonce_sent_at = kNever;
    std::uint32_t nonce_sent = 0;      // 0: none
    std::uint32_t nonce_received = 0;  // 0: none

    // When the attempt under way is to be repeated or given up.
    Instant attempt_due = kNever;
    PendingPackets pending;
    PeerLinks by_use;  // the table's
    PeerLinks by_attempt;

    void spend_attempt(Instant now) {
        budget.spend(now);
        has_spent = true;
    }
    // RFC 4380 §5.2.6: an answer came.
    void refill_budget() {
        if (has_spent) {
            budget.reset();
            has_spent = false;
        }
    }
    // RFC 4380 §5.2.4: heard less than 30 s ago.
    [[nodiscard]] bool is_valid(Instant now) const {
        return is_within(last_rx, kPeerValidity, now);
    }
    // RFC 4380 §5.2.4, case 3: where it was heard on our link, less than 600 s ago.
    [[nodiscard]] std::optional<Endpoint> local_endpoint(Instant now) const {
        const LocalPeer* const local = std::get_if<LocalPeer>(&by_kind);
        return local != nullptr && is_within(local->heard_at, kLocalPeerLifetime, now)
                   ? std::optional{local->endpoint}
                   : std::nullopt;
    }
    // Nothing was ever sent to it: of what is remembered, nothing limits what we send, and nothing
    // is of use once the peer is not valid any more. A neighbour is (RFC 4380 §5.2.8).
    [[nodiscard]] bool is_stranger() const {
        return last_tx == kNever && nonce_sent_at == kNever && !is_attempting &&
               pending_packets == 0 && !std::holds_alternative<LocalPeer>(by_kind);
    }
    // Case 1 of RFC 4380 §5.2.4 and §5.4.1: data may go straight to the mapping.
    [[nodiscard]] bool is_reachable(Instant now) const { return is_trusted && is_valid(now); }
};
static_assert(sizeof(Peer) <= 176);

}  // namespace miredo::teredo
