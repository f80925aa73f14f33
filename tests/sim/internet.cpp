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

Internet::Internet(const InternetOptions& options) : options_{options}, random_{options.seed} {
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

ClientHost& Internet::add_client(NatKind kind) {
    return add_client(kind, client_settings());
}

ClientHost& Internet::add_client(NatKind kind, teredo::ClientSettings settings) {
    const auto number = static_cast<std::uint8_t>(households_.size() + 1);
    const Ipv4Address external{95, 1, number, 1};
    const auto behaviour = behaviour_of(kind);
    Household household;
    if (behaviour) {
        household.nat = std::make_unique<Nat>(*behaviour, external, random_);
    }
    // The same internal address everywhere, as in real homes.
    const Ipv4Address own = behaviour ? Ipv4Address{192, 168, 1, 2} : external;
    settings.surroundings.own_addresses = {own};
    settings.surroundings.own_ports = {kClientPort};
    household.client = std::make_unique<ClientHost>(
        network_, Sockets{{own, kClientPort}, std::nullopt}, std::move(settings), random_.uint64());
    network_.attach(*household.client, {own}, options_.link, household.nat.get());
    households_.push_back(std::move(household));
    return *households_.back().client;
}

Nat& Internet::nat_of(const ClientHost& client) {
    const auto found = std::find_if(households_.begin(),
                                    households_.end(),
                                    [&](const Household& h) { return h.client.get() == &client; });
    if (found == households_.end() || !found->nat) {
        throw std::logic_error{"the client is behind no NAT"};
    }
    return *found->nat;
}

bool Internet::run_until_qualified(Duration limit) {
    return run_until(
        [this] {
            return std::all_of(households_.begin(), households_.end(), [](const Household& h) {
                return h.client->address().has_value();
            });
        },
        limit);
}

}  // namespace miredo::sim
