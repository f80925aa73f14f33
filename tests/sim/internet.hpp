// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The usual simulated Internet of the scenarios: a server on two addresses, a relay, a native host,
// and as many clients as wanted, each behind a NAT of its own or none. The addresses are global
// ones of IPv4, which never leave the process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sim/nat.hpp"
#include "sim/native_host.hpp"
#include "sim/network.hpp"
#include "sim/oracle.hpp"
#include "sim/seeded_random.hpp"
#include "sim/teredo_hosts.hpp"

namespace miredo::sim {

struct InternetOptions {
    std::uint64_t seed = 1;
    Link link;  // of every host at first
    teredo::RelayMode relay_mode = teredo::RelayMode::kCone;
    bool is_keeping = true;  // Network::set_keeping()
};

class Internet {
  public:
    static constexpr Ipv4Address kServer{93, 1, 0, 1};
    static constexpr Ipv4Address kSecondServer{93, 1, 0, 2};
    static constexpr Endpoint kRelay{Ipv4Address{94, 1, 0, 1}, 45000};
    static constexpr Ipv6Address kNative{0x2a00000100000000U, 1};
    static constexpr std::uint16_t kClientPort = 40000;

    explicit Internet(const InternetOptions& options = {});

    [[nodiscard]] Network& network() { return network_; }
    [[nodiscard]] ServerHost& server() { return *server_; }
    [[nodiscard]] RelayHost& relay() { return *relay_; }
    [[nodiscard]] NativeHost& native() { return *native_; }

    // A client that knows the server and starts at once.
    ClientHost& add_client(NatKind kind);
    ClientHost& add_client(NatKind kind, teredo::ClientSettings settings);
    // The same behind a NAT that add_nat() made, and nullptr for none. Clients may share a NAT;
    // with hairpinning they reach each other.
    ClientHost& add_client_behind(Nat* nat);
    ClientHost& add_client_behind(Nat* nat, teredo::ClientSettings settings);
    // With external addresses of its own, in the core or inside of `outer`.
    Nat& add_nat(const NatBehaviour& behaviour, Nat* outer = nullptr);
    // The settings that add_client(kind) uses.
    [[nodiscard]] static teredo::ClientSettings client_settings();
    // The NAT next to a client. Not for NatKind::kNone.
    [[nodiscard]] Nat& nat_of(const ClientHost& client);

    void run_for(Duration duration) { network_.run_for(duration); }
    [[nodiscard]] bool run_until(const std::function<bool()>& predicate, Duration limit) {
        return network_.run_until(predicate, limit);
    }
    // Until all clients have an address.
    [[nodiscard]] bool run_until_qualified(Duration limit = std::chrono::seconds{10});

  private:
    [[nodiscard]] Ipv4Address next_address(bool is_global);

    InternetOptions options_;
    Network network_;
    SeededRandom random_;
    std::unique_ptr<ServerHost> server_;
    std::unique_ptr<RelayHost> relay_;
    std::unique_ptr<NativeHost> native_;
    std::vector<std::unique_ptr<Nat>> nats_;
    std::vector<std::unique_ptr<ClientHost>> clients_;
    std::uint32_t addresses_ = 0;  // given to NATs and to clients without one
    std::map<const Nat*, std::uint8_t> insiders_;
};

}  // namespace miredo::sim
