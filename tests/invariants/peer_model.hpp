// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What somebody who only sees a role's inputs and outputs knows of its peers: the budgets of
// RFC 4380 §5.2.6, where each was heard, and what has been proven to be where.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "teredo/status.hpp"

namespace miredo::invariants {

// RFC 4380 §5.2.4, case 1: how long a peer is taken for reachable after it was heard.
inline constexpr Duration kPeerValidity = std::chrono::seconds{30};
// A role may forget whom nobody used for ten minutes.
inline constexpr Duration kIdle = std::chrono::minutes{10} - std::chrono::seconds{1};

// A rate limit in its plainest form: the times of the last `burst` events. At most that many may
// fall into any span of burst/rate, and one more for each 1/rate beyond.
class RateCheck {
  public:
    constexpr RateCheck(std::uint32_t rate, std::uint32_t burst) : rate_{rate}, burst_{burst} {}
    // False where this event is one too many.
    [[nodiscard]] bool note(Instant now);

  private:
    std::uint32_t rate_;
    std::uint32_t burst_;
    double level_ = 0;  // tokens taken and not yet given back
    std::optional<Instant> last_;
};

// Bubbles or connectivity tests to one peer: no two within two seconds, no five without an answer
// within the window.
class AttemptRecord {
  public:
    // What is wrong with one more attempt now; nothing where it may be.
    [[nodiscard]] std::optional<std::string_view> note(Instant now, Duration window);
    void answered() { count_ = 0; }

  private:
    std::array<Instant, 4> last_{};  // the latest ones since an answer, in a ring
    std::uint32_t count_ = 0;
    std::optional<Instant> latest_;
};

struct KnownPeer {
    Ipv6Address address;
    AttemptRecord attempts;
    std::optional<Instant> sent_at;   // last time of our own accord
    std::optional<Instant> heard_at;  // last packet that was accepted from it
    std::optional<Instant> used_at;
    Endpoint heard_from;
    // Where a nonce of ours came back from.
    std::optional<Endpoint> proven_mapping;
    std::optional<std::uint32_t> bubble_nonce;  // of the latest indirect bubble
    Instant bubble_nonce_at;
    bool is_friend = false;  // heard after we had sent: no stranger
    std::size_t place = 0;   // in the role's list, as it was last seen
};

class PeerModel {
  public:
    [[nodiscard]] KnownPeer* find(const Ipv6Address& address);
    [[nodiscard]] KnownPeer& obtain(const Ipv6Address& address);
    void clear() { peers_.clear(); }
    // Drops whom the role has forgotten. False where one of them was a friend heard of late (S8).
    [[nodiscard]] bool keep_only(Instant now, std::span<const teredo::PeerStatus> known);

    // Connectivity tests under way: their nonces are the first 16 bytes of the echo's data.
    void note_test(Instant now, const Ipv6Address& peer, Bytes nonce);
    [[nodiscard]] bool is_test(Instant now, const Ipv6Address& peer, Bytes nonce);

    // Link-local sources of indirect bubbles that only their receiver has seen. A role knows them
    // again even where it has forgotten the peer meanwhile.
    void note_cookie(Instant now, const Ipv6Address& peer, const Ipv6Address& source);
    // Whether a bubble to `destination` shows that its sender got one of them.
    [[nodiscard]] bool
    is_cookie(Instant now, const Ipv6Address& peer, const Ipv6Address& destination) const;

  private:
    struct Cookie {
        Instant sent_at;
        Ipv6Address peer;
        Ipv6Address source;
    };
    struct Test {
        Instant sent_at;
        Ipv6Address peer;
        std::array<std::byte, 16> nonce{};
    };

    std::vector<KnownPeer> peers_;
    std::size_t latest_ = 0;  // whoever was looked for last
    std::deque<Test> tests_;
    std::deque<Cookie> cookies_;
};

}  // namespace miredo::invariants
