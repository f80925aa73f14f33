// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/teredo_datagram.hpp"

#include "wire/trailers.hpp"

namespace miredo::wire {
namespace {

constexpr std::uint16_t kOriginMark = 0x0000;
constexpr std::uint16_t kAuthenticationMark = 0x0001;
constexpr std::size_t kAuthenticationLengths = 4;  // mark and the two length bytes
constexpr std::size_t kNonceAndConfirmation = kAuthenticationNonceSize + 1;

bool begins_with(Bytes bytes, std::uint16_t mark) {
    return bytes.size() >= sizeof(mark) && load_be16(bytes) == mark;
}

// Cuts the authentication header that `rest` begins with off it.
std::optional<Authentication> take_authentication(Bytes& rest) {
    if (rest.size() < kAuthenticationLengths) {
        return std::nullopt;
    }
    const auto identifier_size = std::to_integer<std::size_t>(rest[2]);
    const auto value_size = std::to_integer<std::size_t>(rest[3]);
    const std::size_t tail = kAuthenticationLengths + identifier_size + value_size;
    if (rest.size() < tail + kNonceAndConfirmation) {
        return std::nullopt;
    }
    const Authentication authentication{
        .client_identifier = rest.subspan(kAuthenticationLengths, identifier_size),
        .value = rest.subspan(kAuthenticationLengths + identifier_size, value_size),
        .nonce = load_be64(rest.subspan(tail)),
        .confirmation = std::to_integer<std::uint8_t>(rest[tail + kAuthenticationNonceSize]),
    };
    rest = rest.subspan(tail + kNonceAndConfirmation);
    return authentication;
}

// Likewise the origin indication.
std::optional<Endpoint> take_origin(Bytes& rest) {
    if (rest.size() < kOriginSize) {
        return std::nullopt;
    }
    const std::uint16_t port_bits = load_be16(rest.subspan(2));
    const std::uint32_t address_bits = load_be32(rest.subspan(4));
    rest = rest.subspan(kOriginSize);
    return Endpoint{.address = Ipv4Address{~address_bits},
                    .port = static_cast<std::uint16_t>(~port_bits)};
}

// Why what is left behind the encapsulation headers is no IPv6 packet.
DatagramError explain(Bytes rest) {
    if (begins_with(rest, kOriginMark) || begins_with(rest, kAuthenticationMark)) {
        return DatagramError::kMisplacedHeader;
    }
    if (!rest.empty() && (std::to_integer<unsigned>(rest[0]) >> 4U) != 6) {
        return DatagramError::kUnknownEncapsulation;
    }
    return DatagramError::kMalformedIpv6;
}

}  // namespace

Result<TeredoDatagram, DatagramError> TeredoDatagram::parse(Bytes payload) {
    if (payload.size() < kIpv6HeaderSize) {
        return Failure{DatagramError::kTooShort};
    }
    Bytes rest = payload;
    std::optional<Authentication> authentication;
    if (begins_with(rest, kAuthenticationMark)) {
        authentication = take_authentication(rest);
        if (!authentication) {
            return Failure{DatagramError::kTruncatedAuthentication};
        }
    }
    std::optional<Endpoint> origin;
    if (begins_with(rest, kOriginMark)) {
        origin = take_origin(rest);
        if (!origin) {
            return Failure{DatagramError::kTruncatedOrigin};
        }
    }
    const std::optional<Ipv6Packet> packet = Ipv6Packet::parse(rest);
    if (!packet) {
        return Failure{explain(rest)};
    }
    return TeredoDatagram{.authentication = authentication,
                          .origin = origin,
                          .packet = *packet,
                          .trailers = rest.subspan(packet->size())};
}

void write_origin(MutableBytes to, Endpoint origin) {
    store_be16(to, kOriginMark);
    store_be16(to.subspan(2), static_cast<std::uint16_t>(~origin.port));
    store_be32(to.subspan(4), ~origin.address.value());
}

std::size_t write_authentication(MutableBytes to, const Authentication& authentication) {
    const Bytes identifier = authentication.client_identifier;
    const Bytes value = authentication.value;
    store_be16(to, kAuthenticationMark);
    to[2] = static_cast<std::byte>(identifier.size());
    to[3] = static_cast<std::byte>(value.size());
    MutableBytes rest = to.subspan(kAuthenticationLengths);
    std::ranges::copy(identifier, rest.begin());
    rest = rest.subspan(identifier.size());
    std::ranges::copy(value, rest.begin());
    rest = rest.subspan(value.size());
    store_be64(rest, authentication.nonce);
    rest[kAuthenticationNonceSize] = std::byte{authentication.confirmation};
    return size_of(authentication);
}

Bubble build_bubble(const Ipv6Address& source,
                    const Ipv6Address& destination,
                    std::optional<std::uint32_t> nonce) {
    Bubble bubble;
    write_ipv6_header(bubble.extend(kIpv6HeaderSize),
                      {.source = source,
                       .destination = destination,
                       .payload_length = 0,
                       .next_header = kNoNextHeader,
                       .hop_limit = 0});
    if (nonce) {
        write_nonce_trailer(bubble.extend(kNonceTrailerSize), *nonce);
    }
    return bubble;
}

Bubble build_discovery_bubble(const Ipv6Address& source) {
    Bubble bubble;
    write_ipv6_header(bubble.extend(kIpv6HeaderSize),
                      {.source = source,
                       .destination = kAllNodes,
                       .payload_length = 0,
                       .next_header = kNoNextHeader,
                       .hop_limit = 1});
    return bubble;
}

}  // namespace miredo::wire
