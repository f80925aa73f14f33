// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The bounded list of peers (RFC 4380 §5.2, §7.3.3). A keyed hash finds a peer, so that nobody can
// choose colliding addresses; proven and unproven peers are on lists of their own, ordered by last
// use, so that strangers cannot evict friends. Everything takes constant time, and memory is held
// for the peers there are.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "base/random_source.hpp"
#include "base/siphash.hpp"
#include "teredo/peer_list.hpp"

namespace miredo::teredo {

class PeerTable {
  public:
    // What a peer takes, its share of the hash table included.
    static constexpr std::size_t kBytesPerPeer = sizeof(Peer) + 2 * sizeof(std::uint32_t);

    // `capacity` peers at most (≥ 1), half of them unproven. Their memory is taken as they come,
    // and given back as they go.
    PeerTable(std::uint32_t capacity, RandomSource& random);

    [[nodiscard]] Peer* find(const Ipv6Address& address);
    // So many that the processor's caches lose them between two batches, in which the kernel works
    // for most of the time: expect() is worth its while.
    [[nodiscard]] bool has_many() const { return proven() + unproven() >= kMany; }
    // Each of these is about to be looked for, kExpectedAtOnce at most: they are fetched from
    // memory all at once instead of one by one.
    static constexpr std::size_t kExpectedAtOnce = 64;
    void expect(std::span<const Ipv6Address> addresses) const;

    [[nodiscard]] bool has_room() const;
    // Who has to go for somebody new when there is no room: the unproven peer unused longest; where
    // all are proven, the proven peer unused longest if it is not valid any more; otherwise nobody.
    [[nodiscard]] Peer* victim(Instant now);
    // Somebody who has not been used for too long, if any: kStrangerLifetime where nothing was ever
    // sent to it, else kPeerLifetime.
    [[nodiscard]] Peer* idle(Instant now);
    // When idle() is worth a call; it may find nobody nevertheless.
    [[nodiscard]] std::optional<Instant> next_idle() const;
    // Anybody, as long as there is anybody.
    [[nodiscard]] Peer* any();

    // Only with has_room(), and for an address that is not in the table. The new peer is unproven;
    // references to others stay good.
    Peer& insert(Instant now, const Ipv6Address& address);
    void erase(Peer& peer);

    // `peer` has been used: it becomes the last to go. Of a proven one that is noted once in
    // kUseResolution.
    void touch(Instant now, Peer& peer);
    // `peer` joins the proven ones.
    void prove(Peer& peer);

    [[nodiscard]] std::uint32_t proven() const { return proven_.size(); }
    [[nodiscard]] std::uint32_t unproven() const { return unproven_.size() + resting_.size(); }
    [[nodiscard]] std::uint32_t capacity() const { return slab_.capacity(); }
    [[nodiscard]] PeerSlab& slab() { return slab_; }
    [[nodiscard]] const PeerSlab& slab() const { return slab_; }

  private:
    static constexpr std::uint32_t kMany = 64;

    using UseList = PeerList<&Peer::by_use>;

    [[nodiscard]] std::size_t place(const Ipv6Address& address) const;
    // From memory into the cache, if `index` is a peer's.
    void fetch(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t& bucket(const Ipv6Address& address) {
        return buckets_[place(address)];
    }
    [[nodiscard]] UseList& list_of(const Peer& peer) {
        return peer.is_proven ? proven_ : (peer.is_resting ? resting_ : unproven_);
    }
    [[nodiscard]] Peer* oldest(const UseList& list) {
        return list.empty() ? nullptr : &slab_[list.front()];
    }

    PeerSlab slab_;
    SipHashKey key_;
    std::pmr::vector<std::uint32_t> buckets_;  // a power of two; first peer of each chain
    UseList proven_;
    UseList unproven_;
    // Those of them that had been unused for kStrangerLifetime and are no strangers: what was sent
    // to them limits what may be sent (RFC 4380 §5.2.6), longer than that.
    UseList resting_;
};

}  // namespace miredo::teredo
