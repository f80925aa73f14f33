// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// ListPeers: from D-Bus' filter to the daemon's query, and from its page to dictionaries.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <sdbus-c++/sdbus-c++.h>

#include "daemon/instance_status.hpp"

namespace miredo::bus {

using Dictionary = std::map<std::string, sdbus::Variant>;

// Throws InvalidArgs, with what is allowed, for an unknown key, a value of another type or none of
// the words, and a limit that is not 1 to dbus::kLargestPage.
[[nodiscard]] daemon::PeerQuery
peer_query(const Dictionary& filter, std::uint64_t offset, std::uint32_t limit);

// Keys as in dbus/names.hpp.
[[nodiscard]] std::vector<Dictionary> dictionaries(const std::vector<teredo::PeerStatus>& peers);

}  // namespace miredo::bus
