// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/relay_instance.hpp"

#include <fstream>

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
                   launch(std::move(socket), std::move(device));
               }},
      host_{context, name()},
      interface_{context, name()} {}

void RelayInstance::begin() {
    opening_.begin();
}

void RelayInstance::launch(io::UdpSocket socket, io::TunDevice device) {
    interface_.adopt(device.fd());
    host_.launch(ShardEdges{std::move(socket), std::nullopt, std::move(device), std::nullopt},
                 settings(),
                 [](const teredo::Event&) {});
    apply_wishes();
    warn_without_forwarding();
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

void RelayInstance::reload(const config::Configuration& configuration) {
    if (!configuration.relay) {
        context_.log.warning(name(), "no longer configured: restart to end it");
        return;
    }
    config::RelayConfiguration next = *configuration.relay;
    keep_what_needs_restart(context_, name(), configuration_.tunnel, next.tunnel);
    configuration_ = std::move(next);
    host_.apply(settings());
    apply_wishes();
}

void RelayInstance::end() {
    host_.stop();
    interface_.end();
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
