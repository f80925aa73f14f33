// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/icmpv6.hpp"

#include "wire/icmpv6_checksum.hpp"

namespace miredo::wire {
namespace {

// RFC 4443 §2.1: types below are errors, the others informational.
constexpr std::uint8_t kFirstInformationalType = 128;

constexpr std::uint8_t value_of(Icmpv6Type type) {
    return static_cast<std::uint8_t>(type);
}

bool is_error_or_redirect(const Ipv6Packet& packet) {
    const ExtensionHeaders headers = walk_extension_headers(packet);
    // What can't be read might be an error.
    if (!headers.is_acceptable) {
        return true;
    }
    if (headers.upper_layer != kIcmpv6) {
        return false;
    }
    if (headers.upper_layer_payload.empty()) {
        return true;
    }
    const auto type = std::to_integer<std::uint8_t>(headers.upper_layer_payload[0]);
    return type < kFirstInformationalType || type == value_of(Icmpv6Type::kRedirect);
}

// RFC 4443 §2.4 (e.1) to (e.6)
bool may_be_answered_with_an_error(const Ipv6Packet& packet) {
    const Ipv6Address source = packet.source();
    return !source.is_unspecified() && !source.is_multicast() && !source.is_loopback() &&
           !packet.destination().is_multicast() && !is_error_or_redirect(packet);
}

std::optional<ErrorPacket> build_error(const Ipv6Address& source,
                                       Icmpv6Type type,
                                       std::uint8_t code,
                                       const Ipv6Packet& about) {
    if (!may_be_answered_with_an_error(about)) {
        return std::nullopt;
    }
    constexpr std::size_t kRoom = kMinimumMtu - kIpv6HeaderSize - kIcmpv6HeaderSize;
    const Bytes quoted = about.bytes().first(std::min(about.size(), kRoom));
    ErrorPacket error;
    const MutableBytes packet = error.extend(kIpv6HeaderSize + kIcmpv6HeaderSize + quoted.size());
    write_ipv6_header(
        packet,
        {.source = source,
         .destination = about.source(),
         .payload_length = static_cast<std::uint16_t>(packet.size() - kIpv6HeaderSize),
         .next_header = kIcmpv6,
         .hop_limit = 255});
    packet[kIpv6HeaderSize] = std::byte{value_of(type)};
    packet[kIpv6HeaderSize + 1] = std::byte{code};
    std::ranges::copy(quoted, packet.subspan(kIpv6HeaderSize + kIcmpv6HeaderSize).begin());
    write_icmpv6_checksum(packet);
    return error;
}

}  // namespace

bool is_neighbor_discovery(std::uint8_t icmpv6_type) {
    return icmpv6_type >= value_of(Icmpv6Type::kRouterSolicitation) &&
           icmpv6_type <= value_of(Icmpv6Type::kRedirect);
}

std::optional<EchoMessage> parse_echo(const Ipv6Packet& packet) {
    const Bytes message = packet.payload();
    if (packet.next_header() != kIcmpv6 || message.size() < kIcmpv6HeaderSize) {
        return std::nullopt;
    }
    const auto type = static_cast<Icmpv6Type>(message[0]);
    const bool is_echo = type == Icmpv6Type::kEchoRequest || type == Icmpv6Type::kEchoReply;
    if (!is_echo || message[1] != std::byte{0} || !has_right_icmpv6_checksum(packet)) {
        return std::nullopt;
    }
    return EchoMessage{.type = type,
                       .identifier = load_be16(message.subspan(4)),
                       .sequence = load_be16(message.subspan(6)),
                       .data = message.subspan(kIcmpv6HeaderSize)};
}

EchoPacket build_echo(const Ipv6Address& source,
                      const Ipv6Address& destination,
                      std::uint8_t hop_limit,
                      const EchoMessage& message) {
    const Bytes data = message.data.first(std::min(message.data.size(), kMaximumEchoData));
    EchoPacket echo;
    const MutableBytes packet = echo.extend(kIpv6HeaderSize + kIcmpv6HeaderSize + data.size());
    write_ipv6_header(
        packet,
        {.source = source,
         .destination = destination,
         .payload_length = static_cast<std::uint16_t>(packet.size() - kIpv6HeaderSize),
         .next_header = kIcmpv6,
         .hop_limit = hop_limit});
    packet[kIpv6HeaderSize] = std::byte{value_of(message.type)};
    store_be16(packet.subspan(kIpv6HeaderSize + 4), message.identifier);
    store_be16(packet.subspan(kIpv6HeaderSize + 6), message.sequence);
    std::ranges::copy(data, packet.subspan(kIpv6HeaderSize + kIcmpv6HeaderSize).begin());
    write_icmpv6_checksum(packet);
    return echo;
}

std::optional<ErrorPacket>
build_unreachable(const Ipv6Address& source, UnreachableCode code, const Ipv6Packet& about) {
    return build_error(
        source, Icmpv6Type::kDestinationUnreachable, static_cast<std::uint8_t>(code), about);
}

std::optional<ErrorPacket> build_time_exceeded(const Ipv6Address& source, const Ipv6Packet& about) {
    // RFC 4443 §3.3: code 0, hop limit exceeded in transit.
    return build_error(source, Icmpv6Type::kTimeExceeded, 0, about);
}

}  // namespace miredo::wire
