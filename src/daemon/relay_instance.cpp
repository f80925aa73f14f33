// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/relay_instance.hpp"

#include <fstream>

#include "daemon/edges.hpp"
#include "daemon/engine_settings.hpp"
#include "daemon/surroundings.hpp"

namespace miredo::daemon {

RelayInstance::RelayInstance(Context& context, config::RelayConfiguration configuration)
    : context_{context},
      configuration_{std::move(configuration)},
      opening_{context,
               name(),
               configuration_.tunnel,
               [this](io::UdpSocket socket, io::TunDevice device) {
                   launch_shard(std::move(socket), std::move(device));
               }},
      interface_{context, name()} {}

RelayInstance::~RelayInstance() = default;

void RelayInstance::begin() {
    opening_.begin();
}

void RelayInstance::launch_shard(io::UdpSocket socket, io::TunDevice device) {
    auto initial = settings();
    if (!initial) {
        context_.fail(initial.error(), ExitCode::kFailure);
        return;
    }
    settings_ = std::move(*initial);
    interface_.adopt(device.fd());
    auto shard = launch<teredo::Relay>(
        context_,
        ShardEdges{std::move(socket), std::nullopt, std::move(device), std::nullopt},
        *settings_,
        [](const teredo::Event&) {});
    if (!shard) {
        context_.fail(shard.error(), ExitCode::kFailure);
        return;
    }
    shard_ = std::move(*shard);
    apply_wishes();
    warn_without_forwarding();
}

Expected<teredo::RelaySettings> RelayInstance::settings() {
    auto surroundings = daemon::look_around(
        context_.netlink, configuration_.tunnel.allow_private_addresses, context_.own_ports);
    if (!surroundings) {
        return Failure{surroundings.error()};
    }
    auto native = native_ipv6_addresses(context_.netlink);
    if (!native) {
        return Failure{native.error()};
    }
    return relay_settings(configuration_, std::move(*native), std::move(*surroundings));
}

void RelayInstance::apply_settings() {
    if (!shard_) {
        return;
    }
    const auto next = settings();
    if (!next) {
        context_.log.error(name(), next.error());
        return;
    }
    if (*next == settings_) {
        return;
    }
    settings_ = *next;
    post<teredo::Relay>(
        context_,
        *shard_,
        [settings = *next](teredo::Relay& relay, Instant now, teredo::Output& output) {
            relay.apply(now, settings, output);
        });
}

void RelayInstance::look_around() {
    apply_settings();
}

void RelayInstance::reload(const config::Configuration& configuration) {
    if (!configuration.relay) {
        context_.log.warning(name(), "no longer configured: restart to end it");
        return;
    }
    config::RelayConfiguration next = *configuration.relay;
    keep_what_needs_restart(context_, name(), configuration_.tunnel, next.tunnel);
    configuration_ = std::move(next);
    apply_settings();
    apply_wishes();
}

void RelayInstance::end() {
    if (!shard_) {
        return;
    }
    shard_->stop();
    interface_.end();
    report(context_.log, name(), shard_->role().counters(), shard_->edges());
}

void RelayInstance::apply_wishes() {
    interface_.want(relay_wishes(configuration_));
}

void RelayInstance::warn_without_forwarding() {
    if (configuration_.mode == teredo::RelayMode::kHostSpecific) {
        return;
    }
    std::ifstream setting{"/proc/sys/net/ipv6/conf/all/forwarding"};
    int forwarding = 0;
    if (setting >> forwarding && forwarding == 0) {
        context_.log.warning(name(),
                             "this host does not forward IPv6, so only itself can use the relay; "
                             "set net.ipv6.conf.all.forwarding=1");
    }
}

}  // namespace miredo::daemon
