// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/teredo_hosts.hpp"

#include "wire/ipv6.hpp"

namespace miredo::sim {
namespace {

constexpr std::size_t kHopLimitOffset = 7;

}  // namespace

bool decrement_hop_limit(Packet& packet) {
    if (packet.size() < wire::kIpv6HeaderSize) {
        return false;
    }
    const auto hop_limit = std::to_integer<unsigned>(packet[kHopLimitOffset]);
    if (hop_limit <= 1) {
        return false;
    }
    packet[kHopLimitOffset] = static_cast<std::byte>(hop_limit - 1);
    return true;
}

template class ClientHostOf<teredo::Client>;
template class RelayHostOf<teredo::Relay>;
template class ServerHostOf<teredo::Server>;

}  // namespace miredo::sim
