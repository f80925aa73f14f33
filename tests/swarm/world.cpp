// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Who is there. world_steps.cpp is what happens to them, world_watch.cpp what is seen of it.
#include "swarm/world.hpp"

#include <algorithm>
#include <type_traits>

#include "swarm/secrets.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::swarm {
namespace {

constexpr std::uint16_t kClientPort = 40000;
constexpr std::uint16_t kSecondaryClientPort = 40500;
constexpr std::uint16_t kRelayPort = 45000;
constexpr Ipv4Prefix kSubnet{Ipv4Address{192, 168, 1, 0}, 24};
constexpr Ipv4Prefix kOtherSubnet{Ipv4Address{192, 168, 2, 0}, 24};
constexpr Ipv4Prefix kInside{Ipv4Address{192, 168, 0, 0}, 16};

Ipv4Address relay_address(std::size_t index) {
    return Ipv4Address{Ipv4Address{94, 1, 0, 1}.value() + static_cast<std::uint32_t>(index)};
}

Ipv6Address native_address(std::size_t index) {
    return {0x2a00000100000000U, index + 1};
}

// 2001:0:server::/64: the clients of one server.
Ipv6Prefix prefix_of(std::size_t server) {
    return {wire::TeredoAddress{World::server_address(server), 0, {}}.to_ipv6(), 64};
}

}  // namespace

World::World(const Plan& plan, Duration start)
    : plan_{plan},
      network_{plan.seed},
      judge_{network_.now() + start},
      rules_{judge_,
             network_.now() + start,
             plan.is_honest() && !has(plan.faults, Fault::kDuplication),
             !has(plan.faults, Fault::kReordering) && !has(plan.faults, Fault::kDelay)},
      random_{plan.seed ^ 0x3a1d0000U} {
    network_.set_keeping(false);
    network_.run_for(start);
    network_.add_observer(rules_);
    network_.add_observer(*this);
    make_nats();
    make_servers();
    make_natives();
    make_relays();
    make_clients();
    make_attackers();
    for (const Step& step : plan_.steps) {
        network_.schedule(step.at, [this, &step] { perform(step); });
    }
}

Ipv4Address World::server_address(std::size_t index) {
    return Ipv4Address{Ipv4Address{93, 1, 0, 1}.value() + 2 * static_cast<std::uint32_t>(index)};
}

// Blocks of sixteen, for address pools.
Ipv4Address World::next_external() {
    return Ipv4Address{Ipv4Address{95, 1, 0, 1}.value() + 16 * ++externals_};
}

void World::make_nats() {
    for (std::size_t i = 0; i < plan_.nats.size(); ++i) {
        const NatPlan& nat = plan_.nats[i];
        // Behind another one: an address that only carriers use (RFC 6598).
        const Ipv4Address external = nat.outer ? Ipv4Address{Ipv4Address{100, 64, 0, 1}.value() +
                                                             16 * static_cast<std::uint32_t>(i)}
                                               : next_external();
        nats_.push_back(std::make_unique<sim::Nat>(
            nat.behaviour, external, random_, nat.outer ? nats_[*nat.outer].get() : nullptr));
    }
}

template <typename P>
void World::observe(P& place, RoleKind kind) {
    place.host->observe([this, &place, kind](const sim::RoleTurn& turn) {
        if (const auto& violation = place.host->role().violation()) {
            judge_.fail(turn.now,
                        place.name,
                        std::string{violation->invariant},
                        std::string{violation->what});
        }
        if constexpr (std::is_same_v<P, Client>) {
            // What neighbours on the link have to say is their business.
            const bool is_of_neighbour =
                turn.input == sim::RoleInput::kDatagram && kInside.contains(turn.from.address);
            place.turns += is_of_neighbour ? 0 : 1;
            check_learnt(place, turn);
            check_discovered(place, turn);
        } else if constexpr (std::is_same_v<P, Server>) {
            check_answered(place, turn);
        }
        rules_.note_turn(turn, kind, place.name);
    });
}

