// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The three roles as hosts: what is around the engine in each. They are templates for the sake of
// roles that are watched; ClientHost, RelayHost and ServerHost have the roles as they are.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/ipv6_stack.hpp"
#include "sim/role_host.hpp"
#include "teredo/client.hpp"
#include "teredo/relay.hpp"
#include "teredo/server.hpp"

namespace miredo::sim {

// What the kernel does to a packet that it forwards (RFC 8200 §3); false where the packet ends
// here.
[[nodiscard]] bool decrement_hop_limit(Packet& packet);

// A client with the host it serves: the tunnel device's address and an IPv6 stack above it.
template <teredo::Role Client>
class ClientHostOf final : public RoleHost<Client> {
  public:
    using RoleHost<Client>::RoleHost;

    // The address on the device now, and every one that it had, in order.
    [[nodiscard]] const std::optional<Ipv6Address>& address() const { return address_; }
    [[nodiscard]] const std::vector<Ipv6Address>& address_history() const { return history_; }
    [[nodiscard]] const std::vector<std::pair<Instant, teredo::Event>>& events() const {
        return events_;
    }
    [[nodiscard]] const Ipv6Stack& stack() const { return stack_; }
    // Empties events(), address_history() and the stack's inbox, for runs that last.
    void forget_past() {
        events_.clear();
        history_.clear();
        stack_.clear();
    }

    // Only with an address.
    void ping(const Ipv6Address& to, std::uint16_t sequence) {
        this->give_packet(make_echo_request(address_.value(), to, sequence));
    }
    // Any packet from the host's stack.
    void send_packet(Bytes packet) { this->give_packet(packet); }

    void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}

  private:
    void take_ipv6(Packet packet) override {
        auto answer = stack_.take(this->network().now(), address_, packet);
        if (answer) {
            // A turn of its own: the stack answers after the role has returned.
            this->network().schedule(
                Duration::zero(), [this, bytes = *std::move(answer)] { this->give_packet(bytes); });
        }
    }
    void take_event(const teredo::Event& event) override {
        events_.emplace_back(this->network().now(), event);
        if (const auto* learnt = std::get_if<teredo::AddressLearnt>(&event)) {
            address_ = learnt->address;  // replaces the one before: never two
            history_.push_back(learnt->address);
        } else if (std::holds_alternative<teredo::AddressLost>(event)) {
            address_.reset();
        } else if (std::holds_alternative<teredo::SecondaryPortNeeded>(event)) {
            open_secondary_port();
        } else if (std::holds_alternative<teredo::SecondaryPortDone>(event)) {
            this->set_secondary_open(false);
        }
    }
    // Where there is one to be opened; a turn of its own, as an answer is.
    void open_secondary_port() {
        if (!this->sockets().secondary) {
            return;
        }
        this->set_secondary_open(true);
        this->network().schedule_for(*this, Duration::zero(), [this] {
            this->with_role([](Client& role, Instant now, teredo::Output& output) {
                role.handle_secondary_port(now, output);
            });
        });
    }

    std::optional<Ipv6Address> address_;
    std::vector<Ipv6Address> history_;
    std::vector<std::pair<Instant, teredo::Event>> events_;
    Ipv6Stack stack_;
};

// A relay on a router: the kernel forwards between its tunnel device and the native network.
template <teredo::Role Relay>
class RelayHostOf final : public RoleHost<Relay> {
  public:
    using RoleHost<Relay>::RoleHost;

    void handle_ipv6(Instant /*now*/, Bytes packet) override {
        Packet forwarded = to_packet(packet);
        if (decrement_hop_limit(forwarded)) {
            this->give_packet(forwarded);
        }
    }

  private:
    void take_ipv6(Packet packet) override {
        if (decrement_hop_limit(packet)) {
            this->network().send_ipv6(*this, packet);
        }
    }
    void take_event(const teredo::Event& /*event*/) override {
        throw std::logic_error{"a relay has nothing to tell"};
    }
};

template <teredo::Role Server>
class ServerHostOf final : public RoleHost<Server> {
  public:
    using RoleHost<Server>::RoleHost;

    void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}

  private:
    void take_ipv6(Packet packet) override { this->network().send_ipv6(*this, packet); }
    void take_event(const teredo::Event& /*event*/) override {
        throw std::logic_error{"a server has nothing to tell"};
    }
};

using ClientHost = ClientHostOf<teredo::Client>;
using RelayHost = RelayHostOf<teredo::Relay>;
using ServerHost = ServerHostOf<teredo::Server>;

extern template class ClientHostOf<teredo::Client>;
extern template class RelayHostOf<teredo::Relay>;
extern template class ServerHostOf<teredo::Server>;

}  // namespace miredo::sim
