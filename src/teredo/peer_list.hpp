// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Doubly linked lists through the peers of a slab: constant time, no allocation per entry.
#pragma once

#include <cstdint>

#include "teredo/peer_slab.hpp"

namespace miredo::teredo {

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
