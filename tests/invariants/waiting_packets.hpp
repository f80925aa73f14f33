// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The packets that a role keeps, as somebody sees it who only knows what went in and came out: what
// comes out must have gone in, comes out once, and in its order (S6, S10).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"

namespace miredo::invariants {

class WaitingPackets {
  public:
    // `peer` is the one the packet waits for; `relay` where it has to be reached, if that matters.
    void add(const Ipv6Address& peer, Endpoint relay, Bytes packet);
    // True where `packet` waited for the peer; all that waited longer for it must be gone too.
    [[nodiscard]] bool take(const Ipv6Address& peer, Endpoint relay, Bytes packet);
    // `quoted` is the beginning of a packet that waits, or waited, for anybody.
    [[nodiscard]] bool has_quoted(Bytes quoted) const;
    void clear() { entries_.clear(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

  private:
    struct Entry {
        Ipv6Address peer;
        Endpoint relay;
        std::size_t size = 0;
        std::uint64_t hash = 0;  // of as much of it as an ICMPv6 error quotes
    };

    std::deque<Entry> entries_;  // oldest first; some of them long dropped by the role
};

}  // namespace miredo::invariants
