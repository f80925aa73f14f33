// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/ipv6_stack.hpp"

#include <algorithm>
#include <array>

#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"

namespace miredo::sim {
namespace {

constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint16_t kIdentifier = 0x2001;

}  // namespace

std::optional<Packet>
Ipv6Stack::take(Instant now, const std::optional<Ipv6Address>& address, Bytes packet) {
    inbox_.push_back({now, to_packet(packet)});
    const auto parsed = wire::Ipv6Packet::parse(packet);
    if (!parsed || !address || parsed->destination() != *address) {
        return std::nullopt;
    }
    const auto echo = wire::parse_echo(*parsed);
    if (!echo || echo->type != wire::Icmpv6Type::kEchoRequest) {
        return std::nullopt;
    }
    wire::EchoMessage reply = *echo;
    reply.type = wire::Icmpv6Type::kEchoReply;
    return to_packet(wire::build_echo(*address, parsed->source(), kHopLimit, reply).bytes());
}

std::optional<Instant> Ipv6Stack::reply_from(const Ipv6Address& peer,
                                             std::uint16_t sequence) const {
    for (const Arrival& arrival : inbox_) {
        const auto parsed = wire::Ipv6Packet::parse(arrival.packet);
        const auto echo = parsed ? wire::parse_echo(*parsed) : std::nullopt;
        if (echo && echo->type == wire::Icmpv6Type::kEchoReply && parsed->source() == peer &&
            echo->identifier == kIdentifier && echo->sequence == sequence) {
            return arrival.at;
        }
    }
    return std::nullopt;
}

std::size_t Ipv6Stack::unreachable_count(std::uint8_t code) const {
    return static_cast<std::size_t>(
        std::count_if(inbox_.begin(), inbox_.end(), [code](const Arrival& arrival) {
            const auto parsed = wire::Ipv6Packet::parse(arrival.packet);
            return parsed && parsed->next_header() == wire::kIcmpv6 &&
                   parsed->payload().size() >= wire::kIcmpv6HeaderSize &&
                   parsed->payload()[0] ==
                       static_cast<std::byte>(wire::Icmpv6Type::kDestinationUnreachable) &&
                   parsed->payload()[1] == static_cast<std::byte>(code);
        }));
}

Packet make_echo_request(const Ipv6Address& source, const Ipv6Address& to, std::uint16_t sequence) {
    std::array<std::byte, 16> data{};
    store_be16(data, sequence);
    const wire::EchoMessage request{
        wire::Icmpv6Type::kEchoRequest, kIdentifier, sequence, Bytes{data}};
    return to_packet(wire::build_echo(source, to, kHopLimit, request).bytes());
}

}  // namespace miredo::sim
