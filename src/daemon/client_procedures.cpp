// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The sockets of the procedures that a client may do without: refresh interval determination
// (RFC 4380 §5.2.7) and local discovery (§5.2.8).
#include <utility>

#include "daemon/client_instance.hpp"
#include "daemon/edges.hpp"

namespace miredo::daemon {

using teredo::ServiceSocket;

void ClientInstance::update_discovery() {
    if (!host_.is_running()) {
        return;
    }
    if (!configuration_.local_discovery && discovery_.is_open()) {
        host_.detach(ServiceSocket::kDiscovery);
        discovery_.close();
    } else if (configuration_.local_discovery && !discovery_.is_open()) {
        if (auto socket = discovery_.open()) {
            host_.attach(ServiceSocket::kDiscovery, std::move(*socket));
        }
    }
}

void ClientInstance::handle(const teredo::SecondaryPortNeeded& /*event*/) {
    auto socket =
        io::UdpSocket::open(local_->address, 0, udp_options(configuration_.tunnel.offloads));
    if (!socket) {
        context_.log.warning(
            name(), "{}; the refresh interval stays as configured", socket.error().to_string());
        return;
    }
    host_.attach(ServiceSocket::kSecondary,
                 std::move(*socket),
                 [](teredo::Client& client, Instant now, teredo::Output& output) {
                     client.handle_secondary_port(now, output);
                 });
}

void ClientInstance::handle(const teredo::SecondaryPortDone& /*event*/) {
    host_.detach(ServiceSocket::kSecondary);
}

}  // namespace miredo::daemon
