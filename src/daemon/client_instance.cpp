// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/client_instance.hpp"

#include "daemon/engine_settings.hpp"
#include "daemon/surroundings.hpp"

namespace miredo::daemon {

ClientInstance::ClientInstance(Context& context, config::ClientConfiguration configuration)
    : context_{context},
      configuration_{std::move(configuration)},
      opening_{context,
               name(),
               configuration_.tunnel,
               [this](io::UdpSocket socket, io::TunDevice device) {
                   launch(std::move(socket), std::move(device));
               }},
      host_{context, name()},
      interface_{context, name()},
      look_up_again_{context, [this] { look_up_server(); }} {}

void ClientInstance::begin() {
    look_up_server();
    opening_.begin();
}

void ClientInstance::launch(io::UdpSocket socket, io::TunDevice device) {
    interface_.adopt(device.fd());
    host_.launch(ShardEdges{std::move(socket), std::nullopt, std::move(device), std::nullopt},
                 settings(),
                 [this](const teredo::Event& event) { handle(event); });
}

Expected<teredo::ClientSettings> ClientInstance::settings() {
    auto surroundings =
        survey(context_.netlink, configuration_.tunnel.allow_private_addresses, context_.own_ports);
    if (!surroundings) {
        return Failure{surroundings.error()};
    }
    return client_settings(configuration_, server_, std::move(*surroundings));
}

void ClientInstance::look_up_server() {
    context_.names.resolve(configuration_.server, [this](const Expected<Ipv4Address>& address) {
        if (!address) {
            look_up_again_.wait(name(), address.error());
            return;
        }
        look_up_secondary(*address);
    });
}

void ClientInstance::look_up_secondary(Ipv4Address primary) {
    if (!is_server_usable(primary)) {
        return;
    }
    if (configuration_.secondary_server.empty()) {
        use_server({primary, std::nullopt});  // the engine takes the next address
        return;
    }
    context_.names.resolve(
        configuration_.secondary_server, [this, primary](const Expected<Ipv4Address>& secondary) {
            if (!secondary) {
                context_.log.warning(name(),
                                     "{}; asking the primary's next address instead",
                                     secondary.error().to_string());
            }
            use_server({primary, secondary ? std::optional{*secondary} : std::nullopt});
        });
}

bool ClientInstance::is_server_usable(Ipv4Address address) {
    const wire::Ipv4Filter filter{configuration_.tunnel.allow_private_addresses, {}};
    if (filter.is_usable(address)) {
        return true;
    }
    const Error error{"this server address is not a public one",
                      configuration_.server + " (" + address.to_string() + ")",
                      0,
                      "Name a server on the Internet, or set AllowPrivateAddresses=yes"};
    if (!host_.is_running() && Ipv4Address::parse(configuration_.server)) {
        context_.fail(error, ExitCode::kConfiguration);
    } else {
        look_up_again_.wait(name(), error);
    }
    return false;
}

void ClientInstance::use_server(const teredo::ServerAddresses& server) {
    look_up_again_.reset();
    server_ = server;
    host_.apply(settings());
}

void ClientInstance::look_around() {
    host_.apply(settings());
}

void ClientInstance::reload(const config::Configuration& configuration) {
    if (!configuration.client) {
        context_.log.warning(name(), "no longer configured: restart to end it");
        return;
    }
    config::ClientConfiguration next = *configuration.client;
    keep_what_needs_restart(context_, name(), configuration_.tunnel, next.tunnel);
    if (next == configuration_) {
        return;
    }
    configuration_ = std::move(next);
    look_up_server();
    host_.apply(settings());
    apply_wishes();
}

void ClientInstance::end() {
    host_.stop();
    interface_.end();
}

void ClientInstance::handle(const teredo::Event& event) {
    std::visit([this](const auto& alternative) { handle(alternative); }, event);
}

void ClientInstance::handle(const teredo::AddressLearnt& event) {
    address_ = event.address;
    mtu_ = event.mtu;
    apply_wishes();
    context_.log.info(name(),
                      "address {}, mapped to {} by server {}",
                      event.address.to_string(),
                      event.mapped.to_string(),
                      event.server.to_string());
}

void ClientInstance::handle(const teredo::AddressLost& /*event*/) {
    address_.reset();
    apply_wishes();
    context_.log.warning(name(), "address lost");
}

void ClientInstance::handle(const teredo::StateChanged& event) {
    context_.state_changed(name(), teredo::to_string(event.state));
    if (event.reason == teredo::StateReason::kNone) {
        context_.log.info(name(), "{}", teredo::to_string(event.state));
    } else {
        context_.log.warning(
            name(), "{}: {}", teredo::to_string(event.state), teredo::to_string(event.reason));
    }
}

void ClientInstance::handle(const teredo::NatTypeLearnt& event) {
    context_.log.info(name(), "NAT type: {}", teredo::to_string(event.type));
}

void ClientInstance::handle(const teredo::ServerNameNeeded& /*event*/) {
    if (!Ipv4Address::parse(configuration_.server)) {
        look_up_server();
    }
}

void ClientInstance::apply_wishes() {
    interface_.want(client_wishes(configuration_, address_, mtu_));
}

}  // namespace miredo::daemon