template <typename P>
void World::start(P& place, RoleKind kind) {
    using Host = typename decltype(place.host)::element_type;
    place.host = std::make_unique<Host>(network_, place.sockets, place.settings, random_.uint64());
    network_.attach(*place.host, place.addresses, place.link, place.nat);
    observe(place, kind);
}

template <typename P>
void World::stop(P& place) {
    if (place.host) {
        network_.detach(*place.host);
        gone_.push_back(std::move(place.host));
    }
}

template void World::stop(Client& place);
template void World::stop(Relay& place);
template void World::stop(Server& place);
template void World::start(Server& place, RoleKind kind);

void World::make_servers() {
    servers_.resize(plan_.servers.size());
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        Server& server = servers_[i];
        const Ipv4Address primary = server_address(i);
        server.name = "server " + std::to_string(i);
        server.addresses = {primary};
        server.sockets = {{primary, wire::kTeredoPort}, std::nullopt};
        server.settings.primary = primary;
        if (plan_.servers[i].has_two_addresses) {
            const Ipv4Address secondary{primary.value() + 1};
            server.addresses.push_back(secondary);
            server.sockets.secondary = Endpoint{secondary, wire::kTeredoPort};
            server.settings.secondary = secondary;
        }
        if (plan_.servers[i].knows_secrets) {
            server.settings.secrets = secrets_of_all(plan_.clients.size());
        }
        server.settings.requires_authentication = plan_.servers[i].requires_authentication;
        server.settings.surroundings.own_addresses = server.addresses;
        server.settings.surroundings.own_ports = {wire::kTeredoPort};
        server.link.latency = plan_.latency;
        start(server, RoleKind::kServer);
    }
}

void World::make_natives() {
    for (std::size_t i = 0; i < plan_.natives; ++i) {
        natives_.push_back(std::make_unique<sim::NativeHost>(network_, native_address(i)));
        sim::Link link;
        link.latency = plan_.latency;
        native_links_.push_back(link);
        network_.attach(*natives_.back(), {}, link);
        network_.route({native_address(i), 128}, *natives_.back());
    }
}

// The second one is for the clients of the second server.
void World::start_relay(Relay& relay) {
    start(relay, RoleKind::kRelay);
    const bool is_first = &relay == relays_.data();
    network_.route(is_first ? wire::kTeredoPrefix : prefix_of(1), *relay.host);
}

const Relay* World::relay_for(std::size_t server) const {
    if (relays_.empty()) {
        return nullptr;
    }
    return &relays_[server == 1 && relays_.size() > 1 ? 1 : 0];
}

void World::make_relays() {
    relays_.resize(plan_.relays.size());
    for (std::size_t i = 0; i < relays_.size(); ++i) {
        Relay& relay = relays_[i];
        relay.name = "relay " + std::to_string(i);
        relay.addresses = {relay_address(i)};
        relay.sockets = {{relay_address(i), kRelayPort}, std::nullopt};
        relay.settings.mode = plan_.relays[i].mode;
        relay.settings.max_peers = plan_.relays[i].max_peers;
        relay.settings.surroundings.own_addresses = relay.addresses;
        relay.settings.surroundings.own_ports = {kRelayPort};
        for (const auto& native : natives_) {
            relay.settings.own_ipv6_addresses.push_back(native->address());
        }
        relay.link.latency = plan_.latency;
        start_relay(relay);
    }
}

void World::start_client(Client& client) {
    start(client, RoleKind::kClient);
    client_of_[client.host.get()] = static_cast<std::size_t>(&client - clients_.data());
}

