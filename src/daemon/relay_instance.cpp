// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/relay_instance.hpp"

#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "daemon/engine_settings.hpp"
#include "daemon/statistics.hpp"
#include "daemon/surroundings.hpp"

namespace miredo::daemon {
namespace {

constexpr const char* kNoForwarding =
    "this host does not forward IPv6, so only itself can use the relay; set "
    "net.ipv6.conf.all.forwarding=1";

}  // namespace

RelayInstance::RelayInstance(Context& context, config::RelayConfiguration configuration)
    : context_{context},
      configuration_{std::move(configuration)},
      state_{context, *this},
      opening_{context,
               name(),
               configuration_.tunnel,
               broker::TunQueues::kMany,
               [this](io::UdpSocket socket, io::TunDevice device) {
                   launch(std::move(socket), std::move(device));
               },
               [this](const Error& error) {
                   state_.set(InstanceState::kStarting, "waiting", error.to_string());
               }},
      host_{context, name()},
      interface_{context, name()} {}

void RelayInstance::begin() {
    opening_.begin();
}

void RelayInstance::launch(io::UdpSocket socket, io::TunDevice device) {
    local_ = socket.local_endpoint();
    device_ = describe(device, configuration_.tunnel.mtu);
    interface_.adopt(device.fd());
    shards_ = prepare_shards(device);
    auto edges = open_edges(std::move(socket), std::move(device), shards_);
    if (!edges) {
        context_.fail(edges.error(), exit_code_for(edges.error().error_number));
        return;
    }
    host_.launch(
        std::move(*edges), settings(), [](const teredo::Event&) {}, true);
    apply_wishes();
    if (lacks_forwarding()) {
        context_.log.warning(name(), "{}", kNoForwarding);
    }
    if (host_.is_running()) {
        state_.set(InstanceState::kRunning, {}, "relaying");
    }
}

std::uint32_t RelayInstance::prepare_shards(const io::TunDevice& device) {
    const std::uint32_t wanted = wanted_shards(configuration_.shards);
    if (wanted == 1) {
        return 1;
    }
    if (auto done = context_.broker.steer_queues(device.fd()); !done) {
        one_shard_because_ =
            fmt::format("there is one shard instead of {}: {}", wanted, done.error().to_string());
        context_.log.warning(name(), "{}", one_shard_because_);
        return 1;
    }
    return wanted;
}

Expected<std::vector<ShardEdges>>
RelayInstance::open_edges(io::UdpSocket socket, io::TunDevice device, std::uint32_t shards) {
    const config::OffloadSwitches& offloads = configuration_.tunnel.offloads;
    auto sockets = open_shared_sockets(context_, name(), std::move(socket), shards, offloads);
    if (!sockets) {
        return Failure{sockets.error()};
    }
    auto queues = open_queues(context_, std::move(device), shards, offloads);
    if (!queues) {
        return Failure{queues.error()};
    }
    std::vector<ShardEdges> edges;
    for (std::uint32_t i = 0; i < shards; ++i) {
        edges.push_back(
            {std::move((*sockets)[i]), std::nullopt, std::move((*queues)[i]), std::nullopt});
    }
    return edges;
}

Expected<teredo::RelaySettings> RelayInstance::settings() {
    auto surroundings =
        survey(context_.netlink, configuration_.tunnel.allow_private_addresses, context_.own_ports);
    if (!surroundings) {
        return Failure{surroundings.error()};
    }
    auto native = native_ipv6_addresses(context_.netlink);
    if (!native) {
        return Failure{native.error()};
    }
    return relay_settings(configuration_, std::move(*native), std::move(*surroundings), shards_);
}

void RelayInstance::look_around() {
    host_.apply(settings());
}

void RelayInstance::reload(const config::Configuration& wanted, config::Configuration& in_force) {
    if (!wanted.relay) {
        return;
    }
    config::RelayConfiguration next = *wanted.relay;
    keep_what_needs_restart(configuration_.tunnel, next.tunnel);
    next.shards = configuration_.shards;
    in_force.relay = next;
    configuration_ = std::move(next);
    host_.apply(settings());
    apply_wishes();
    state_.touch();
}

void RelayInstance::end() {
    host_.stop();
    interface_.end();
}

void RelayInstance::apply_wishes() {
    interface_.want(relay_wishes(configuration_));
}

bool RelayInstance::lacks_forwarding() const {
    if (configuration_.mode == teredo::RelayMode::kHostSpecific) {
        return false;
    }
    std::ifstream setting{"/proc/sys/net/ipv6/conf/all/forwarding"};
    int forwarding = 0;
    return setting >> forwarding && forwarding == 0;
}

void RelayInstance::list_peers(const PeerQuery& query, PeersListed done) {
    host_.list_peers(query, std::move(done));
}

Statistics RelayInstance::statistics() const {
    return host_.statistics();
}

InstanceStatus RelayInstance::status() const {
    InstanceStatus status;
    state_.describe(status);
    status.interface = device_;
    status.local = local_;
    status.shards = host_.shards();
    if (const auto snapshot = host_.snapshot()) {
        status.peers = peer_counts(snapshot->status);
        status.offloads = offload_statuses(snapshot->offloads);
    }
    if (lacks_forwarding()) {
        status.health.push_back({"no-forwarding", kNoForwarding});
    }
    if (!one_shard_because_.empty()) {
        status.health.push_back({"one-shard", one_shard_because_});
    }
    status.details =
        RelayDetails{configuration_.prefix, configuration_.mode, configuration_.served_prefixes};
    return status;
}

}  // namespace miredo::daemon
