// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace miredo::wire {
namespace {

// RFC 1071 §2: words may be added in larger units (2^16 ≡ 1 there), and in either byte order, the
// sum then being in that order too. So all is added as the machine loads it, eight bytes at a
// time, and turned once at the end.
constexpr std::size_t kWord = sizeof(std::uint64_t);
// Independent sums, so that one addition need not wait for the carry of the one before.
constexpr std::size_t kLanes = 4;
constexpr std::size_t kStride = kWord * kLanes;

std::uint64_t load_native(const std::byte* from, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, size);
    return word;
}

std::uint64_t add_with_carry(std::uint64_t sum, std::uint64_t word) {
    sum += word;
    return sum + static_cast<std::uint64_t>(sum < word);
}

std::uint16_t fold(std::uint64_t sum) {
    sum = (sum & 0xFFFFFFFFU) + (sum >> 32U);
    while (sum > 0xFFFFU) {
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return static_cast<std::uint16_t>(sum);
}

std::uint64_t native_sum(Bytes data) {
    const std::byte* at = data.data();
    std::size_t left = data.size();
    std::array<std::uint64_t, kLanes> sums{};
    for (; left >= kStride; left -= kStride, at += kStride) {
        sums[0] = add_with_carry(sums[0], load_native(at, kWord));
        sums[1] = add_with_carry(sums[1], load_native(at + kWord, kWord));
        sums[2] = add_with_carry(sums[2], load_native(at + 2 * kWord, kWord));
        sums[3] = add_with_carry(sums[3], load_native(at + 3 * kWord, kWord));
    }
    for (; left >= kWord; left -= kWord, at += kWord) {
        sums[0] = add_with_carry(sums[0], load_native(at, kWord));
    }
    if (left > 0) {
        sums[1] = add_with_carry(sums[1], load_native(at, left));
    }
    return add_with_carry(add_with_carry(sums[0], sums[1]), add_with_carry(sums[2], sums[3]));
}

}  // namespace

std::uint16_t ones_complement_sum(Bytes data, std::uint32_t initial) {
    std::uint16_t sum = fold(native_sum(data));
    if constexpr (std::endian::native == std::endian::little) {
        sum = static_cast<std::uint16_t>((sum << 8U) | (sum >> 8U));
    }
    return fold(std::uint64_t{initial} + sum);
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
