// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The UDP payload of the Teredo service (RFC 4380 §5.1.1, RFC 6081 §4):
//
//   [ Authentication ] [ Origin indication ] IPv6 packet [ Trailers ]
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "wire/ipv6.hpp"

namespace miredo::wire {

inline constexpr std::size_t kAuthenticationNonceSize = 8;

//  | 0x00 | 0x01 | ID-len | AU-len | client id | authentication value | nonce (8) | conf (1) |
struct Authentication {
    Bytes client_identifier;  // 0 to 255 bytes
    Bytes value;              // 0 to 255 bytes
    std::uint64_t nonce = 0;
    std::uint8_t confirmation = 0;  // 0: the key is still valid
};
// Longest possible form.
inline constexpr std::size_t kMaximumAuthenticationSize = 4 + 255 + 255 + 9;
// On the wire, whatever the nonce: 13 bytes without identifier and value.
[[nodiscard]] constexpr std::size_t size_of(const Authentication& authentication) {
    return 4 + authentication.client_identifier.size() + authentication.value.size() +
           kAuthenticationNonceSize + 1;
}

inline constexpr std::size_t kOriginSize = 8;

enum class DatagramError : std::uint8_t {
    kTooShort,              // fewer than 40 bytes
    kUnknownEncapsulation,  // first bytes are none of IPv6, origin and authentication
    kTruncatedAuthentication,
    kTruncatedOrigin,
    kMisplacedHeader,  // a second one, or authentication behind origin
    kMalformedIpv6,
};

// A parsed datagram; everything in it borrows from the bytes given to parse().
struct TeredoDatagram {
    std::optional<Authentication> authentication;
    std::optional<Endpoint> origin;
    Ipv6Packet packet;
    Bytes trailers;  // what follows the IPv6 packet, not yet looked at

    [[nodiscard]] static Result<TeredoDatagram, DatagramError> parse(Bytes payload);
};

//  | 0x00 | 0x00 | ~port (2) | ~IPv4 (4) |
// Writes 8 bytes to the start of `to`.
void write_origin(MutableBytes to, Endpoint origin);

// size_of(authentication) bytes at the start of `to`, which must have room; returns how many.
// Identifier and value are at most 255 bytes each.
std::size_t write_authentication(MutableBytes to, const Authentication& authentication);

// RFC 4380 §2.8: 40 bytes, no payload, next header 59, hop limit 0 (as the RFC 6081 vectors; the
// hop limit means nothing in a bubble). With `nonce` a Nonce trailer follows (RFC 6081 §4.2).
inline constexpr std::size_t kMaximumBubbleSize = kIpv6HeaderSize + 6;
using Bubble = StaticBytes<kMaximumBubbleSize>;
[[nodiscard]] Bubble build_bubble(const Ipv6Address& source,
                                  const Ipv6Address& destination,
                                  std::optional<std::uint32_t> nonce = std::nullopt);

// RFC 4380 §5.2.8: a bubble to all nodes on the link, hop limit 1.
inline constexpr Ipv6Address kAllNodes{0xff02000000000000U, 1};
[[nodiscard]] Bubble build_discovery_bubble(const Ipv6Address& source);

}  // namespace miredo::wire
