// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packets as they lie on an Ethernet, for a sender that is to be faster than what it measures: it
// has no socket, no route and no neighbour to look up (packet(7)).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "wire/ipv6.hpp"

namespace miredo::bench {

using MacAddress = std::array<std::byte, 6>;

inline constexpr std::size_t kUdpHeaderSize = 8;

// Ethernet (IEEE 802.3), up to one neighbour.
class EthernetHeader {
  public:
    static constexpr std::uint16_t kIpv4 = 0x0800;
    static constexpr std::uint16_t kIpv6 = 0x86DD;

    EthernetHeader(const MacAddress& neighbour, std::uint16_t type);
    [[nodiscard]] Bytes bytes() const { return bytes_; }

  private:
    std::array<std::byte, 14> bytes_{};
};

// IPv4 (RFC 791) and UDP without a checksum (RFC 768), from one port of many addresses.
class OuterHeaders {
  public:
    // `size` is that of the UDP payload.
    OuterHeaders(std::uint16_t from_port, Endpoint to, std::size_t size);
    // Valid until the next call.
    [[nodiscard]] Bytes from(Ipv4Address source);

  private:
    static constexpr std::size_t kIpv4HeaderSize = 20;

    std::array<std::byte, kIpv4HeaderSize + kUdpHeaderSize> bytes_{};
    std::uint16_t sum_;  // of the IPv4 header without a source, not inverted
};

// IPv6 (RFC 8200) and UDP with 64 bytes, from and to one port of many addresses.
class NativePacket {
  public:
    static constexpr std::size_t kPayload = 64;
    static constexpr std::size_t kSize = wire::kIpv6HeaderSize + kUdpHeaderSize + kPayload;

    explicit NativePacket(std::uint16_t port);
    // Valid until the next call.
    [[nodiscard]] Bytes between(const Ipv6Address& source, const Ipv6Address& destination);

  private:
    std::array<std::byte, kSize> bytes_{};
    std::uint16_t sum_;  // of everything but the addresses, not inverted
};

}  // namespace miredo::bench
