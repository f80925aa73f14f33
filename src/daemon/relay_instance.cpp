// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/relay_instance.hpp"

#include <fstream>

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
    host_.launch(ShardEdges{std::move(socket), std::nullopt, std::move(device), std::nullopt},
                 settings(),
                 [](const teredo::Event&) {});
    apply_wishes();
    if (lacks_forwarding()) {
        context_.log.warning(name(), "{}", kNoForwarding);
    }
    if (host_.is_running()) {
        state_.set(InstanceState::kRunning, {}, "relaying");
    }
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
    return relay_settings(configuration_, std::move(*native), std::move(*surroundings));
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
    const auto snapshot = host_.snapshot();
    return snapshot ? to_statistics(snapshot->counters, snapshot->edge_drops, snapshot->offloads)
                    : Statistics{};
}

InstanceStatus RelayInstance::status() const {
    InstanceStatus status;
    state_.describe(status);
    status.interface = device_;
    status.local = local_;
    if (const auto snapshot = host_.snapshot()) {
        status.peers = peer_counts(snapshot->status);
        status.offloads = offload_statuses(snapshot->offloads);
    }
    if (lacks_forwarding()) {
        status.health.push_back({"no-forwarding", kNoForwarding});
    }
    status.details =
        RelayDetails{configuration_.prefix, configuration_.mode, configuration_.served_prefixes};
    return status;
}

}  // namespace miredo::daemon
