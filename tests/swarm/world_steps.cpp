// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What happens to a world's hosts.
#include <array>

#include "sim/ipv6_stack.hpp"
#include "swarm/secrets.hpp"
#include "swarm/world.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::swarm {
namespace {

constexpr std::uint32_t kMostInARow = 12;

std::uint32_t in_a_row(const Step& step) {
    return step.value % 4 == 0 ? 1 + (step.value >> 8U) % kMostInARow : 1;
}

}  // namespace

void World::perform(const Step& step) {
    switch (step.act) {
    case Act::kPing:
    case Act::kPingOldAddress:
    case Act::kPingNative:
    case Act::kPingFromNative:
    case Act::kPingNowhere:
    case Act::kNoise:
        return perform_traffic(step);
    case Act::kImpair:
        return with_link(step.subject,
                         [this](sim::Link& link) { link = draw_link(plan_, random_); });
    case Act::kCut:
        return cut(step);
    case Act::kRebind:
        return nats_[step.subject]->rebind();
    case Act::kRenumber:
        if (nats_[step.subject]->outer() == nullptr) {
            network_.renumber(*nats_[step.subject], next_external());
        }
        return;
    default:
        return perform_on_host(step);
    }
}

void World::perform_traffic(const Step& step) {
    if (step.act == Act::kPingFromNative) {
        if (const auto& to = clients_[step.other]; to.is_ready()) {
            for (std::uint32_t i = 0; i < in_a_row(step); ++i) {
                natives_[step.subject]->ping(*to.host->address(), next_sequence());
            }
        }
        return;
    }
    Client& client = clients_[step.subject];
    if (!client.is_ready()) {
        return;
    }
    if (step.act == Act::kPingNowhere) {
        return ping_nowhere(step);
    }
    if (step.act == Act::kNoise) {
        return make_noise(client);
    }
    std::optional<Ipv6Address> to;
    if (step.act == Act::kPingNative) {
        to = natives_[step.other]->address();
    } else if (step.act == Act::kPingOldAddress && !clients_[step.other].past_addresses.empty()) {
        to = clients_[step.other].past_addresses.back();
    } else if (const Client& other = clients_[step.other]; other.is_ready()) {
        to = other.host->address();
    }
    for (std::uint32_t i = 0; to && i < in_a_row(step); ++i) {
        client.host->ping(*to, next_sequence());
    }
}

// Where nobody is, or nothing may go.
Ipv6Address World::nowhere(const Client& client) {
    const Ipv4Address server = server_address(below(random_, servers_.size()));
    const auto port = static_cast<std::uint16_t>(random_.uint32());
    constexpr std::array kOdd{Ipv6Address{0xff02000000000000U, 1},
                              Ipv6Address{0xfe80000000000000U, 5},
                              Ipv6Address{},
                              Ipv6Address{0, 1},
                              Ipv6Address{0x2a00dead00000000U, 1},
                              Ipv6Address{0x20025d0100010000U, 1}};
    constexpr std::array kUnusable{Ipv4Address{10, 0, 0, 1},
                                   Ipv4Address{127, 0, 0, 1},
                                   Ipv4Address{192, 88, 99, 7},
                                   Ipv4Address{239, 1, 1, 1},
                                   Ipv4Address{255, 255, 255, 255}};
    const Ipv6Address own = client.host->address().value();
    switch (below(random_, 6)) {
    case 0:
        return kOdd[below(random_, kOdd.size())];
    case 1:
        return wire::TeredoAddress{server, 0, {kUnusable[below(random_, kUnusable.size())], port}}
            .to_ipv6();
    case 2:
        return wire::TeredoAddress{
            kUnusable[below(random_, kUnusable.size())], 0, {Ipv4Address{96, 9, 9, 9}, port}}
            .to_ipv6();
    case 3:
        return chance(random_, 0.5) ? own : Ipv6Address{own.high(), own.low() ^ (1ULL << 48U)};
    case 4:  // of a server
        return wire::TeredoAddress{server, 0, {server, wire::kTeredoPort}}.to_ipv6();
    default:
        return wire::TeredoAddress{
            server, 0, {Ipv4Address{Ipv4Address{97, 1, 0, 0}.value() + below(random_, 8)}, port}}
            .to_ipv6();
    }
}

void World::ping_nowhere(const Step& step) {
    Client& client = clients_[step.subject];
    for (std::uint32_t i = 0; i < in_a_row(step); ++i) {
        const Ipv6Address to = nowhere(client);
        if (step.value % 3 == 0) {
            natives_[step.other]->ping(to, next_sequence());
        } else if (client.is_ready()) {
            client.host->ping(to, next_sequence());
        }
    }
}

void World::make_noise(Client& client) {
    sim::Packet packet =
        sim::make_echo_request(client.host->address().value(), nowhere(client), next_sequence());
    const std::uint32_t changes = 1 + below(random_, 3);
    for (std::uint32_t i = 0; i < changes; ++i) {
        packet[below(random_, packet.size())] = static_cast<std::byte>(random_.uint32() & 0xFFU);
    }
    if (chance(random_, 0.2)) {
        packet.resize(below(random_, 1400));
    }
    client.host->send_packet(packet);
}

std::size_t World::host_count() const {
    return clients_.size() + servers_.size() + relays_.size() + natives_.size();
}

