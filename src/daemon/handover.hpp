// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the shards of a relay have in common: a way for datagrams from the one that got them to the
// one that knows their peer. The kernel goes by where a datagram comes from. A peer goes by its
// Teredo address, and there are datagrams for which the two are not the same: what a server sends
// in a client's name (RFC 4380 §5.3.1), what clients behind symmetric NATs send (RFC 6081 §5.2).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/error.hpp"
#include "io/datagram_ring.hpp"
#include "io/unique_fd.hpp"

namespace miredo::daemon {

// The mapping that stands in the Teredo address which the datagram's packet comes from; of any
// other IPv6 source the same octets. Nothing where there is no packet in it.
[[nodiscard]] std::optional<Endpoint> mapping_of_source(Bytes datagram);

// Bounded rings from each shard to each other one, and what wakes them up.
class Handover {
  public:
    // `shards` ≥ 2.
    [[nodiscard]] static Expected<std::shared_ptr<Handover>> create(std::uint32_t shards);

    [[nodiscard]] std::uint32_t shards() const {
        return static_cast<std::uint32_t>(wakeups_.size());
    }
    [[nodiscard]] int wakeup(std::uint32_t shard) const { return wakeups_[shard].get(); }
    [[nodiscard]] io::DatagramRing& ring(std::uint32_t from, std::uint32_t to) {
        return *rings_[from * shards() + to];
    }

  private:
    Handover() = default;

    std::vector<io::UniqueFd> wakeups_;  // eventfds, readable while there is something to take
    std::vector<std::unique_ptr<io::DatagramRing>> rings_;
};

// One shard's end, for its thread alone.
class HandoverEnd {
  public:
    HandoverEnd(std::shared_ptr<Handover> handover, std::uint32_t shard)
        : handover_{std::move(handover)}, shard_{shard} {}

    // False where the datagram is for this shard. Otherwise it is copied to the one that it is for,
    // or dropped and counted where that one has too many to take already.
    [[nodiscard]] bool pass_on(Endpoint from, Bytes datagram);
    // After some of them: tells those that got any.
    void wake_others();

    // Readable while there is something to take().
    [[nodiscard]] int fd() const { return handover_->wakeup(shard_); }
    // Calls `handle(Endpoint from, Bytes datagram)` for what others have passed on, in the order of
    // each of them, and `flush()` before the bytes are given back. Not for more than kTurn of each;
    // fd() stays readable then.
    template <typename Handle, typename Flush>
    void take(Handle handle, Flush flush) {
        acknowledge();
        bool is_rest = false;
        for (std::uint32_t other = 0; other < handover_->shards(); ++other) {
            if (other != shard_) {
                is_rest |= take_from(handover_->ring(other, shard_), handle);
            }
        }
        flush();
        for (std::uint32_t other = 0; other < handover_->shards(); ++other) {
            if (other != shard_) {
                handover_->ring(other, shard_).release();
            }
        }
        if (is_rest) {
            wake(shard_);
        }
    }

    [[nodiscard]] std::uint64_t passed_on() const { return passed_on_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    // As many as four batches: the shard's own datagrams and packets want their turn.
    static constexpr std::uint32_t kTurn = 256;

    // True where there may be more.
    template <typename Handle>
    static bool take_from(io::DatagramRing& ring, Handle& handle) {
        for (std::uint32_t i = 0; i < kTurn; ++i) {
            const auto item = ring.next();
            if (!item) {
                return false;
            }
            handle(item->from, item->bytes);
        }
        return true;
    }
    void acknowledge() const;
    void wake(std::uint32_t shard) const;

    std::shared_ptr<Handover> handover_;
    std::uint32_t shard_;
    std::uint64_t woken_ = 0;  // a bit for each shard that has got something
    std::uint64_t passed_on_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace miredo::daemon
