// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/client_instance.hpp"

#include <fmt/format.h>

#include "daemon/engine_settings.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/surroundings.hpp"

namespace miredo::daemon {

ClientInstance::ClientInstance(Context& context, config::ClientConfiguration configuration)
    : context_{context},
      configuration_{std::move(configuration)},
      state_{context, *this},
      opening_{context,
               name(),
               configuration_.tunnel,
               broker::TunQueues::kOne,
               [this](io::UdpSocket socket, io::TunDevice device) {
                   launch(std::move(socket), std::move(device));
               },
               [this](const Error& error) {
                   waiting_for_ = error.to_string();
                   update_state();
               }},
      host_{context, name()},
      discovery_{context, name()},
      interface_{context, name()},
      look_up_again_{context, [this] { look_up_server(); }} {}

void ClientInstance::begin() {
    look_for_native_ipv6();
    look_up_server();
    opening_.begin();
}

void ClientInstance::launch(io::UdpSocket socket, io::TunDevice device) {
    waiting_for_.clear();
    local_ = socket.local_endpoint();
    device_ = describe(device, configuration_.tunnel.mtu);
    interface_.adopt(device.fd());
    host_.launch(ShardEdges{std::move(socket), std::nullopt, std::move(device), std::nullopt},
                 settings(),
                 [this](const teredo::Event& event) { handle(event); });
    update_discovery();
    update_firewall_health();
    update_state();
}

Expected<teredo::ClientSettings> ClientInstance::settings() {
    auto surroundings =
        survey(context_.netlink, configuration_.tunnel.allow_private_addresses, context_.own_ports);
    if (!surroundings) {
        return Failure{surroundings.error()};
    }
    // Without a server it asks nobody and has no address.
    return client_settings(configuration_,
                           context_.secrets,
                           is_dormant() ? std::nullopt : server_,
                           std::move(*surroundings));
}

void ClientInstance::look_up_server() {
    context_.names.resolve(configuration_.server, [this](const Expected<Ipv4Address>& address) {
        if (address) {
            look_up_secondary(*address);
        } else {
            look_up_again_.wait(name(),
                                address.error(),
                                message::kNameNotResolved,
                                {{"MIREDO_SERVER", configuration_.server}});
            show_name_error(address.error());
        }
    });
}

void ClientInstance::show_name_error(const Error& error) {
    name_error_ = error.to_string();
    update_state();
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
        show_name_error(error);
    }
    return false;
}

void ClientInstance::use_server(const teredo::ServerAddresses& server) {
    look_up_again_.reset();
    name_error_.clear();
    server_ = server;
    host_.apply(settings());
    update_state();
    state_.touch();
}

void ClientInstance::look_around() {
    look_for_native_ipv6();
    discovery_.join();
    host_.apply(settings());
}

void ClientInstance::look_for_native_ipv6() {
    const auto found = has_native_ipv6(context_.netlink);
    if (!found) {
        context_.log.error(name(), found.error());
        return;
    }
    if (*found == has_native_ipv6_) {
        return;
    }
    has_native_ipv6_ = *found;
    context_.log.event(message::kNativeIpv6,
                       name(),
                       {{"MIREDO_NATIVE_IPV6", has_native_ipv6_ ? "yes" : "no"}},
                       has_native_ipv6_ ? "this host has native IPv6 now"
                                        : "this host has no native IPv6 any more");
    apply_wishes();
    update_state();
    state_.touch();
}

void ClientInstance::reload(const config::Configuration& wanted, config::Configuration& in_force) {
    if (!wanted.client) {
        return;
    }
    config::ClientConfiguration next = *wanted.client;
    keep_what_needs_restart(configuration_.tunnel, next.tunnel);
    in_force.client = next;
    if (next == configuration_) {
        host_.apply(settings());  // the secret may be another
        return;
    }
    configuration_ = std::move(next);
    look_up_server();
    update_discovery();
    host_.apply(settings());
    apply_wishes();
    update_firewall_health();
    update_state();
    state_.touch();
}

void ClientInstance::end() {
    host_.stop();
    interface_.end();
}

void ClientInstance::handle(const teredo::Event& event) {
    std::visit([this](const auto& alternative) { handle(alternative); }, event);
}

void ClientInstance::handle(const teredo::AddressLearnt& event) {
    if (address_ != event.address) {
        address_since_ = Timestamp::now();
    }
    address_ = event.address;
    mapped_ = event.mapped;
    mtu_ = event.mtu;
    apply_wishes();
    context_.log.event(message::kAddressLearnt,
                       name(),
                       {{"MIREDO_ADDRESS", event.address.to_string()},
                        {"MIREDO_SERVER", event.server.to_string()},
                        {"MIREDO_MAPPED", event.mapped.to_string()}},
                       fmt::format("address {}, mapped to {} by server {}",
                                   event.address.to_string(),
                                   event.mapped.to_string(),
                                   event.server.to_string()));
    state_.touch();
}

void ClientInstance::handle(const teredo::AddressLost& /*event*/) {
    std::vector<Field> fields;
    if (address_) {
        fields.push_back({"MIREDO_ADDRESS", address_->to_string()});
    }
    address_.reset();
    mapped_.reset();
    apply_wishes();
    context_.log.event(message::kAddressLost, name(), std::move(fields), "address lost");
    state_.touch();
}

void ClientInstance::handle(const teredo::StateChanged& event) {
    const bool is_news = event.is_key_outdated && !engine_state_.is_key_outdated;
    engine_state_ = event;
    if (is_news) {
        context_.log.event(message::kKeyOutdated, name(), {}, kKeyOutdatedComplaint);
    }
    update_state();
    state_.touch();
}

void ClientInstance::handle(const teredo::NatTypeLearnt& event) {
    nat_type_ = event.type;
    const std::string type{teredo::to_string(event.type)};
    context_.log.event(
        message::kNatTypeLearnt, name(), {{"MIREDO_NAT_TYPE", type}}, "NAT type: " + type);
    state_.touch();
}

void ClientInstance::handle(const teredo::ServerNameNeeded& /*event*/) {
    if (!Ipv4Address::parse(configuration_.server)) {
        look_up_server();
    }
}

void ClientInstance::apply_wishes() {
    const bool leaves_default_route =
        has_native_ipv6_ && configuration_.native == config::NativePolicy::kAuto;
    interface_.want(client_wishes(configuration_, address_, mtu_, !leaves_default_route));
}

bool ClientInstance::requalify() {
    return host_.ask([](teredo::Client& client, Instant now, teredo::Output& output) {
        client.requalify(now, output);
    });
}

void ClientInstance::list_peers(const PeerQuery& query, PeersListed done) {
    host_.list_peers(query, std::move(done));
}

}  // namespace miredo::daemon
