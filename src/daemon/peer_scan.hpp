// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One question for a page of peers, answered in steps by one shard after the other; the control
// thread has it before the first step, between shards and after the last step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/instance.hpp"
#include "teredo/peer.hpp"

namespace miredo::daemon {

class PeerScan {
  public:
    PeerScan(const PeerQuery& query, Instance::PeersListed done, std::size_t shards = 1)
        : query_{query}, done_{std::move(done)}, shards_{shards} {}

    // Whose table is next.
    [[nodiscard]] std::size_t shard() const { return shard_; }

    // Looks at the next places of the table: `list` is the role's list_peers().
    template <typename List>
    void step(List list) {
        found_.clear();
        next_ = list(next_, kSlotsPerStep, found_);
        for (const teredo::PeerStatus& peer : found_) {
            if (matches(peer)) {
                take(peer);
            }
        }
        if (next_ == teredo::kNoIndex) {
            next_ = 0;
            ++shard_;
        }
    }
    [[nodiscard]] bool is_complete() const { return shard_ == shards_; }
    void finish() { done_(std::move(page_)); }

  private:
    // Some tens of microseconds: less than a batch of packets takes.
    static constexpr std::uint32_t kSlotsPerStep = 1024;

    [[nodiscard]] bool matches(const teredo::PeerStatus& peer) const {
        return (!query_.kind || *query_.kind == peer.kind) &&
               (!query_.state || *query_.state == peer.state) &&
               (!query_.address || *query_.address == peer.address);
    }
    void take(const teredo::PeerStatus& peer) {
        if (page_.total >= query_.offset && page_.peers.size() < query_.limit) {
            page_.peers.push_back(peer);
        }
        ++page_.total;
    }

    PeerQuery query_;
    Instance::PeersListed done_;
    std::vector<teredo::PeerStatus> found_;
    PeerPage page_;
    std::size_t shards_;
    std::size_t shard_ = 0;
    std::uint32_t next_ = 0;
};

}  // namespace miredo::daemon
