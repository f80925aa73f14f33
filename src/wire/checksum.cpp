// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/checksum.hpp"

#include <array>

namespace miredo::wire {
namespace {

std::uint16_t fold(std::uint64_t sum) {
    while (sum > 0xFFFFU) {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(sum);
}

}  // namespace

std::uint16_t ones_complement_sum(Bytes data, std::uint32_t initial) {
    // RFC 1071 §2 (C): the words may be added in larger units; 2^16 ≡ 1 there, so folding brings
    // the same result.
    std::uint64_t sum = initial;
    for (; data.size() >= 4; data = data.subspan(4)) {
        sum += load_be32(data);
    }
    if (data.size() >= 2) {
        sum += load_be16(data);
        data = data.subspan(2);
    }
    if (!data.empty()) {
        sum += std::to_integer<std::uint64_t>(data[0]) << 8U;
    }
    return fold(sum);
}

std::uint16_t pseudo_header_checksum(const Ipv6Address& source,
                                     const Ipv6Address& destination,
                                     std::uint8_t next_header,
                                     Bytes message) {
    std::array<std::byte, 8> tail{};
    store_be32(tail, static_cast<std::uint32_t>(message.size()));
    tail[7] = std::byte{next_header};
    const std::uint16_t addresses =
        ones_complement_sum(destination.bytes(), ones_complement_sum(source.bytes()));
    const std::uint16_t sum = ones_complement_sum(message, ones_complement_sum(tail, addresses));
    return static_cast<std::uint16_t>(~sum);
}

}  // namespace miredo::wire
