// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/instance.hpp"
#include "daemon/role_host.hpp"
#include "daemon/state_keeper.hpp"
#include "daemon/tunnel.hpp"
#include "teredo/relay.hpp"

namespace miredo::daemon {

class RelayInstance final : public Instance {
  public:
    RelayInstance(Context& context, config::RelayConfiguration configuration);

    [[nodiscard]] std::string_view name() const override { return "relay"; }
    void begin() override;
    void reload(const config::Configuration& wanted, config::Configuration& in_force) override;
    void look_around() override;
    void end() override;
    [[nodiscard]] InstanceStatus status() const override;
    [[nodiscard]] Statistics statistics() const override;
    void list_peers(const PeerQuery& query, PeersListed done) override;

  private:
    void launch(io::UdpSocket socket, io::TunDevice device);
    // As many shards as are wanted, or one where the kernel can't be told which peer is whose: then
    // `one_shard_because_` says why.
    [[nodiscard]] std::uint32_t prepare_shards(const io::TunDevice& device);
    [[nodiscard]] Expected<std::vector<ShardEdges>>
    open_edges(io::UdpSocket socket, io::TunDevice device, std::uint32_t shards);
    [[nodiscard]] Expected<teredo::RelaySettings> settings();
    void apply_wishes();
    [[nodiscard]] bool lacks_forwarding() const;

    Context& context_;
    config::RelayConfiguration configuration_;
    std::optional<InterfaceStatus> device_;
    std::optional<Endpoint> local_;
    std::uint32_t shards_ = 1;
    std::string one_shard_because_;
    StateKeeper state_;
    TunnelOpening opening_;
    RoleHost<teredo::Relay, teredo::RelaySettings> host_;
    InterfaceKeeper interface_;
};

}  // namespace miredo::daemon
