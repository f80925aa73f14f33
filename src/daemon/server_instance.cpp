// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/server_instance.hpp"

#include <cerrno>
#include <utility>

#include "daemon/edges.hpp"
#include "daemon/engine_settings.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/statistics.hpp"
#include "daemon/surroundings.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::daemon {

ServerInstance::ServerInstance(Context& context, config::ServerConfiguration configuration)
    : context_{context},
      configuration_{std::move(configuration)},
      shards_{wanted_shards(configuration_.shards)},
      state_{context, *this},
      host_{context, name()},
      begin_again_{context, [this] { begin(); }} {}

void ServerInstance::begin() {
    context_.names.resolve(configuration_.address, [this](const Expected<Ipv4Address>& primary) {
        if (!primary) {
            wait(primary.error());
        } else if (is_public(*primary, configuration_.address)) {
            resolve_secondary(*primary);
        }
    });
}

void ServerInstance::wait(const Error& error) {
    begin_again_.wait(name(), error);
    state_.set(InstanceState::kStarting, "waiting", error.to_string());
}

void ServerInstance::resolve_secondary(Ipv4Address primary) {
    if (configuration_.single_address) {
        open({primary, std::nullopt});
        return;
    }
    if (configuration_.secondary_address.empty()) {
        open({primary, next_address(primary)});
        return;
    }
    context_.names.resolve(configuration_.secondary_address,
                           [this, primary](const Expected<Ipv4Address>& secondary) {
                               if (!secondary) {
                                   wait(secondary.error());
                               } else if (is_public(*secondary, configuration_.secondary_address)) {
                                   open({primary, *secondary});
                               }
                           });
}

bool ServerInstance::is_public(Ipv4Address address, const std::string& name_or_address) const {
    const wire::Ipv4Filter filter{configuration_.allow_private_addresses, {}};
    if (filter.is_usable(address)) {
        return true;
    }
    context_.fail(Error{"this server address is not a public one",
                        name_or_address,
                        0,
                        "Clients on the Internet could not reach it. Give the server a public "
                        "address, or set AllowPrivateAddresses=yes"},
                  ExitCode::kConfiguration);
    return false;
}

void ServerInstance::open(const teredo::ServerAddresses& addresses) {
    addresses_ = addresses;
    auto edges = open_edges();
    if (edges) {
        launch(std::move(*edges));
    } else if (edges.error().error_number == EADDRNOTAVAIL) {
        wait(edges.error());
    } else {
        context_.fail(edges.error(), exit_code_for(edges.error().error_number));
    }
}

Expected<std::vector<io::UdpSocket>> ServerInstance::open_sockets(Ipv4Address address) {
    auto first = open_socket(context_, name(), address, wire::kTeredoPort, configuration_.offloads);
    if (!first) {
        return Failure{first.error()};
    }
    return open_shared_sockets(
        context_, name(), std::move(*first), shards_, configuration_.offloads);
}

Expected<io::RawIpv6Socket> ServerInstance::open_raw_socket() {
    auto descriptor = context_.broker.open_raw_ipv6_socket();
    if (!descriptor) {
        return Failure{descriptor.error()};
    }
    return io::RawIpv6Socket::adopt(std::move(*descriptor));
}

Expected<std::vector<ShardEdges>> ServerInstance::open_edges() {
    auto primary = open_sockets(addresses_.primary);
    if (!primary) {
        return Failure{primary.error()};
    }
    std::vector<ShardEdges> edges;
    for (io::UdpSocket& socket : *primary) {
        edges.push_back({std::move(socket), std::nullopt, std::nullopt, std::nullopt});
    }
    if (addresses_.secondary) {
        auto secondary = open_sockets(*addresses_.secondary);
        if (!secondary) {
            return Failure{secondary.error()};
        }
        for (std::size_t i = 0; i < edges.size(); ++i) {
            edges[i].secondary = std::move((*secondary)[i]);
        }
    }
    for (ShardEdges& each : edges) {
        auto raw = open_raw_socket();
        if (!raw) {
            return Failure{raw.error()};
        }
        each.raw = std::move(*raw);
    }
    return edges;
}

void ServerInstance::launch(std::vector<ShardEdges> edges) {
    host_.launch(std::move(edges), settings(), [](const teredo::Event&) {});
    if (!host_.is_running()) {
        return;
    }
    const std::string text =
        fmt::format("serving on {}{}",
                    addresses_.primary.to_string(),
                    addresses_.secondary ? " and " + addresses_.secondary->to_string() : "");
    context_.log.event(message::kStarted, name(), {}, text);
    state_.set(InstanceState::kRunning, {}, text);
}

Expected<teredo::ServerSettings> ServerInstance::settings() {
    auto surroundings =
        survey(context_.netlink, configuration_.allow_private_addresses, context_.own_ports);
    if (!surroundings) {
        return Failure{surroundings.error()};
    }
    return server_settings(
        configuration_, context_.secrets, addresses_, std::move(*surroundings), shards_);
}

void ServerInstance::look_around() {
    host_.apply(settings());
}

void ServerInstance::reload(const config::Configuration& wanted, config::Configuration& in_force) {
    if (!wanted.server) {
        return;
    }
    config::ServerConfiguration next = *wanted.server;
    next.address = configuration_.address;
    next.secondary_address = configuration_.secondary_address;
    next.single_address = configuration_.single_address;
    next.offloads = configuration_.offloads;
    next.shards = configuration_.shards;
    in_force.server = next;
    configuration_ = std::move(next);
    host_.apply(settings());
    state_.touch();
}

void ServerInstance::end() {
    host_.stop();
}

void ServerInstance::list_peers(const PeerQuery& /*query*/, PeersListed done) {
    done(Failure{Error{"a server has no peers", std::string{name()}, 0, "It keeps no state"}});
}

Statistics ServerInstance::statistics() const {
    return host_.statistics();
}

InstanceStatus ServerInstance::status() const {
    InstanceStatus status;
    state_.describe(status);
    status.shards = host_.shards();
    ServerDetails details;
    if (host_.is_running()) {
        status.local = Endpoint{addresses_.primary, wire::kTeredoPort};
        details.primary = addresses_.primary;
        details.secondary = addresses_.secondary;
    }
    if (const auto snapshot = host_.snapshot()) {
        status.offloads = offload_statuses(snapshot->offloads);
    }
    details.prefix = configuration_.prefix;
    details.advertised_mtu = configuration_.advertised_mtu;
    status.details = details;
    return status;
}

}  // namespace miredo::daemon
