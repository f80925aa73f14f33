// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/icmpv6_checksum.hpp"

#include "wire/checksum.hpp"

namespace miredo::wire {

bool has_right_icmpv6_checksum(const Ipv6Packet& packet) {
    return pseudo_header_checksum(
               packet.source(), packet.destination(), kIcmpv6, packet.payload()) == 0;
}

void write_icmpv6_checksum(MutableBytes packet) {
    const MutableBytes message = packet.subspan(kIpv6HeaderSize);
    const std::uint16_t checksum = pseudo_header_checksum(Ipv6Address::load(packet.subspan(8)),
                                                          Ipv6Address::load(packet.subspan(24)),
                                                          kIcmpv6,
                                                          message);
    store_be16(message.subspan(2), checksum);
}

}  // namespace miredo::wire
