// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Router Solicitation and Router Advertisement (RFC 4861 §4.1, §4.2, §4.6) as the Teredo service
// uses them (RFC 4380 §5.2.1, §5.3.2).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"
#include "wire/ipv6.hpp"

namespace miredo::wire {

inline constexpr Ipv6Address kAllRouters{0xff02000000000000U, 2};

inline constexpr std::size_t kRouterSolicitationSize = kIpv6HeaderSize + 8;
using RouterSolicitationPacket = StaticBytes<kRouterSolicitationSize>;
// To ff02::2, hop limit 255, no options: 48 bytes.
[[nodiscard]] RouterSolicitationPacket build_router_solicitation(const Ipv6Address& source);
// RFC 4861 §6.1.1 except the rule about link-layer options, which a tunnel does not have: hop limit
// 255, right checksum, code 0, at least 8 bytes, every option of non-zero length and inside the
// packet. The destination must be ff02::2 or a unicast address; that is the caller's to check.
[[nodiscard]] bool is_valid_router_solicitation(const Ipv6Packet& packet);

struct RouterAdvertisement {
    std::uint8_t prefix_count = 0;  // Prefix Information options seen; `prefix` is the first
    Ipv6Prefix prefix;
    std::optional<std::uint32_t> mtu;  // of the first MTU option
};
// RFC 4861 §6.1.2: link-local source, hop limit 255, right checksum, code 0, at least 16 bytes,
// every option of non-zero length and inside the packet. Nothing where one of these fails, or where
// a Prefix Information or MTU option is not of its one size or a prefix longer than 128 bits.
[[nodiscard]] std::optional<RouterAdvertisement>
parse_router_advertisement(const Ipv6Packet& packet);

struct RouterAdvertisementValues {
    Ipv6Address source;       // the server's link-local address
    Ipv6Address destination;  // the solicitation's source
    Ipv6Address prefix;       // 64 bits of it: 2001:0:server::
    std::uint32_t mtu = kMinimumMtu;
};
inline constexpr std::size_t kRouterAdvertisementSize = kIpv6HeaderSize + 16 + 32 + 8;
using RouterAdvertisementPacket = StaticBytes<kRouterAdvertisementSize>;
// Router lifetime 0, retransmission timer 2000 ms, one prefix (/64, flags 0x40, lifetimes
// infinite), the MTU option: 96 bytes, the vector `ra_min`.
[[nodiscard]] RouterAdvertisementPacket
build_router_advertisement(const RouterAdvertisementValues& values);

// The same advertisement to one destination after the other: all else is made once.
class RouterAdvertisementTemplate {
  public:
    // `values.destination` is not looked at.
    explicit RouterAdvertisementTemplate(const RouterAdvertisementValues& values);

    // What build_router_advertisement() makes, to the start of `to`, which must have room for it.
    void write(MutableBytes to, const Ipv6Address& destination) const;

  private:
    RouterAdvertisementPacket packet_;  // to ::, without a checksum
    std::uint16_t sum_ = 0;             // of what the checksum covers of it, not inverted
};

}  // namespace miredo::wire
