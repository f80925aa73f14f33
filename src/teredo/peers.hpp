// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The list of peers with all that hangs on a peer: the packets that wait for it and the attempt to
// reach it that is under way. What a client and a relay do alike with a peer is here, once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random_source.hpp"
#include "teredo/drop_reason.hpp"
#include "teredo/output.hpp"
#include "teredo/peer_table.hpp"
#include "teredo/pending_queue.hpp"
#include "teredo/status.hpp"

namespace miredo::teredo {

class Peers {
  public:
    // At most `capacity` peers. `counters` must outlive this.
    Peers(std::uint32_t capacity, RandomSource& random, Counters& counters);

    [[nodiscard]] Peer* find(const Ipv6Address& address) { return table_.find(address); }
    [[nodiscard]] bool has_many() const { return table_.has_many(); }
    void expect(std::span<const Ipv6Address> addresses) const { table_.expect(addresses); }
    // The peer with this address, made where there is none and somebody can make room for it;
    // nullptr where nobody can.
    [[nodiscard]] Peer* obtain(Instant now, const Ipv6Address& address);
    // What waits for the peer is dropped for `reason`.
    void forget(Peer& peer, DropReason reason);
    void forget_all(DropReason reason);
    // Forgets those whose mapping `is_allowed(mapping)` refuses; one without a mapping yet stays.
    template <typename IsAllowed>
    void forget_refused(IsAllowed is_allowed) {
        PeerSlab& slab = table_.slab();
        for (std::uint32_t index = 0; index < slab.end(); ++index) {
            Peer* const peer = slab.find(index);
            if (peer != nullptr && peer->mapping.port != 0 && !is_allowed(peer->mapping)) {
                forget(*peer, DropReason::kMappedAddressUnusable);
            }
        }
    }

    // A packet was accepted from `mapping`, which is the peer's from now on (RFC 4380 §5.2.3, cases
    // 1 to 3; §5.4.2): it is trusted, its budgets are full again, and what waited for it leaves. It
    // counts as proven when we had sent to it before.
    void accept(Instant now, Peer& peer, Endpoint mapping, Output& output);
    // The peer gave proof that cannot be forged blindly: a nonce of ours came back.
    void prove(Peer& peer) { table_.prove(peer); }
    // Case 1 of RFC 4380 §5.2.4 and §5.4.1: sends a packet of our host to the peer's mapping.
    void forward(Instant now, Peer& peer, Bytes packet, Output& output);

    // Queues a packet of our host, or drops it as kQueueFull and returns false.
    bool enqueue(Instant now, Peer& peer, Bytes packet);
    // The oldest packet that waits for the peer, now the caller's to send or drop. Readable until
    // the next call.
    [[nodiscard]] std::optional<Bytes> dequeue(Peer& peer) { return pending_.pop(peer); }

    // Attempts (RFC 4380 §5.2.4, §5.2.9, §5.4.1): a transmission, repeated every two seconds.
    // Starts one, or counts a repeat; the next step is due in kAttemptInterval.
    void schedule_attempt(Instant now, Peer& peer);
    void end_attempt(Peer& peer);
    // A peer whose attempt is due, or nullptr. It stays due until scheduled anew or ended.
    [[nodiscard]] Peer* due_attempt(Instant now);
    // A peer whose oldest packet has waited too long, or nullptr.
    [[nodiscard]] Peer* overdue(Instant now);
    // What is due, a bounded number of steps: each attempt to `repeat(Peer&)`, which schedules it
    // anew or ends it; each packet that has waited too long to `expire(Bytes)`, whose it is then.
    // Peers that nobody has used for too long are forgotten.
    template <typename Repeat, typename Expire>
    void run_due(Instant now, Repeat repeat, Expire expire) {
        int steps = kStepsPerTimeout;
        for (Peer* peer = due_attempt(now); peer != nullptr && steps > 0; --steps) {
            repeat(*peer);
            peer = due_attempt(now);
        }
        for (Peer* peer = overdue(now); peer != nullptr && steps > 0; --steps) {
            if (const std::optional<Bytes> packet = dequeue(*peer)) {
                expire(*packet);
            }
            peer = overdue(now);
        }
        for (Peer* peer = table_.idle(now); peer != nullptr && steps > 0; --steps) {
            forget(*peer, DropReason::kPeerEvicted);
            peer = table_.idle(now);
        }
    }

    // When run_due() has something to do.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // Appends the status of each peer in at most `slots` places of the table from `from` on, in an
    // order that stays while peers come and go. Returns where to go on; kNoIndex at the end.
    [[nodiscard]] std::uint32_t list(Instant now,
                                     std::uint32_t from,
                                     std::uint32_t slots,
                                     std::vector<PeerStatus>& peers) const;

    [[nodiscard]] std::uint32_t capacity() const { return table_.capacity(); }
    [[nodiscard]] std::uint32_t proven() const { return table_.proven(); }
    [[nodiscard]] std::uint32_t unproven() const { return table_.unproven(); }
    [[nodiscard]] std::size_t queued_packets() const { return pending_.packets(); }
    [[nodiscard]] std::size_t queued_bytes() const { return pending_.bytes(); }

  private:
    // The rest is due at once, after other input had its turn.
    static constexpr int kStepsPerTimeout = 64;

    PeerTable table_;
    PendingQueue pending_;
    // All attempts have the same interval: the order of scheduling is the order of being due.
    PeerList<&Peer::by_attempt> attempts_;
    std::optional<Instant> first_due_;
    Counters* counters_;
};

}  // namespace miredo::teredo
