// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// ICMPv6 (RFC 4443): echo messages, as used by the connectivity test (RFC 4380 §5.2.9), and the
// errors that a tunnel has to send.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"
#include "wire/ipv6.hpp"

namespace miredo::wire {

inline constexpr std::size_t kIcmpv6HeaderSize = 8;

enum class Icmpv6Type : std::uint8_t {
    kDestinationUnreachable = 1,
    kPacketTooBig = 2,
    kTimeExceeded = 3,
    kEchoRequest = 128,
    kEchoReply = 129,
    kRouterSolicitation = 133,
    kRouterAdvertisement = 134,
    kNeighborSolicitation = 135,
    kNeighborAdvertisement = 136,
    kRedirect = 137,
};

enum class UnreachableCode : std::uint8_t {
    kNoRoute = 0,
    kAdministrativelyProhibited = 1,
    kAddressUnreachable = 3,
};

// RFC 4861: types 133 to 137, which are about a link and never cross a tunnel to a kernel.
[[nodiscard]] bool is_neighbor_discovery(std::uint8_t icmpv6_type);

struct EchoMessage {
    Icmpv6Type type = Icmpv6Type::kEchoRequest;
    std::uint16_t identifier = 0;
    std::uint16_t sequence = 0;
    Bytes data;
};

// The echo request or reply that is the whole payload of `packet` (no extension headers): code 0
// and right checksum required.
[[nodiscard]] std::optional<EchoMessage> parse_echo(const Ipv6Packet& packet);

// Miredo's servers drop ICMPv6 messages of more than 88 bytes (protocol §3.7): data ≤ 80.
inline constexpr std::size_t kMaximumEchoData = 80;
using EchoPacket = StaticBytes<kIpv6HeaderSize + kIcmpv6HeaderSize + kMaximumEchoData>;
// `message.data` beyond 80 bytes is cut.
[[nodiscard]] EchoPacket build_echo(const Ipv6Address& source,
                                    const Ipv6Address& destination,
                                    std::uint8_t hop_limit,
                                    const EchoMessage& message);

using ErrorPacket = StaticBytes<kMinimumMtu>;
// RFC 4443 §2.4 (e): no error about an error, about a packet from an unspecified, multicast or
// loopback source, or to a multicast destination. Nothing where none may be sent. The quoted packet
// is cut so that the whole fits 1280 bytes; hop limit 255.
[[nodiscard]] std::optional<ErrorPacket>
build_unreachable(const Ipv6Address& source, UnreachableCode code, const Ipv6Packet& about);
[[nodiscard]] std::optional<ErrorPacket> build_time_exceeded(const Ipv6Address& source,
                                                             const Ipv6Packet& about);

}  // namespace miredo::wire
