// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/teredo_hosts.hpp"

#include <stdexcept>

#include "wire/ipv6.hpp"

namespace miredo::sim {
namespace {

constexpr std::size_t kHopLimitOffset = 7;

// What the kernel does to a packet that it forwards (RFC 8200 §3); false where the packet ends
// here.
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

}  // namespace

void ClientHost::take_ipv6(Packet packet) {
    auto answer = stack_.take(network().now(), address_, packet);
    if (answer) {
        // A turn of its own: the stack answers after the role has returned.
        network().schedule(Duration::zero(),
                           [this, bytes = *std::move(answer)] { give_packet(bytes); });
    }
}

void ClientHost::take_event(const teredo::Event& event) {
    events_.emplace_back(network().now(), event);
    if (const auto* learnt = std::get_if<teredo::AddressLearnt>(&event)) {
        address_ = learnt->address;  // replaces the one before: never two
        history_.push_back(learnt->address);
    } else if (std::holds_alternative<teredo::AddressLost>(event)) {
        address_.reset();
    }
}

void RelayHost::handle_ipv6(Instant /*now*/, Bytes packet) {
    Packet forwarded = to_packet(packet);
    if (decrement_hop_limit(forwarded)) {
        give_packet(forwarded);
    }
}

void RelayHost::take_ipv6(Packet packet) {
    if (decrement_hop_limit(packet)) {
        network().send_ipv6(*this, packet);
    }
}

void RelayHost::take_event(const teredo::Event& /*event*/) {
    throw std::logic_error{"a relay has nothing to tell"};
}

void ServerHost::take_event(const teredo::Event& /*event*/) {
    throw std::logic_error{"a server has nothing to tell"};
}

}  // namespace miredo::sim
