// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peers.hpp"

#include <algorithm>

#include "wire/teredo_address.hpp"

namespace miredo::teredo {
namespace {

std::optional<Duration> age(Instant now, Instant then) {
    return then == kNever ? std::nullopt : std::optional{now - then};
}

PeerState state_of(Instant now, const Peer& peer, PeerKind kind) {
    if (peer.is_reachable(now)) {
        return kind == PeerKind::kTeredo ? PeerState::kDirect : PeerState::kRelay;
    }
    if (peer.is_attempting) {
        return PeerState::kProbing;
    }
    return peer.last_rx == kNever && peer.last_tx != kNever ? PeerState::kFailed : PeerState::kIdle;
}

PeerStatus describe(Instant now, const Peer& peer) {
    PeerStatus status;
    status.address = peer.address;
    status.kind =
        wire::kTeredoPrefix.contains(peer.address) ? PeerKind::kTeredo : PeerKind::kNative;
    status.state = state_of(now, peer, status.kind);
    if (peer.mapping.port != 0) {
        status.endpoint = peer.mapping;
    }
    status.last_received = age(now, peer.last_rx);
    status.last_transmitted = age(now, peer.last_tx);
    status.queued_packets = peer.pending_packets;
    status.attempts = peer.attempts;
    return status;
}

}  // namespace

Peers::Peers(std::uint32_t capacity, RandomSource& random, Counters& counters)
    : table_{capacity, random}, counters_{&counters} {}

Peer* Peers::obtain(Instant now, const Ipv6Address& address) {
    if (Peer* const known = table_.find(address)) {
        return known;
    }
    // At most two leave for each that comes, so that the work stays bounded and idle peers
    // nevertheless disappear.
    if (Peer* const idle = table_.idle(now)) {
        forget(*idle, DropReason::kPeerEvicted);
    }
    if (!table_.has_room()) {
        Peer* const victim = table_.victim(now);
        if (victim == nullptr) {
            return nullptr;
        }
        forget(*victim, DropReason::kPeerEvicted);
    }
    return &table_.insert(now, address);
}

void Peers::forget(Peer& peer, DropReason reason) {
    while (pending_.pop(peer)) {
        counters_->drop(reason);
    }
    end_attempt(peer);
    table_.erase(peer);
}

void Peers::forget_all(DropReason reason) {
    while (Peer* const peer = table_.any()) {
        forget(*peer, reason);
    }
}

void Peers::accept(Instant now, Peer& peer, Endpoint mapping, Output& output) {
    peer.mapping = mapping;
    peer.is_trusted = true;
    peer.last_rx = now;
    peer.refill_budget();
    table_.touch(now, peer);
    if (peer.last_tx != kNever) {
        table_.prove(peer);
    }
    end_attempt(peer);
    while (const std::optional<Bytes> packet = pending_.pop(peer)) {
        peer.last_tx = now;
        output.send(ServiceSocket::kPrimary, mapping, *packet);
        ++counters_->forwarded_to_udp;
    }
}

void Peers::forward(Instant now, Peer& peer, Bytes packet, Output& output) {
    peer.last_tx = now;
    table_.touch(now, peer);
    output.forward_to_udp(peer.mapping, packet);
    ++counters_->forwarded_to_udp;
}

bool Peers::enqueue(Instant now, Peer& peer, Bytes packet) {
    table_.touch(now, peer);
    if (!pending_.push(now, peer, packet)) {
        counters_->drop(DropReason::kQueueFull);
        return false;
    }
    return true;
}

void Peers::schedule_attempt(Instant now, Peer& peer) {
    if (peer.is_attempting) {
        attempts_.remove(table_.slab(), peer);
    }
    peer.is_attempting = true;
    ++peer.attempts;
    peer.attempt_due = now + kAttemptInterval;
    attempts_.push_back(table_.slab(), peer);
    first_due_ = table_.slab()[attempts_.front()].attempt_due;
}

void Peers::end_attempt(Peer& peer) {
    if (!peer.is_attempting) {
        return;
    }
    attempts_.remove(table_.slab(), peer);
    peer.is_attempting = false;
    peer.attempts = 0;
    first_due_.reset();
    if (!attempts_.empty()) {
        first_due_ = table_.slab()[attempts_.front()].attempt_due;
    }
}

Peer* Peers::due_attempt(Instant now) {
    return first_due_ && *first_due_ <= now ? &table_.slab()[attempts_.front()] : nullptr;
}

Peer* Peers::overdue(Instant now) {
    const std::uint32_t index = pending_.overdue(now);
    return index == kNoIndex ? nullptr : &table_.slab()[index];
}

std::uint32_t Peers::list(Instant now,
                          std::uint32_t from,
                          std::uint32_t slots,
                          std::vector<PeerStatus>& peers) const {
    const PeerSlab& slab = table_.slab();
    if (from >= slab.end()) {
        return kNoIndex;
    }
    const std::uint32_t end = from + std::min(slots, slab.end() - from);
    for (std::uint32_t index = from; index < end; ++index) {
        if (const Peer* const peer = slab.find(index)) {
            peers.push_back(describe(now, *peer));
        }
    }
    return end < slab.end() ? end : kNoIndex;
}

std::optional<Instant> Peers::next_deadline() const {
    std::optional<Instant> next = first_due_;
    for (const std::optional<Instant>& other : {pending_.next_deadline(), table_.next_idle()}) {
        if (other) {
            next = std::min(next.value_or(*other), *other);
        }
    }
    return next;
}

}  // namespace miredo::teredo
