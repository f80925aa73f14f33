// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A peer as `miredoctl peers` shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ctl/time_text.hpp"

namespace miredo::ctl {

// The words are those of the D-Bus API; what isn't there was not measured or has not happened.
struct PeerRow {
    std::string address;
    std::string kind;
    std::string state;
    std::string endpoint_address;  // empty: unknown
    std::uint16_t endpoint_port = 0;
    std::optional<Microseconds> last_received;  // so long ago
    std::optional<Microseconds> last_transmitted;
    std::uint32_t queued_packets = 0;
    std::uint32_t attempts = 0;
};

}  // namespace miredo::ctl
