// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// What the broker can do, one function per request: inside its server only.
#pragma once

#include "base/error.hpp"
#include "broker/device.hpp"
#include "broker/protocol.hpp"
#include "broker/server.hpp"
#include "io/unique_fd.hpp"

namespace miredo::broker {

// One request while it is worked on; nothing of it outlives the reply.
struct Call {
    const ServerOptions& options;
    const Request& request;
    Device device;      // which one the tun descriptor is bound to
    int descriptor;     // the one that came along, or -1
    Reply& reply;       // what else than success is to be told
    io::UniqueFd made;  // what goes back beside it
};

enum class WantedDescriptor : std::uint8_t { kNone, kTun, kSocket };

struct OperationEntry {
    Operation operation;
    WantedDescriptor descriptor;
    unsigned fields;  // RequestField bits
    Expected<void> (*perform)(Call& call);
};

// Null for a number that is none of ours.
[[nodiscard]] const OperationEntry* find_operation(Operation operation);

}  // namespace miredo::broker
