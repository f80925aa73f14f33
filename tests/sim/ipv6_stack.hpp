// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The little of an IPv6 host that the scenarios need: it keeps what arrives, answers ICMPv6 echo
// requests to its address (RFC 4443 §4.2) and makes requests of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "sim/host.hpp"

namespace miredo::sim {

struct Arrival {
    Instant at;
    Packet packet;
};

class Ipv6Stack {
  public:
    // The answer that `packet` asks for, if any. `address` is the stack's own.
    [[nodiscard]] std::optional<Packet>
    take(Instant now, const std::optional<Ipv6Address>& address, Bytes packet);

    [[nodiscard]] const std::vector<Arrival>& inbox() const { return inbox_; }
    void clear() { inbox_.clear(); }
    // When the echo reply from `peer` with this sequence number arrived first.
    [[nodiscard]] std::optional<Instant> reply_from(const Ipv6Address& peer,
                                                    std::uint16_t sequence) const;
    // How many ICMPv6 destination-unreachable messages arrived with this code.
    [[nodiscard]] std::size_t unreachable_count(std::uint8_t code) const;

  private:
    std::vector<Arrival> inbox_;
};

// An echo request as `ping` makes one: hop limit 64.
[[nodiscard]] Packet
make_echo_request(const Ipv6Address& source, const Ipv6Address& to, std::uint16_t sequence);

}  // namespace miredo::sim
