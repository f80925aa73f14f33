// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include <optional>

#include "daemon/instance.hpp"
#include "daemon/role_host.hpp"
#include "daemon/tunnel.hpp"
#include "teredo/client.hpp"

namespace miredo::daemon {

class ClientInstance final : public Instance {
  public:
    ClientInstance(Context& context, config::ClientConfiguration configuration);

    [[nodiscard]] std::string_view name() const override { return "client"; }
    void begin() override;
    void reload(const config::Configuration& configuration) override;
    void look_around() override;
    void end() override;

  private:
    void launch(io::UdpSocket socket, io::TunDevice device);
    [[nodiscard]] Expected<teredo::ClientSettings> settings();
    // The configured server's addresses: asked for at start, after a reload and whenever
    // qualification starts over.
    void look_up_server();
    void look_up_secondary(Ipv4Address primary);
    void use_server(const teredo::ServerAddresses& server);
    [[nodiscard]] bool is_server_usable(Ipv4Address address);

    void handle(const teredo::Event& event);
    void handle(const teredo::AddressLearnt& event);
    void handle(const teredo::AddressLost& event);
    void handle(const teredo::StateChanged& event);
    void handle(const teredo::NatTypeLearnt& event);
    void handle(const teredo::ServerNameNeeded& event);
    void apply_wishes();

    Context& context_;
    config::ClientConfiguration configuration_;
    std::optional<teredo::ServerAddresses> server_;
    std::optional<Ipv6Address> address_;
    std::uint16_t mtu_ = 1280;
    TunnelOpening opening_;
    RoleHost<teredo::Client, teredo::ClientSettings> host_;
    InterfaceKeeper interface_;
    RetryTimer look_up_again_;
};

}  // namespace miredo::daemon
