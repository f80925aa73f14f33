// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Somebody who sees much of what crosses the core, can't keep it from arriving, and sends whatever
// may do harm, with any source that he likes: replays, changed copies, and forgeries of each kind
// (reliability's §2.2).
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "sim/network.hpp"
#include "sim/seeded_random.hpp"

namespace miredo::swarm {

class Attacker final : public sim::Host, public sim::Observer {
  public:
    // `targets` are sockets that everybody knows: servers and relays.
    Attacker(sim::Network& network,
             Endpoint own,
             std::vector<Endpoint> targets,
             std::vector<Ipv6Address> natives,
             std::uint64_t seed);

    void stop() { next_.reset(); }

    void on_core(Instant now, const sim::Transmission& datagram) override;

    void handle_datagram(Instant /*now*/, const sim::UdpDatagram& /*datagram*/) override {}
    void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}
    void handle_timeout(Instant now) override;
    [[nodiscard]] std::optional<Instant> next_deadline() const override { return next_; }

  private:
    struct Seen {
        Endpoint from;
        Endpoint to;
        sim::Packet bytes;
    };

    void attack();
    void replay();
    void forge();
    void forge_advertisement();
    void forge_reply();
    void flood();
    void send(Endpoint from, Endpoint to, Bytes bytes);
    void mutate(sim::Packet& bytes);
    [[nodiscard]] Endpoint any_endpoint();
    [[nodiscard]] Ipv6Address any_address();
    [[nodiscard]] Ipv6Address made_up_peer();
    [[nodiscard]] std::optional<Ipv6Address> some_client();

    sim::Network& network_;
    Endpoint own_;
    std::vector<Endpoint> targets_;
    std::vector<Ipv6Address> natives_;
    sim::SeededRandom random_;
    std::optional<Instant> next_;
    // Who has tested whom last (RFC 4380 §5.2.9).
    std::optional<std::pair<Ipv6Address, Ipv6Address>> test_;
    std::vector<Seen> seen_;              // at most kSeen
    std::vector<Ipv6Address> addresses_;  // Teredo addresses in what was seen, at most kSeen
};

}  // namespace miredo::swarm
