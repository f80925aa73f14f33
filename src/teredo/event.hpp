// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the world outside the engine may want to know, or has to do.
#pragma once

#include <cstdint>
#include <variant>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "teredo/status.hpp"

namespace miredo::teredo {

// The client has an address: it replaces the one before, if any, on the device.
struct AddressLearnt {
    Ipv6Address address;
    Endpoint mapped;
    Ipv4Address server;
    std::uint16_t mtu = 1280;
};
// The address is no longer ours: take it off the device.
struct AddressLost {};
struct StateChanged {
    ClientState state = ClientState::kQualifying;
    StateReason reason = StateReason::kNone;
    bool is_key_outdated = false;  // as in ClientStatus: the administrator has to act
};
struct NatTypeLearnt {
    NatType type = NatType::kUnknown;
};
// Qualification starts over and would like the server's name looked up again (its answer comes back
// as new settings; until then the address known so far is used).
struct ServerNameNeeded {};

// RFC 4380 §5.2.7: open a second UDP port, any, on the same addresses as the first; it is the
// client's ServiceSocket::kSecondary from then on. Client::handle_secondary_port() is the answer.
struct SecondaryPortNeeded {};
// It may be closed: nothing is sent from it any more.
struct SecondaryPortDone {};

using Event = std::variant<AddressLearnt,
                           AddressLost,
                           StateChanged,
                           NatTypeLearnt,
                           ServerNameNeeded,
                           SecondaryPortNeeded,
                           SecondaryPortDone>;

}  // namespace miredo::teredo
