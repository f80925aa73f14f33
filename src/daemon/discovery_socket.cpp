// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/discovery_socket.hpp"

#include <utility>

#include "daemon/surroundings.hpp"
#include "teredo/local_discovery.hpp"

namespace miredo::daemon {

std::optional<io::UdpSocket> DiscoverySocket::open() {
    constexpr Endpoint kGroup = teredo::kDiscoveryEndpoint;
    io::UdpOptions options;
    options.shares_port = true;  // every client of the host hears them all
    // A bubble now and then: whatever Offloads= says, there is nothing to gain.
    options.sends_segments = false;
    options.coalesces_received = false;
    auto socket = io::UdpSocket::open(kGroup.address, kGroup.port, options);
    auto membership = socket ? io::MulticastMembership::of(*socket, kGroup.address)
                             : Expected<io::MulticastMembership>{Failure{socket.error()}};
    if (!membership) {
        context_.log.warning(
            subject_,
            "{}; discovery bubbles of others are not heard, but they may hear ours",
            membership.error().to_string());
        return std::nullopt;
    }
    membership_ = std::move(*membership);
    join();
    return std::move(*socket);
}

void DiscoverySocket::join() {
    if (!membership_) {
        return;
    }
    const auto present = interfaces_with_ipv4(context_.netlink);
    if (!present) {
        context_.log.error(subject_, present.error());
        return;
    }
    for (const std::uint32_t index : *present) {
        if (tried_.count(index) == 0) {
            if (auto done = membership_->join(index); !done) {
                context_.log.warning(
                    subject_, "{}; nobody is discovered there", done.error().to_string());
            }
        }
    }
    // One that is gone takes its membership along, and may come back.
    tried_ = *present;
}

void DiscoverySocket::close() {
    membership_.reset();
    tried_.clear();
}

}  // namespace miredo::daemon
