// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An output that keeps what a role says, in order, for its host to act on once the role has
// returned: it never calls back. What is borrowed is copied.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "sim/host.hpp"
#include "teredo/output.hpp"

namespace miredo::sim {

class RecordingOutput final : public teredo::Output {
  public:
    struct ToUdp {
        teredo::ServiceSocket socket = teredo::ServiceSocket::kPrimary;
        Endpoint to;
        Packet bytes;
    };
    struct ToIpv6 {
        Packet bytes;
    };
    using Action = std::variant<ToUdp, ToIpv6, teredo::Event>;

    void forward_to_udp(Endpoint to, Bytes packet) override {
        actions_.emplace_back(ToUdp{teredo::ServiceSocket::kPrimary, to, to_packet(packet)});
    }
    void forward_to_ipv6(Bytes packet) override {
        actions_.emplace_back(ToIpv6{to_packet(packet)});
    }
    void send(teredo::ServiceSocket socket, Endpoint to, Bytes datagram) override {
        actions_.emplace_back(ToUdp{socket, to, to_packet(datagram)});
    }
    void inject(Bytes packet) override { actions_.emplace_back(ToIpv6{to_packet(packet)}); }
    void notify(const teredo::Event& event) override { actions_.emplace_back(event); }

    [[nodiscard]] std::vector<Action> take() { return std::exchange(actions_, {}); }

  private:
    std::vector<Action> actions_;
};

}  // namespace miredo::sim
