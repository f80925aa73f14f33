// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Storage for peers, and doubly linked lists through them: constant time, no allocation per entry.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "teredo/peer.hpp"

namespace miredo::teredo {

// Peers by index. Memory comes in chunks, the first time that many peers are there, and stays.
class PeerSlab {
  public:
    explicit PeerSlab(std::uint32_t capacity) : capacity_{capacity} {
        chunks_.reserve((std::size_t{capacity} + kChunkSize - 1) / kChunkSize);
    }

    [[nodiscard]] Peer& operator[](std::uint32_t index) {
        return (*chunks_[index / kChunkSize])[index % kChunkSize];
    }
    [[nodiscard]] const Peer& operator[](std::uint32_t index) const {
        return (*chunks_[index / kChunkSize])[index % kChunkSize];
    }
    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
    // Beyond all that were ever taken.
    [[nodiscard]] std::uint32_t end() const { return used_; }

    // A fresh peer; only while fewer than capacity() are taken.
    [[nodiscard]] Peer& take();
    void give_back(Peer& peer);

  private:
    static constexpr std::uint32_t kChunkSize = 128;
    using Chunk = std::array<Peer, kChunkSize>;

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::uint32_t capacity_;
    std::uint32_t used_ = 0;               // indices below have been handed out at least once
    std::uint32_t first_free_ = kNoIndex;  // given back ones, linked by next_in_bucket
};

// A list of peers, oldest first, through one of their link members.
template <PeerLinks Peer::*kLinks>
class PeerList {
  public:
    [[nodiscard]] bool empty() const { return first_ == kNoIndex; }
    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] std::uint32_t front() const { return first_; }  // kNoIndex where empty
    [[nodiscard]] std::uint32_t back() const { return last_; }

    void push_back(PeerSlab& slab, Peer& peer) {
        (peer.*kLinks) = {last_, kNoIndex};
        (last_ == kNoIndex ? first_ : (slab[last_].*kLinks).next) = peer.index;
        last_ = peer.index;
        ++size_;
    }

    void remove(PeerSlab& slab, Peer& peer) {
        const PeerLinks links = peer.*kLinks;
        (links.previous == kNoIndex ? first_ : (slab[links.previous].*kLinks).next) = links.next;
        (links.next == kNoIndex ? last_ : (slab[links.next].*kLinks).previous) = links.previous;
        (peer.*kLinks) = {};
        --size_;
    }

  private:
    std::uint32_t first_ = kNoIndex;
    std::uint32_t last_ = kNoIndex;
    std::uint32_t size_ = 0;
};

}  // namespace miredo::teredo
