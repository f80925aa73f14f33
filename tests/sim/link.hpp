// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A host's or NAT's way into the network.
#pragma once

#include "base/time.hpp"

namespace miredo::sim {

struct Link {
    Duration latency = std::chrono::milliseconds{5};  // one way, the same in both directions
};

}  // namespace miredo::sim
