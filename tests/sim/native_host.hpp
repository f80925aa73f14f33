// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A host with native IPv6 and nothing else.
#pragma once

#include "sim/ipv6_stack.hpp"
#include "sim/network.hpp"

namespace miredo::sim {

class NativeHost final : public Host {
  public:
    NativeHost(Network& network, const Ipv6Address& address)
        : network_{network}, address_{address} {}

    [[nodiscard]] const Ipv6Address& address() const { return address_; }
    [[nodiscard]] const Ipv6Stack& stack() const { return stack_; }
    void forget_past() { stack_.clear(); }

    void ping(const Ipv6Address& to, std::uint16_t sequence) {
        network_.send_ipv6(*this, make_echo_request(address_, to, sequence));
    }

    void handle_datagram(Instant /*now*/, const UdpDatagram& /*datagram*/) override {}
    void handle_ipv6(Instant now, Bytes packet) override {
        if (const auto answer = stack_.take(now, address_, packet)) {
            network_.send_ipv6(*this, *answer);
        }
    }
    void handle_timeout(Instant /*now*/) override {}
    [[nodiscard]] std::optional<Instant> next_deadline() const override { return std::nullopt; }

  private:
    Network& network_;
    Ipv6Address address_;
    Ipv6Stack stack_;
};

}  // namespace miredo::sim
