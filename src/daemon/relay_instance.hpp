// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include <memory>
#include <optional>

#include "daemon/instance.hpp"
#include "daemon/tunnel.hpp"
#include "teredo/relay.hpp"

namespace miredo::daemon {

class RelayInstance final : public Instance {
  public:
    RelayInstance(Context& context, config::RelayConfiguration configuration);
    ~RelayInstance() override;

    [[nodiscard]] std::string_view name() const override { return "relay"; }
    void begin() override;
    void reload(const config::Configuration& configuration) override;
    void look_around() override;
    void end() override;

  private:
    void launch_shard(io::UdpSocket socket, io::TunDevice device);
    [[nodiscard]] Expected<teredo::RelaySettings> settings();
    void apply_settings();
    void apply_wishes();
    void warn_without_forwarding();

    Context& context_;
    config::RelayConfiguration configuration_;
    std::optional<teredo::RelaySettings> settings_;  // as last given to the engine
    std::unique_ptr<Shard<teredo::Relay>> shard_;
    TunnelOpening opening_;
    InterfaceKeeper interface_;
};

}  // namespace miredo::daemon
