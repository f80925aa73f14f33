// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packets for the tests of the roles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

using ByteVector = std::vector<std::byte>;

inline ByteVector from_hex(std::string_view digits) {
    ByteVector result;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        result.push_back(
            static_cast<std::byte>(std::stoul(std::string{digits.substr(i, 2)}, nullptr, 16)));
    }
    return result;
}

inline ByteVector concatenate(std::initializer_list<Bytes> parts) {
    ByteVector result;
    for (const Bytes part : parts) {
        result.insert(result.end(), part.begin(), part.end());
    }
    return result;
}

inline Ipv6Address address(std::string_view text) {
    return Ipv6Address::parse(text).value();
}

inline ByteVector bubble(const Ipv6Address& from, const Ipv6Address& to) {
    return concatenate({wire::build_bubble(from, to).bytes()});
}

// `next_header` and whatever follows it; hop limit 64.
inline ByteVector ipv6_packet(const Ipv6Address& from,
                              const Ipv6Address& to,
                              std::uint8_t next_header,
                              Bytes payload) {
    ByteVector result(wire::kIpv6HeaderSize);
    wire::write_ipv6_header(result,
                            {.source = from,
                             .destination = to,
                             .payload_length = static_cast<std::uint16_t>(payload.size()),
                             .next_header = next_header,
                             .hop_limit = 64});
    result.insert(result.end(), payload.begin(), payload.end());
    return result;
}

// An ICMPv6 message with a right checksum, `data_size` bytes behind its eight.
inline ByteVector echo(const Ipv6Address& from,
                       const Ipv6Address& to,
                       wire::Icmpv6Type type = wire::Icmpv6Type::kEchoRequest,
                       std::size_t data_size = 16) {
    ByteVector message(wire::kIcmpv6HeaderSize + data_size, std::byte{0x11});
    message[0] = static_cast<std::byte>(type);
    message[1] = std::byte{0};
    const MutableBytes checksum = MutableBytes{message}.subspan(2, 2);
    store_be16(checksum, 0);
    store_be16(checksum, wire::pseudo_header_checksum(from, to, wire::kIcmpv6, message));
    return ipv6_packet(from, to, wire::kIcmpv6, message);
}

// TCP and UDP packets of many kinds between the addresses of `packet`: a role makes no difference
// between them (offload::LatestPair relies on it).
inline std::vector<ByteVector> alike(const ByteVector& packet) {
    std::vector<ByteVector> result;
    for (const unsigned header_bits : {0x60000000U, 0x6FF00000U, 0x600FFFFFU}) {
        for (const std::size_t payload : {0U, 1U, 20U, 1240U, 60000U}) {
            ByteVector other{packet.begin(), packet.begin() + wire::kIpv6HeaderSize};
            other.resize(wire::kIpv6HeaderSize + payload, static_cast<std::byte>(payload));
            store_be32(other, header_bits);
            store_be16(MutableBytes{other}.subspan(4), static_cast<std::uint16_t>(payload));
            other[7] = static_cast<std::byte>(header_bits);
            result.push_back(std::move(other));
        }
    }
    return result;
}

}  // namespace miredo::teredo
