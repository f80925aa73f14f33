// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where a role may send what a packet asked it to send: RFC 4380 §5.2.4 (global unicast only), and
// never to ourselves (loops) or to a server's service port as if it were a peer.
#pragma once

#include <optional>

#include "base/endpoint.hpp"
#include "teredo/settings.hpp"

namespace miredo::teredo {

class TargetRules {
  public:
    TargetRules() = default;
    explicit TargetRules(Surroundings surroundings) : surroundings_{std::move(surroundings)} {}

    // The client's own mapping: what NATs turn back to us (hairpins) ends here.
    void set_own_mapping(std::optional<Endpoint> mapping) { own_mapping_ = mapping; }
    void set_servers(std::optional<ServerAddresses> servers) { servers_ = servers; }

    // An embedded or received IPv4 address that may be sent to at all.
    [[nodiscard]] bool is_usable(Ipv4Address address) const {
        return surroundings_.filter.is_usable(address);
    }
    // On one of the subnets this host has an address in.
    [[nodiscard]] bool is_attached(Ipv4Address address) const {
        return surroundings_.is_attached(address);
    }
    // A peer's server may be there. It may be one of this host, but not our own mapping: that would
    // be ourselves.
    [[nodiscard]] bool may_be_server(Ipv4Address address) const {
        return is_usable(address) && Endpoint{address, wire::kTeredoPort} != own_mapping_;
    }
    // One of our own sockets, or our own mapping.
    [[nodiscard]] bool is_own(Endpoint endpoint) const {
        return endpoint == own_mapping_ || surroundings_.is_own(endpoint);
    }
    // Port 3544 of our own servers.
    [[nodiscard]] bool is_own_server(Endpoint endpoint) const;
    // A peer or relay may be there: usable address, a port, not ourselves.
    [[nodiscard]] bool may_send_to(Endpoint endpoint) const {
        return endpoint.port != 0 && is_usable(endpoint.address) && !is_own(endpoint);
    }
    // A bubble nobody has earned yet may go there: as above, and no server of ours.
    [[nodiscard]] bool may_send_bubble_to(Endpoint endpoint) const {
        return may_send_to(endpoint) && !is_own_server(endpoint);
    }

  private:
    Surroundings surroundings_;
    std::optional<Endpoint> own_mapping_;
    std::optional<ServerAddresses> servers_;
};

}  // namespace miredo::teredo
