// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include "daemon/instance.hpp"
#include "daemon/role_host.hpp"
#include "daemon/tunnel.hpp"
#include "teredo/relay.hpp"

namespace miredo::daemon {

class RelayInstance final : public Instance {
  public:
    RelayInstance(Context& context, config::RelayConfiguration configuration);

    [[nodiscard]] std::string_view name() const override { return "relay"; }
    void begin() override;
    void reload(const config::Configuration& configuration) override;
    void look_around() override;
    void end() override;

  private:
    void launch(io::UdpSocket socket, io::TunDevice device);
    [[nodiscard]] Expected<teredo::RelaySettings> settings();
    void apply_wishes();
    void warn_without_forwarding();

    Context& context_;
    config::RelayConfiguration configuration_;
    TunnelOpening opening_;
    RoleHost<teredo::Relay, teredo::RelaySettings> host_;
    InterfaceKeeper interface_;
};

}  // namespace miredo::daemon
