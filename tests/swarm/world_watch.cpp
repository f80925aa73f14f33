// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is seen of a world while it runs.
#include <algorithm>

#include "swarm/secrets.hpp"
#include "swarm/world.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::swarm {
namespace {

constexpr std::size_t kMappingsKept = 4;
// The life of a solicitation's nonce, which it spends on its way as well.
constexpr Duration kAnswered = std::chrono::seconds{4};

}  // namespace

// What a secret has vouched for is true, whatever happened on the way (RFC 4380 §7.2).
void World::check_learnt(Client& client, const sim::RoleTurn& turn) {
    for (const sim::RecordingOutput::Action& action : turn.actions) {
        const auto* const event = std::get_if<teredo::Event>(&action);
        const auto* const learnt =
            event != nullptr ? std::get_if<teredo::AddressLearnt>(event) : nullptr;
        if (learnt == nullptr) {
            continue;
        }
        if (learnt->address != client.host->address()) {
            client.address_since = turn.now;
        }
        if (client.credential == Credential::kNone) {
            continue;
        }
        const bool is_true =
            std::any_of(client.mappings.begin(), client.mappings.end(), [&](const auto& mapping) {
                return mapping.second == learnt->mapped && turn.now - mapping.first < kAnswered;
            });
        if (!is_true || !is_admitted(client)) {
            judge_.fail(turn.now, client.name, "S5", "believed what its secret does not vouch for");
        }
    }
}

// RFC 4380 §5.2.8: neighbours are those behind the same NAT.
void World::check_discovered(const Client& client, const sim::RoleTurn& turn) {
    if (turn.socket != teredo::ServiceSocket::kDiscovery || turn.actions.empty()) {
        return;
    }
    const auto parsed = wire::TeredoDatagram::parse(turn.bytes);
    const auto source = parsed ? wire::TeredoAddress::parse(parsed->packet.source()) : std::nullopt;
    const auto mapped = client.host->role().status().mapped;
    if (!source || !mapped || source->mapped.address != mapped->address) {
        judge_.fail(turn.now, client.name, "S2", "an answer to who is behind another NAT");
    }
}

void World::check_answered(const Server& server, const sim::RoleTurn& turn) {
    if (turn.input != sim::RoleInput::kDatagram || turn.actions.empty()) {
        return;
    }
    const std::string_view complaint = judge_answer(server.settings, turn.bytes);
    if (!complaint.empty()) {
        judge_.fail(turn.now, server.name, "S5", std::string{complaint});
    }
}

Client* World::client_with(const sim::Host* host) {
    const auto found = client_of_.find(host);
    return found == client_of_.end() ? nullptr : &clients_[found->second];
}

void World::on_sent(Instant /*now*/, const sim::Transmission& datagram) {
    if (Client* const client = client_with(datagram.sender)) {
        client->targets.insert(datagram.destination);
    }
}

void World::on_core(Instant now, const sim::Transmission& datagram) {
    Client* const client = client_with(datagram.sender);
    if (client == nullptr || datagram.source != client->sockets.primary ||
        datagram.destination != Endpoint{client->settings.server->primary, wire::kTeredoPort}) {
        return;
    }
    auto& mappings = client->mappings;
    const auto known = std::find_if(mappings.begin(), mappings.end(), [&](const auto& mapping) {
        return mapping.second == datagram.external;
    });
    if (known != mappings.end()) {
        mappings.erase(known);
    } else if (mappings.size() == kMappingsKept) {
        mappings.erase(mappings.begin());
    }
    mappings.emplace_back(now, datagram.external);
}

void World::on_end(Instant /*now*/,
                   const sim::Transmission& datagram,
                   const sim::Delivery* delivery) {
    if (delivery == nullptr) {
        return;
    }
    const Client* const sender = client_with(datagram.sender);
    Client* const receiver = client_with(delivery->receiver);
    if (sender != nullptr && receiver != nullptr) {
        receiver->heard[sender] = datagram.external;
    }
}

}  // namespace miredo::swarm
