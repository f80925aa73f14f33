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

}  // namespace miredo::teredo
