// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/internet.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "wire/teredo_address.hpp"

namespace miredo::sim {
namespace {

teredo::ServerSettings server_settings() {
    teredo::ServerSettings settings;
    settings.primary = Internet::kServer;
    settings.secondary = Internet::kSecondServer;
    settings.surroundings.own_addresses = {Internet::kServer, Internet::kSecondServer};
    settings.surroundings.own_ports = {wire::kTeredoPort};
    return settings;
}

teredo::RelaySettings relay_settings(teredo::RelayMode mode) {
    teredo::RelaySettings settings;
    settings.mode = mode;
    settings.surroundings.own_addresses = {Internet::kRelay.address};
    settings.surroundings.own_ports = {Internet::kRelay.port};
    return settings;
}

}  // namespace

Internet::Internet(const InternetOptions& options)
    : options_{options}, network_{options.seed}, random_{options.seed} {
    network_.set_keeping(options.is_keeping);
    server_ = std::make_unique<ServerHost>(
        network_,
        Sockets{{kServer, wire::kTeredoPort}, Endpoint{kSecondServer, wire::kTeredoPort}},
        server_settings(),
        random_.uint64());
    network_.attach(*server_, {kServer, kSecondServer}, options_.link);
    relay_ = std::make_unique<RelayHost>(network_,
                                         Sockets{kRelay, std::nullopt},
                                         relay_settings(options_.relay_mode),
                                         random_.uint64());
    network_.attach(*relay_, {kRelay.address}, options_.link);
    network_.route(wire::kTeredoPrefix, *relay_);
    native_ = std::make_unique<NativeHost>(network_, kNative);
    network_.attach(*native_, {}, options_.link);
    network_.route({kNative, 128}, *native_);
}

teredo::ClientSettings Internet::client_settings() {
    teredo::ClientSettings settings;
    settings.server = teredo::ServerAddresses{kServer, kSecondServer};
    return settings;
}

// Blocks of sixteen, for address pools; private ones are those of carriers (RFC 6598).
Ipv4Address Internet::next_address(bool is_global) {
    const std::uint32_t first =
        is_global ? Ipv4Address{95, 1, 0, 1}.value() : Ipv4Address{100, 64, 0, 1}.value();
    return Ipv4Address{first + 16 * ++addresses_};
}

Nat& Internet::add_nat(const NatBehaviour& behaviour, Nat* outer) {
    nats_.push_back(
        std::make_unique<Nat>(behaviour, next_address(outer == nullptr), random_, outer));
    return *nats_.back();
}

ClientHost& Internet::add_client(NatKind kind) {
    return add_client(kind, client_settings());
}

ClientHost& Internet::add_client(NatKind kind, teredo::ClientSettings settings) {
    const auto behaviour = behaviour_of(kind);
    return add_client_behind(behaviour ? &add_nat(*behaviour) : nullptr, std::move(settings));
}

ClientHost& Internet::add_client_behind(Nat* nat) {
    return add_client_behind(nat, client_settings());
}

ClientHost& Internet::add_client_behind(Nat* nat, teredo::ClientSettings settings) {
    // The same internal addresses everywhere, as in real homes.
    const auto own = nat == nullptr
                         ? next_address(true)
                         : Ipv4Address{Ipv4Address{192, 168, 1, 2}.value() + insiders_[nat]++};
    settings.surroundings.own_addresses = {own};
    settings.surroundings.own_ports = {kClientPort};
    clients_.push_back(std::make_unique<ClientHost>(network_,
                                                    Sockets{{own, kClientPort}, std::nullopt},
                                                    std::move(settings),
                                                    random_.uint64()));
    network_.attach(*clients_.back(), {own}, options_.link, nat);
    return *clients_.back();
}

Nat& Internet::nat_of(const ClientHost& client) {
    Nat* const nat = network_.nat_of(client);
    if (nat == nullptr) {
        throw std::logic_error{"the client is behind no NAT"};
    }
    return *nat;
}

bool Internet::run_until_qualified(Duration limit) {
    return run_until(
        [this] {
            return std::all_of(clients_.begin(), clients_.end(), [](const auto& client) {
                return client->address().has_value();
            });
        },
        limit);
}

}  // namespace miredo::sim
