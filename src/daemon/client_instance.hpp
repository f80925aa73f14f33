// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include <optional>
#include <string>

#include "daemon/discovery_socket.hpp"
#include "daemon/instance.hpp"
#include "daemon/role_host.hpp"
#include "daemon/state_keeper.hpp"
#include "daemon/tunnel.hpp"
#include "teredo/client.hpp"

namespace miredo::daemon {

class ClientInstance final : public Instance {
  public:
    ClientInstance(Context& context, config::ClientConfiguration configuration);

    [[nodiscard]] std::string_view name() const override { return "client"; }
    void begin() override;
    void reload(const config::Configuration& wanted, config::Configuration& in_force) override;
    void look_around() override;
    void end() override;
    [[nodiscard]] InstanceStatus status() const override;
    [[nodiscard]] Statistics statistics() const override;
    void list_peers(const PeerQuery& query, PeersListed done) override;
    bool requalify() override;
    void check_health() override;

  private:
    void launch(io::UdpSocket socket, io::TunDevice device);
    [[nodiscard]] Expected<teredo::ClientSettings> settings();
    // The configured server's addresses: asked for at start, after a reload and whenever
    // qualification starts over.
    void look_up_server();
    void look_up_secondary(Ipv4Address primary);
    void show_name_error(const Error& error);
    void use_server(const teredo::ServerAddresses& server);
    [[nodiscard]] bool is_server_usable(Ipv4Address address);

    void handle(const teredo::Event& event);
    void handle(const teredo::AddressLearnt& event);
    void handle(const teredo::AddressLost& event);
    void handle(const teredo::StateChanged& event);
    void handle(const teredo::NatTypeLearnt& event);
    void handle(const teredo::ServerNameNeeded& event);
    // client_procedures.cpp.
    void handle(const teredo::SecondaryPortNeeded& event);
    void handle(const teredo::SecondaryPortDone& event);
    // LocalDiscovery=: opens the socket, or closes it.
    void update_discovery();
    // Native=: what IPv6 by other means is to us.
    void look_for_native_ipv6();
    [[nodiscard]] bool is_dormant() const {
        return has_native_ipv6_ && configuration_.native == config::NativePolicy::kYield;
    }
    void apply_wishes();
    // client_status.cpp: what is shown, from all that is known: the opening, the server's name, the
    // engine's state.
    void update_state();
    static constexpr const char* kKeyOutdatedComplaint =
        "the server still accepts our key but has a newer one: ask whoever runs it, put the new "
        "one where Secret= leads and reload miredo";
    void update_firewall_health();
    [[nodiscard]] std::string firewall_complaint() const;

    Context& context_;
    config::ClientConfiguration configuration_;
    std::optional<teredo::ServerAddresses> server_;
    std::optional<Ipv6Address> address_;
    Timestamp address_since_;
    std::optional<Endpoint> mapped_;
    std::uint16_t mtu_ = 1280;
    teredo::StateChanged engine_state_;
    teredo::NatType nat_type_ = teredo::NatType::kUnknown;
    std::optional<InterfaceStatus> device_;
    std::optional<Endpoint> local_;
    std::string waiting_for_;  // what keeps sockets and device from being opened
    std::string name_error_;   // why the server's address is not known
    bool has_native_ipv6_ = false;
    bool firewall_rule_missing_ = false;
    Instant firewall_checked_ = Instant::min();
    StateKeeper state_;
    TunnelOpening opening_;
    RoleHost<teredo::Client, teredo::ClientSettings> host_;
    DiscoverySocket discovery_;
    InterfaceKeeper interface_;
    RetryTimer look_up_again_;
};

}  // namespace miredo::daemon
