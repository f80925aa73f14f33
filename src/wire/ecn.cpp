// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/ecn.hpp"

#include <cstddef>

namespace miredo::wire {
namespace {

// RFC 8200 §3: version, traffic class and flow label have 4, 8 and 20 bits.
constexpr std::size_t kOctet = 1;
constexpr unsigned kShift = 4;

}  // namespace

std::optional<Ecn> ecn_of_packet(Bytes datagram) {
    if (datagram.size() <= kOctet || std::to_integer<unsigned>(datagram[0]) >> 4U != 6) {
        return std::nullopt;
    }
    const auto octet = std::to_integer<std::uint8_t>(datagram[kOctet]);
    return ecn_of_tos(static_cast<std::uint8_t>(octet >> kShift));
}

void set_ecn(MutableBytes packet, Ecn ecn) {
    const auto bits = static_cast<std::byte>(static_cast<unsigned>(ecn) << kShift);
    packet[kOctet] = (packet[kOctet] & std::byte{0xCF}) | bits;
}

std::optional<Ecn> leaving_tunnel(Ecn inner, Ecn outer) {
    if (outer == Ecn::kCe) {
        return inner == Ecn::kNotEct ? std::nullopt : std::optional{Ecn::kCe};
    }
    return inner == Ecn::kEct0 && outer == Ecn::kEct1 ? Ecn::kEct1 : inner;
}

bool decapsulate_ecn(MutableBytes datagram, std::uint8_t outer_tos) {
    const Ecn outer = ecn_of_tos(outer_tos);
    const auto inner = ecn_of_packet(datagram);
    if (outer == Ecn::kNotEct || !inner) {
        return true;
    }
    const auto leaving = leaving_tunnel(*inner, outer);
    if (!leaving) {
        return false;
    }
    if (*leaving != *inner) {
        set_ecn(datagram, *leaving);
    }
    return true;
}

}  // namespace miredo::wire
