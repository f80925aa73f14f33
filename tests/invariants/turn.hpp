// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One turn of a role: an input and what came of it so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "teredo/output.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::invariants {

// `invariant` is the number it has in the design ("S6"); both are literals.
struct Violation {
    std::string_view invariant;
    std::string_view what;
};

enum class TurnKind : std::uint8_t {
    kDatagram,
    kPacket,
    kTimeout,
    kSettings,
    kRequalify,
    kSecondaryPort,
};

struct Turn {
    TurnKind kind = TurnKind::kTimeout;
    Instant now;

    // kDatagram
    Endpoint from;
    teredo::ServiceSocket socket = teredo::ServiceSocket::kPrimary;
    std::optional<wire::TeredoDatagram> datagram;
    // kDatagram: the inner packet; kPacket: the host's.
    std::optional<wire::Ipv6Packet> packet;
    Ipv6Address source;
    Ipv6Address destination;
    std::size_t input_size = 0;

    // kSettings: they are the ones that the role has already.
    bool is_same_settings = false;

    // What the role did.
    std::uint32_t actions = 0;
    std::uint32_t events = 0;
    std::uint32_t reactions = 0;     // datagrams that no packet of the host is in
    std::size_t reaction_bytes = 0;  // UDP payload of these
    std::uint32_t forwarded_to_udp = 0;
    std::uint32_t forwarded_to_ipv6 = 0;
    std::uint32_t bubbles = 0;
    std::uint32_t solicitations = 0;
    std::uint32_t advertisements = 0;
    std::uint32_t tests = 0;
    std::uint32_t errors = 0;

    [[nodiscard]] bool is_datagram() const { return kind == TurnKind::kDatagram; }
    [[nodiscard]] bool is_bubble() const { return packet && packet->is_bubble(); }
};

// The borrowed bytes are the input's own (the contract of Output): no copy, nothing else.
[[nodiscard]] inline bool is_input(Bytes bytes, const Turn& turn) {
    return turn.packet && bytes.data() == turn.packet->bytes().data() &&
           bytes.size() == turn.packet->size();
}

}  // namespace miredo::invariants