void World::with_link(std::size_t index, const std::function<void(sim::Link&)>& change) {
    const auto change_at = [&](auto& place) {
        change(place.link);
        if (place.host) {
            network_.set_link(*place.host, place.link);
        }
    };
    if (index < clients_.size()) {
        return change_at(clients_[index]);
    }
    index -= clients_.size();
    if (index < servers_.size()) {
        return change_at(servers_[index]);
    }
    index -= servers_.size();
    if (index < relays_.size()) {
        return change_at(relays_[index]);
    }
    index -= relays_.size();
    change(native_links_[index]);
    network_.set_link(*natives_[index], native_links_[index]);
}

void World::cut(const Step& step) {
    const auto set = [this, index = step.subject, sides = step.value % 3](bool is_cut) {
        with_link(index, [&](sim::Link& link) {
            link.outbound.is_cut = is_cut && sides != 1;
            link.inbound.is_cut = is_cut && sides != 2;
        });
    };
    set(true);
    network_.schedule(step.duration, [set] { set(false); });
}

void World::perform_on_host(const Step& step) {
    switch (step.act) {
    case Act::kRestartClient:
        return restart_client(step);
    case Act::kRestartRelay:
        stop(relays_[step.subject]);
        return start_relay(relays_[step.subject]);
    case Act::kRestartServer:
        stop(servers_[step.subject]);
        return start(servers_[step.subject], RoleKind::kServer);
    case Act::kSilence:
        network_.set_connected(*servers_[step.subject].host, false);
        return network_.schedule(step.duration, [this, index = step.subject] {
            network_.set_connected(*servers_[index].host, true);
        });
    case Act::kChangeSettings:
        return change_settings(step);
    case Act::kChangeRelay:
        return change_relay(step);
    case Act::kSameSettings:
        return apply_same_settings();
    case Act::kSuspend:
        return suspend(step);
    case Act::kRequalify:
        if (Client& client = clients_[step.subject]; client.is_ready()) {
            client.host->with_role([](auto& role, Instant now, teredo::Output& output) {
                role.requalify(now, output);
            });
        }
        return;
    default:
        return;
    }
}

// Down for a while: its NAT may forget it meanwhile.
void World::restart_client(const Step& step) {
    Client& client = clients_[step.subject];
    if (!client.host || client.is_suspended) {
        return;
    }
    const auto& addresses = client.host->address_history();
    client.past_addresses.insert(client.past_addresses.end(), addresses.begin(), addresses.end());
    client_of_.erase(client.host.get());
    stop(client);
    if (step.value % 2 == 0) {
        return start_client(client);
    }
    network_.schedule(step.duration, [this, &client] {
        if (!client.host) {
            start_client(client);
        }
    });
}

void World::suspend(const Step& step) {
    Client& client = clients_[step.subject];
    if (!client.host || client.is_suspended) {
        return;
    }
    client.is_suspended = true;
    network_.set_suspended(*client.host, true);
    network_.schedule(step.duration, [this, &client] {
        if (client.host && client.is_suspended) {
            client.is_suspended = false;
            network_.set_suspended(*client.host, false);
        }
    });
}

void World::change_settings(const Step& step) {
    Client& client = clients_[step.subject];
    if (!client.host || client.is_suspended) {
        return;
    }
    teredo::ClientSettings& settings = client.settings;
    switch (step.value % 7) {
    case 0:
        settings.max_peers = settings.max_peers == 16 ? 64 : 16;
        break;
    case 1:
        settings.refresh_interval = std::chrono::seconds{10 + below(random_, 21)};
        break;
    case 2:
        settings.server->secondary =
            settings.server->secondary
                ? std::nullopt
                : std::optional{Ipv4Address{settings.server->primary.value() + 1}};
        break;
    case 3:
        settings.determines_refresh_interval = !settings.determines_refresh_interval;
        break;
    case 4:
        settings.discovers_locally = true;
        break;
    case 5:
        if (client.credential != Credential::kNone) {
            client.credential = Credential::kCurrent;
            settings.secret = secret_of(step.subject, client.credential);
        }
        break;
    default: {
        const Ipv4Address server = server_address(below(random_, servers_.size()));
        settings.server = teredo::ServerAddresses{server, std::nullopt};
    }
    }
    client.host->with_role([&](auto& role, Instant now, teredo::Output& output) {
        role.apply(now, settings, output);
    });
}

void World::change_relay(const Step& step) {
    Relay& relay = relays_[step.subject];
    if (step.value % 2 == 0) {
        relay.settings.mode = static_cast<teredo::RelayMode>((step.value >> 8U) % 3);
    } else {
        relay.settings.max_peers = 8 + step.value % 100;
    }
    relay.host->with_role([&](auto& role, Instant now, teredo::Output& output) {
        role.apply(now, relay.settings, output);
    });
}

void World::apply_same_settings() {
    const auto apply = [](auto& place) {
        place.host->with_role([&](auto& role, Instant now, teredo::Output& output) {
            role.apply(now, place.settings, output);
        });
    };
    for (Client& client : clients_) {
        if (client.host && !client.is_suspended) {
            apply(client);
        }
    }
    for (Relay& relay : relays_) {
        apply(relay);
    }
}

}  // namespace miredo::swarm
