// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A UDP host without any protocol: it keeps what arrives, and rings once when told to. For the
// simulator's own tests and for peers that a scenario plays by hand.
#pragma once

#include <optional>
#include <vector>

#include "sim/network.hpp"

namespace miredo::sim {

class PlainHost final : public Host {
  public:
    struct Received {
        Instant at;
        UdpDatagram datagram;
    };

    explicit PlainHost(Network& network) : network_{network} {}

    void send(Endpoint source, Endpoint to, Bytes bytes) {
        network_.send(*this, source, to, bytes);
    }
    void ring_at(Instant at) { deadline_ = at; }

    [[nodiscard]] const std::vector<Received>& received() const { return received_; }
    [[nodiscard]] const std::vector<Instant>& rings() const { return rings_; }
    [[nodiscard]] const std::vector<Packet>& ipv6_packets() const { return ipv6_packets_; }

    void handle_datagram(Instant now, const UdpDatagram& datagram) override {
        received_.push_back({now, datagram});
    }
    void handle_ipv6(Instant /*now*/, Bytes packet) override {
        ipv6_packets_.push_back(to_packet(packet));
    }
    void handle_timeout(Instant now) override {
        rings_.push_back(now);
        deadline_.reset();
    }
    [[nodiscard]] std::optional<Instant> next_deadline() const override { return deadline_; }

  private:
    Network& network_;
    std::vector<Received> received_;
    std::vector<Instant> rings_;
    std::vector<Packet> ipv6_packets_;
    std::optional<Instant> deadline_;
};

}  // namespace miredo::sim
