// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A host that runs one role of the engine: its sockets, and what it does with the role's output.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "sim/network.hpp"
#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "teredo/output.hpp"

namespace miredo::sim {

// The endpoints of a role's sockets; the second one is a server's.
struct Sockets {
    Endpoint primary;
    std::optional<Endpoint> secondary;
};

template <teredo::Role R>
class RoleHost : public Host {
  public:
    template <typename Settings>
    RoleHost(Network& network, Sockets sockets, Settings settings, std::uint64_t seed)
        : network_{network},
          sockets_{sockets},
          random_{seed},
          role_{std::move(settings), random_, network.now()} {}

    [[nodiscard]] R& role() { return role_; }
    [[nodiscard]] const R& role() const { return role_; }
    [[nodiscard]] const Sockets& sockets() const { return sockets_; }

    void handle_datagram(Instant now, const UdpDatagram& datagram) final {
        auto socket = teredo::ServiceSocket::kPrimary;
        if (datagram.to == sockets_.secondary) {
            socket = teredo::ServiceSocket::kSecondary;
        } else if (datagram.to != sockets_.primary) {
            return;  // no socket is bound there
        }
        role_.handle_datagram(now, {datagram.from, datagram.bytes, socket}, output_);
        flush();
    }
    void handle_timeout(Instant now) final {
        role_.handle_timeout(now, output_);
        flush();
    }
    [[nodiscard]] std::optional<Instant> next_deadline() const final {
        return role_.next_deadline();
    }

    // Calls `action(role, now, output)` and acts on the output.
    template <typename Action>
    void with_role(Action action) {
        action(role_, network_.now(), output_);
        flush();
    }

  protected:
    // A packet from the role: for the host's own stack or for the native network.
    virtual void take_ipv6(Packet packet) = 0;
    virtual void take_event(const teredo::Event& event) = 0;

    [[nodiscard]] Network& network() { return network_; }
    void give_packet(Bytes packet) {
        role_.handle_packet(network_.now(), packet, output_);
        flush();
    }

  private:
    void flush() {
        for (RecordingOutput::Action& action : output_.take()) {
            if (auto* udp = std::get_if<RecordingOutput::ToUdp>(&action)) {
                const bool is_secondary = udp->socket == teredo::ServiceSocket::kSecondary;
                network_.send(*this,
                              is_secondary ? sockets_.secondary.value() : sockets_.primary,
                              udp->to,
                              udp->bytes);
            } else if (auto* ipv6 = std::get_if<RecordingOutput::ToIpv6>(&action)) {
                take_ipv6(std::move(ipv6->bytes));
            } else {
                take_event(std::get<teredo::Event>(action));
            }
        }
    }

    Network& network_;
    Sockets sockets_;
    SeededRandom random_;
    R role_;
    RecordingOutput output_;
};

}  // namespace miredo::sim
