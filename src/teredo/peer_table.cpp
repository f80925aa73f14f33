// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peer_table.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace miredo::teredo {

PeerTable::PeerTable(std::uint32_t capacity, RandomSource& random)
    : slab_{std::max(capacity, 1U)},
      key_{SipHashKey::generate(random)},
      buckets_(std::bit_ceil(std::max(capacity, 1U)), kNoIndex) {}

std::size_t PeerTable::place(const Ipv6Address& address) const {
    return siphash(key_, address.bytes()) & (buckets_.size() - 1);
}

void PeerTable::expect(std::span<const Ipv6Address> addresses) const {
    addresses = addresses.first(std::min(addresses.size(), kExpectedAtOnce));
    std::array<std::size_t, kExpectedAtOnce> places;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        places[i] = place(addresses[i]);
        __builtin_prefetch(&buckets_[places[i]]);
    }
    for (const std::size_t at : std::span{places}.first(addresses.size())) {
        fetch(buckets_[at]);
    }
    // There are hardly more buckets than peers: a third of these come after another in theirs, most
    // of them right after it.
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (const std::uint32_t first = buckets_[places[i]];
            first != kNoIndex && slab_[first].address != addresses[i]) {
            fetch(slab_[first].next_in_bucket);
        }
    }
}

void PeerTable::fetch(std::uint32_t index) const {
    if (index != kNoIndex) {
        const Peer& peer = slab_[index];
        __builtin_prefetch(&peer);
        __builtin_prefetch(&peer.budget);  // what every packet needs ends there
    }
}

Peer* PeerTable::find(const Ipv6Address& address) {
    std::uint32_t index = bucket(address);
    while (index != kNoIndex) {
        Peer& peer = slab_[index];
        if (peer.address == address) {
            return &peer;
        }
        index = peer.next_in_bucket;
    }
    return nullptr;
}

bool PeerTable::has_room() const {
    const std::uint32_t unproven_limit = std::max(capacity() / 2, 1U);
    return proven() + unproven() < capacity() && unproven() < unproven_limit;
}

Peer* PeerTable::victim(Instant now) {
    for (const UseList* const list : {&resting_, &unproven_}) {
        if (Peer* const unproven = oldest(*list)) {
            return unproven;
        }
    }
    Peer* const friendly = oldest(proven_);
    return friendly != nullptr && !friendly->is_valid(now) ? friendly : nullptr;
}

Peer* PeerTable::idle(Instant now) {
    // At most so many come to rest at once; the others are still due then.
    constexpr int kSteps = 16;
    for (int i = 0; i < kSteps; ++i) {
        Peer* const peer = oldest(unproven_);
        if (peer == nullptr || is_within(peer->last_use, kStrangerLifetime, now)) {
            break;
        }
        if (peer->is_stranger()) {
            return peer;
        }
        unproven_.remove(slab_, *peer);
        peer->is_resting = true;
        resting_.push_back(slab_, *peer);
    }
    for (const UseList* const list : {&resting_, &proven_}) {
        Peer* const peer = oldest(*list);
        if (peer != nullptr && !is_within(peer->last_use, kPeerLifetime, now)) {
            return peer;
        }
    }
    return nullptr;
}

std::optional<Instant> PeerTable::next_idle() const {
    std::optional<Instant> next;
    const auto consider = [&](const UseList& list, Duration lifetime) {
        if (!list.empty()) {
            const Instant idle_at = slab_[list.front()].last_use + lifetime;
            next = std::min(next.value_or(idle_at), idle_at);
        }
    };
    consider(unproven_, kStrangerLifetime);
    consider(resting_, kPeerLifetime);
    consider(proven_, kPeerLifetime);
    return next;
}

Peer* PeerTable::any() {
    for (const UseList* const list : {&unproven_, &resting_, &proven_}) {
        if (Peer* const peer = oldest(*list)) {
            return peer;
        }
    }
    return nullptr;
}

Peer& PeerTable::insert(Instant now, const Ipv6Address& address) {
    Peer& peer = slab_.take();
    peer.address = address;
    peer.last_use = now;
    std::uint32_t& head = bucket(address);
    peer.next_in_bucket = head;
    head = peer.index;
    unproven_.push_back(slab_, peer);
    return peer;
}

void PeerTable::erase(Peer& peer) {
    std::uint32_t* link = &bucket(peer.address);
    while (*link != peer.index) {
        link = &slab_[*link].next_in_bucket;
    }
    *link = peer.next_in_bucket;
    list_of(peer).remove(slab_, peer);
    slab_.give_back(peer);
}

void PeerTable::touch(Instant now, Peer& peer) {
    // A peer's neighbours on the list are somewhere in memory: not with every packet.
    if (peer.is_proven && is_within(peer.last_use, kUseResolution, now)) {
        return;
    }
    peer.last_use = now;
    if (list_of(peer).back() == peer.index && !peer.is_resting) {
        return;
    }
    list_of(peer).remove(slab_, peer);
    peer.is_resting = false;
    list_of(peer).push_back(slab_, peer);
}

void PeerTable::prove(Peer& peer) {
    if (!peer.is_proven) {
        list_of(peer).remove(slab_, peer);
        peer.is_proven = true;
        peer.is_resting = false;
        proven_.push_back(slab_, peer);
    }
}

}  // namespace miredo::teredo
