// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peer_table.hpp"

#include <algorithm>
#include <bit>

namespace miredo::teredo {

Peer& PeerSlab::take() {
    std::uint32_t index = first_free_;
    if (index != kNoIndex) {
        first_free_ = (*this)[index].next_in_bucket;
    } else {
        index = used_++;
        if (index / kChunkSize == chunks_.size()) {
            chunks_.push_back(std::make_unique<Chunk>());
        }
    }
    Peer& peer = (*this)[index];
    peer = Peer{};
    peer.index = index;
    peer.is_taken = true;
    return peer;
}

void PeerSlab::give_back(Peer& peer) {
    peer.is_taken = false;
    peer.next_in_bucket = first_free_;
    first_free_ = peer.index;
}

PeerTable::PeerTable(std::uint32_t capacity, RandomSource& random)
    : slab_{std::max(capacity, 1U)},
      key_{SipHashKey::generate(random)},
      buckets_(std::bit_ceil(std::max(capacity, 1U)), kNoIndex) {}

std::uint32_t& PeerTable::bucket(const Ipv6Address& address) {
    return buckets_[siphash(key_, address.bytes()) & (buckets_.size() - 1)];
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
    if (Peer* const stranger = oldest(unproven_)) {
        return stranger;
    }
    Peer* const friendly = oldest(proven_);
    return friendly != nullptr && !friendly->is_valid(now) ? friendly : nullptr;
}

Peer* PeerTable::idle(Instant now) {
    for (const UseList* const list : {&unproven_, &proven_}) {
        Peer* const peer = oldest(*list);
        if (peer != nullptr && !is_within(peer->last_use, kPeerLifetime, now)) {
            return peer;
        }
    }
    return nullptr;
}

Peer* PeerTable::any() {
    Peer* const stranger = oldest(unproven_);
    return stranger != nullptr ? stranger : oldest(proven_);
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
    peer.last_use = now;
    UseList& list = list_of(peer);
    if (list.back() != peer.index) {
        list.remove(slab_, peer);
        list.push_back(slab_, peer);
    }
}

void PeerTable::prove(Peer& peer) {
    if (!peer.is_proven) {
        unproven_.remove(slab_, peer);
        peer.is_proven = true;
        proven_.push_back(slab_, peer);
    }
}

}  // namespace miredo::teredo