void World::set_up(Client& client, std::size_t index) {
    const ClientPlan& wanted = plan_.clients[index];
    client.name = "client " + std::to_string(index);
    client.nat = wanted.nat ? nats_[*wanted.nat].get() : nullptr;
    const Ipv4Prefix subnet = wanted.is_on_other_subnet ? kOtherSubnet : kSubnet;
    // The same internal addresses everywhere, as in real homes.
    const Ipv4Address own =
        client.nat == nullptr ? next_external()
                              : Ipv4Address{subnet.address.value() + 2U + insiders_[client.nat]++};
    client.addresses = {own};
    client.sockets = {
        {own, kClientPort}, Endpoint{own, kSecondaryClientPort}, teredo::kDiscoveryEndpoint};
    client.credential = wanted.credential;
    client.link.latency = plan_.latency;

    teredo::ClientSettings& settings = client.settings;
    const Ipv4Address server = server_address(wanted.server);
    settings.server = teredo::ServerAddresses{server, std::nullopt};
    if (wanted.names_secondary) {
        settings.server->secondary = Ipv4Address{server.value() + 1};
    }
    settings.max_peers = wanted.max_peers;
    settings.secret = secret_of(index, wanted.credential);
    settings.determines_refresh_interval = wanted.determines_refresh_interval;
    settings.discovers_locally = wanted.discovers_locally;
    settings.surroundings.own_addresses = client.addresses;
    settings.surroundings.own_ports = {kClientPort, kSecondaryClientPort};
    if (client.nat != nullptr) {
        settings.surroundings.attached_subnets = {subnet};
    }
}

void World::make_clients() {
    clients_.resize(plan_.clients.size());
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        Client& client = clients_[i];
        set_up(client, i);
        const Duration starts_after = plan_.clients[i].starts_after;
        if (starts_after == Duration{}) {
            start_client(client);
            continue;
        }
        network_.schedule(starts_after, [this, &client] {
            if (!client.host) {
                start_client(client);
            }
        });
    }
}

void World::make_attackers() {
    std::vector<Endpoint> targets;
    for (const Server& server : servers_) {
        targets.push_back(server.sockets.primary);
    }
    for (const Relay& relay : relays_) {
        targets.push_back(relay.sockets.primary);
    }
    std::vector<Ipv6Address> natives;
    for (const auto& native : natives_) {
        natives.push_back(native->address());
    }
    for (std::size_t i = 0; i < plan_.attackers; ++i) {
        const Endpoint own{Ipv4Address{96, 1, 0, static_cast<std::uint8_t>(1 + i)}, 6666};
        attackers_.push_back(
            std::make_unique<Attacker>(network_, own, targets, natives, random_.uint64()));
        sim::Link link;
        link.latency = plan_.latency;
        network_.attach(*attackers_.back(), {own.address}, link);
        network_.add_observer(*attackers_.back());
    }
}

std::size_t World::server_of(const Client& client) {
    return (client.settings.server->primary.value() - server_address(0).value()) / 2;
}

bool World::is_admitted(const Client& client) const {
    return swarm::is_admitted(client.credential, plan_.servers[server_of(client)]);
}

bool World::run_until(const std::function<bool()>& predicate, Duration limit) {
    const bool is_over =
        network_.run_until([&] { return judge_.has_failed() || predicate(); }, limit);
    return is_over && !judge_.has_failed();
}

bool World::run_for(Duration duration) {
    static_cast<void>(network_.run_until([&] { return judge_.has_failed(); }, duration));
    return !judge_.has_failed();
}

bool World::run_chaos() {
    return run_for(plan_.chaos);
}

void World::heal() {
    for (const auto& attacker : attackers_) {
        attacker->stop();
    }
    for (std::size_t i = 0; i < host_count(); ++i) {
        with_link(i, [this](sim::Link& link) {
            link = {};
            link.latency = plan_.latency;
        });
    }
    for (Client& client : clients_) {
        if (!client.host) {
            start_client(client);
        }
        if (client.is_suspended) {
            client.is_suspended = false;
            network_.set_suspended(*client.host, false);
        }
    }
    for (Server& server : servers_) {
        network_.set_connected(*server.host, true);
    }
    if (plan_.tells_of_healing) {
        for (Client& client : clients_) {
            client.host->with_role([](auto& role, Instant now, teredo::Output& output) {
                role.requalify(now, output);
            });
        }
    }
}

}  // namespace miredo::swarm
