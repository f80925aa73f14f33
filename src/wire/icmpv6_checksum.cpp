// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/icmpv6_checksum.hpp"

#include "wire/checksum.hpp"

namespace miredo::wire {

std::uint16_t icmpv6_sum(Bytes packet) {
    // The addresses are right in front of the message, and the order of what is summed is no
    // matter: one go does for all of them.
    const auto length = static_cast<std::uint32_t>(packet.size() - kIpv6HeaderSize);
    return ones_complement_sum(packet.subspan(kIpv6SourceOffset), length + kIcmpv6);
}

bool has_right_icmpv6_checksum(const Ipv6Packet& packet) {
    return icmpv6_sum(packet.bytes()) == 0xFFFF;
}

void write_icmpv6_checksum(MutableBytes packet) {
    const auto checksum = static_cast<std::uint16_t>(~icmpv6_sum(packet));
    store_be16(packet.subspan(kIpv6HeaderSize + 2), checksum);
}

}  // namespace miredo::wire
