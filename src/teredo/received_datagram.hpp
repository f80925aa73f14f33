// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The first checks of a datagram, the same for client and relay (RFC 4380 §5.2.3, RFC 6081 §5.1.2).
#pragma once

#include <cstdint>
#include <optional>

#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "teredo/drop_reason.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

// No port 0, unspecified, multicast or broadcast address.
[[nodiscard]] bool is_possible_outer_source(Endpoint source);

[[nodiscard]] DropReason to_drop_reason(wire::DatagramError error);

struct ReceivedDatagram {
    wire::TeredoDatagram datagram;
    std::optional<std::uint32_t> nonce;  // of a Nonce trailer
};
// Everything in it borrows from `bytes`.
[[nodiscard]] Result<ReceivedDatagram, DropReason> parse_datagram(Bytes bytes);

}  // namespace miredo::teredo
