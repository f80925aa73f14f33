// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The three roles as hosts: what is around the engine in each.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/ipv6_stack.hpp"
#include "sim/role_host.hpp"
#include "teredo/client.hpp"
#include "teredo/relay.hpp"
#include "teredo/server.hpp"

namespace miredo::sim {

// A client with the host it serves: the tunnel device's address and an IPv6 stack above it.
class ClientHost final : public RoleHost<teredo::Client> {
  public:
    using RoleHost::RoleHost;

    // The address on the device now, and every one that it had, in order.
    [[nodiscard]] const std::optional<Ipv6Address>& address() const { return address_; }
    [[nodiscard]] const std::vector<Ipv6Address>& address_history() const { return history_; }
    [[nodiscard]] const std::vector<std::pair<Instant, teredo::Event>>& events() const {
        return events_;
    }
    [[nodiscard]] const Ipv6Stack& stack() const { return stack_; }

    // Only with an address.
    void ping(const Ipv6Address& to, std::uint16_t sequence) {
        give_packet(make_echo_request(address_.value(), to, sequence));
    }
    // Any packet from the host's stack.
    void send_packet(Bytes packet) { give_packet(packet); }

    void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}

  private:
    void take_ipv6(Packet packet) override;
    void take_event(const teredo::Event& event) override;

    std::optional<Ipv6Address> address_;
    std::vector<Ipv6Address> history_;
    std::vector<std::pair<Instant, teredo::Event>> events_;
    Ipv6Stack stack_;
};

// A relay on a router: the kernel forwards between its tunnel device and the native network.
class RelayHost final : public RoleHost<teredo::Relay> {
  public:
    using RoleHost::RoleHost;

    void handle_ipv6(Instant now, Bytes packet) override;

  private:
    void take_ipv6(Packet packet) override;
    void take_event(const teredo::Event& event) override;
};

class ServerHost final : public RoleHost<teredo::Server> {
  public:
    using RoleHost::RoleHost;

    void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}

  private:
    void take_ipv6(Packet packet) override { network().send_ipv6(*this, packet); }
    void take_event(const teredo::Event& event) override;
};

}  // namespace miredo::sim
