// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Very many Teredo clients (RFC 4380 §4), each at an IPv4 address of its own: nothing is kept of
// one, all follows from its number.
#pragma once

#include <cstdint>

#include "bench/load/options.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::bench {

class PeerSet {
  public:
    explicit PeerSet(const Options& options);

    // The one whose turn it is after `turn` others. All have a turn before the first has another
    // one, and neighbours are far apart: a list of them is not read from front to back.
    [[nodiscard]] Endpoint endpoint(std::uint64_t turn) const {
        const auto number = static_cast<std::uint32_t>(turn * stride_ % count_);
        return {Ipv4Address{first_.value() + number}, port_};
    }
    [[nodiscard]] Ipv6Address address(Endpoint endpoint) const {
        return wire::TeredoAddress{server_, 0, endpoint}.to_ipv6();
    }

  private:
    Ipv4Address first_;
    Ipv4Address server_;
    std::uint16_t port_;
    std::uint64_t count_;
    std::uint64_t stride_;
};

// Where things go: the relay's peers in turn, or a server's clients.
[[nodiscard]] Tally solicit(const Options& options);       // Router Solicitations to a server
[[nodiscard]] Tally send_bubbles(const Options& options);  // indirect bubbles through a server
[[nodiscard]] Tally send_up(const Options& options);       // peers' packets for a native host
[[nodiscard]] Tally send_down(const Options& options);     // a native host's packets for peers
[[nodiscard]] Tally send_flow(const Options& options);     // from one native address to another
[[nodiscard]] Tally answer(const Options& options);        // a relay's bubbles, as their server

}  // namespace miredo::bench
