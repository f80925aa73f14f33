// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The nonces of the Router Solicitations one server has not answered yet (RFC 4380 §5.2.1, §7.2.1):
// each is good for one advertisement, and only as long as an answer is waited for.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "teredo/constants.hpp"
#include "teredo/peer.hpp"

namespace miredo::teredo {

class SolicitationNonces {
  public:
    void add(Instant now, std::uint64_t nonce) {
        entries_[next_] = {nonce, now};
        next_ = (next_ + 1) % entries_.size();
    }
    [[nodiscard]] bool is_waiting(Instant now) const {
        return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return is_within(entry.sent_at, kSolicitationTimeout, now);
        });
    }
    // When it was sent, until it is spent; nothing for any other.
    [[nodiscard]] std::optional<Instant> find(Instant now, std::uint64_t nonce) const {
        for (const Entry& entry : entries_) {
            if (entry.nonce == nonce && is_within(entry.sent_at, kSolicitationTimeout, now)) {
                return entry.sent_at;
            }
        }
        return std::nullopt;
    }
    void spend(std::uint64_t nonce) {
        for (Entry& entry : entries_) {
            if (entry.nonce == nonce) {
                entry.sent_at = kNever;
            }
        }
    }
    void clear() { entries_ = {}; }

  private:
    struct Entry {
        std::uint64_t nonce = 0;
        Instant sent_at = kNever;
    };

    // The first gaps are shorter than a slow answer takes.
    std::array<Entry, 4> entries_{};
    std::size_t next_ = 0;
};

}  // namespace miredo::teredo
