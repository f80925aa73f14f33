// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bench/load/frames.hpp"

#include <algorithm>

#include "wire/checksum.hpp"

namespace miredo::bench {
namespace {

constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kHops = 64;
// Nobody answers to it.
constexpr MacAddress kOwnAddress{std::byte{0x02}};

std::uint16_t inverted(std::uint16_t sum) {
    return static_cast<std::uint16_t>(~sum);
}

void put(MutableBytes into, std::size_t offset, Bytes bytes) {
    std::ranges::copy(bytes, into.subspan(offset).begin());
}

}  // namespace

EthernetHeader::EthernetHeader(const MacAddress& neighbour, std::uint16_t type) {
    put(bytes_, 0, neighbour);
    put(bytes_, neighbour.size(), kOwnAddress);
    store_be16(MutableBytes{bytes_}.subspan(neighbour.size() + kOwnAddress.size()), type);
}

OuterHeaders::OuterHeaders(std::uint16_t from_port, Endpoint to, std::size_t size) {
    const MutableBytes ipv4{bytes_};
    const auto udp_length = static_cast<std::uint16_t>(kUdpHeaderSize + size);
    ipv4[0] = std::byte{0x45};
    store_be16(ipv4.subspan(2), static_cast<std::uint16_t>(kIpv4HeaderSize + udp_length));
    ipv4[8] = std::byte{kHops};
    ipv4[9] = std::byte{kUdp};
    store_be32(ipv4.subspan(16), to.address.value());
    sum_ = wire::ones_complement_sum(ipv4.first(kIpv4HeaderSize));
    const MutableBytes udp = ipv4.subspan(kIpv4HeaderSize);
    store_be16(udp, from_port);
    store_be16(udp.subspan(2), to.port);
    store_be16(udp.subspan(4), udp_length);
}

Bytes OuterHeaders::from(Ipv4Address source) {
    const MutableBytes ipv4{bytes_};
    store_be32(ipv4.subspan(12), source.value());
    store_be16(ipv4.subspan(10), inverted(wire::ones_complement_sum(ipv4.subspan(12, 4), sum_)));
    return bytes_;
}

NativePacket::NativePacket(std::uint16_t port) {
    constexpr std::uint16_t kLength = kUdpHeaderSize + kPayload;
    wire::write_ipv6_header(MutableBytes{bytes_},
                            {.source = {},
                             .destination = {},
                             .payload_length = kLength,
                             .next_header = kUdp,
                             .hop_limit = kHops});
    const MutableBytes udp = MutableBytes{bytes_}.subspan(wire::kIpv6HeaderSize);
    store_be16(udp, port);
    store_be16(udp.subspan(2), port);
    store_be16(udp.subspan(4), kLength);
    sum_ = inverted(wire::pseudo_header_checksum({}, {}, kUdp, udp));
}

Bytes NativePacket::between(const Ipv6Address& source, const Ipv6Address& destination) {
    constexpr std::size_t kAddresses = 8;
    const MutableBytes packet{bytes_};
    put(packet, kAddresses, source.bytes());
    put(packet, kAddresses + Ipv6Address::kSize, destination.bytes());
    const std::uint16_t checksum = inverted(
        wire::ones_complement_sum(packet.subspan(kAddresses, 2 * Ipv6Address::kSize), sum_));
    store_be16(packet.subspan(wire::kIpv6HeaderSize + 6),
               checksum == 0 ? 0xFFFF : checksum);  // RFC 8200 §8.1
    return bytes_;
}

}  // namespace miredo::bench
