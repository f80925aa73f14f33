// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "offload/latest_pair.hpp"

#include <cstring>

#include "offload/headers.hpp"

namespace miredo::offload {
namespace {

bool is_whole(Bytes packet) {
    return packet.size() > kIpv6HeaderSize && (octet(packet, 0) >> 4U) == 6 &&
           load_be16(packet.subspan(kPayloadLengthOffset)) == packet.size() - kIpv6HeaderSize;
}

}  // namespace

void LatestPair::remember(Bytes packet) {
    forget();
    if (is_whole(packet)) {
        const std::uint8_t protocol = octet(packet, kNextHeaderOffset);
        packet_ = protocol == kTcp || protocol == kUdp ? packet.data() : nullptr;
    }
}

bool LatestPair::is_followed_by(Bytes packet) const {
    return packet_ != nullptr && is_whole(packet) &&
           octet(packet, kNextHeaderOffset) ==
               std::to_integer<std::uint8_t>(packet_[kNextHeaderOffset]) &&
           std::memcmp(
               packet.data() + kAddressesOffset, packet_ + kAddressesOffset, kAddressesSize) == 0;
}

}  // namespace miredo::offload
