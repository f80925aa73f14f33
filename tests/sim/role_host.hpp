// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A host that runs one role of the engine: its sockets, and what it does with the role's output.
// Whoever judges the role sees what goes in and what comes out, turn by turn (RoleTurn).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "sim/network.hpp"
#include "sim/recording_output.hpp"
#include "sim/seeded_random.hpp"
#include "teredo/output.hpp"

namespace miredo::sim {

// The endpoints of a role's sockets. The second one is a server's, or the port that a client opens
// when it wants one; the group is where a client listens for multicast.
struct Sockets {
    Endpoint primary;
    std::optional<Endpoint> secondary;
    std::optional<Endpoint> group = std::nullopt;
};

enum class RoleInput : std::uint8_t {
    kDatagram,  // from UDP
    kPacket,    // from the host
    kTimeout,
    kOther,  // settings, and whatever with_role() did
};

// One input of a role and all that it said to it. What it holds is borrowed for the call.
struct RoleTurn {
    const Host* host = nullptr;
    Instant now;
    RoleInput input = RoleInput::kOther;
    Endpoint from;  // of a datagram
    teredo::ServiceSocket socket = teredo::ServiceSocket::kPrimary;
    Bytes bytes;  // of a datagram, or the packet
    std::span<const RecordingOutput::Action> actions;
};
// Called after the role has returned and before anything leaves the host.
using RoleObserver = std::function<void(const RoleTurn&)>;

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

    // One at most; nothing for none.
    void observe(RoleObserver observer) { observer_ = std::move(observer); }

    void handle_datagram(Instant now, const UdpDatagram& datagram) final {
        auto socket = teredo::ServiceSocket::kPrimary;
        if (datagram.to == sockets_.secondary && is_secondary_open_) {
            socket = teredo::ServiceSocket::kSecondary;
        } else if (datagram.to == sockets_.group) {
            socket = teredo::ServiceSocket::kDiscovery;
        } else if (datagram.to != sockets_.primary) {
            return;  // no socket is bound there
        }
        role_.handle_datagram(now, {datagram.from, datagram.bytes, socket}, output_);
        flush({this, now, RoleInput::kDatagram, datagram.from, socket, datagram.bytes, {}});
    }
    void handle_timeout(Instant now) final {
        role_.handle_timeout(now, output_);
        flush({this, now, RoleInput::kTimeout, {}, {}, {}, {}});
    }
    [[nodiscard]] std::optional<Instant> next_deadline() const final {
        return role_.next_deadline();
    }

    // Calls `action(role, now, output)` and acts on the output.
    template <typename Action>
    void with_role(Action action) {
        action(role_, network_.now(), output_);
        flush({this, network_.now(), RoleInput::kOther, {}, {}, {}, {}});
        network_.wake(*this);
    }

  protected:
    // A packet from the role: for the host's own stack or for the native network.
    virtual void take_ipv6(Packet packet) = 0;
    virtual void take_event(const teredo::Event& event) = 0;

    [[nodiscard]] Network& network() { return network_; }
    void set_secondary_open(bool is_open) { is_secondary_open_ = is_open; }
    void give_packet(Bytes packet) {
        role_.handle_packet(network_.now(), packet, output_);
        flush({this, network_.now(), RoleInput::kPacket, {}, {}, packet, {}});
        network_.wake(*this);
    }

  private:
    void flush(RoleTurn turn) {
        std::vector<RecordingOutput::Action> actions = output_.take();
        if (observer_) {
            turn.actions = actions;
            observer_(turn);
        }
        for (RecordingOutput::Action& action : actions) {
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
    bool is_secondary_open_ = true;
    SeededRandom random_;
    R role_;
    RecordingOutput output_;
    RoleObserver observer_;
};

}  // namespace miredo::sim
