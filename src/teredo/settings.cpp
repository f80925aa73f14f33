// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/settings.hpp"

#include <algorithm>

namespace miredo::teredo {

bool Surroundings::is_own(Endpoint endpoint) const {
    return std::find(own_ports.begin(), own_ports.end(), endpoint.port) != own_ports.end() &&
           std::find(own_addresses.begin(), own_addresses.end(), endpoint.address) !=
               own_addresses.end();
}

bool Surroundings::is_attached(Ipv4Address address) const {
    return std::any_of(
        attached_subnets.begin(), attached_subnets.end(), [&](const Ipv4Prefix& subnet) {
            // RFC 3021: with 31 bits both addresses are hosts.
            const bool is_host =
                subnet.length > 30 || (address != subnet.first() && address != subnet.last());
            return is_host && subnet.contains(address);
        });
}

}  // namespace miredo::teredo
