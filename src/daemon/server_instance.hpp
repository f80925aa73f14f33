// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/instance.hpp"
#include "daemon/role_host.hpp"
#include "daemon/state_keeper.hpp"
#include "teredo/server.hpp"

namespace miredo::daemon {

class ServerInstance final : public Instance {
  public:
    ServerInstance(Context& context, config::ServerConfiguration configuration);

    [[nodiscard]] std::string_view name() const override { return "server"; }
    void begin() override;
    void reload(const config::Configuration& wanted, config::Configuration& in_force) override;
    void look_around() override;
    void end() override;
    [[nodiscard]] InstanceStatus status() const override;
    [[nodiscard]] Statistics statistics() const override;
    void list_peers(const PeerQuery& query, PeersListed done) override;

  private:
    void wait(const Error& error);
    void resolve_secondary(Ipv4Address primary);
    void open(const teredo::ServerAddresses& addresses);
    [[nodiscard]] bool is_public(Ipv4Address address, const std::string& name_or_address) const;
    [[nodiscard]] Expected<std::vector<ShardEdges>> open_edges();
    // One for each shard, at port 3544.
    [[nodiscard]] Expected<std::vector<io::UdpSocket>> open_sockets(Ipv4Address address);
    [[nodiscard]] Expected<io::RawIpv6Socket> open_raw_socket();
    void launch(std::vector<ShardEdges> edges);
    [[nodiscard]] Expected<teredo::ServerSettings> settings();

    Context& context_;
    config::ServerConfiguration configuration_;
    teredo::ServerAddresses addresses_;
    std::uint32_t shards_;
    StateKeeper state_;
    RoleHost<teredo::Server, teredo::ServerSettings> host_;
    RetryTimer begin_again_;
};

}  // namespace miredo::daemon
