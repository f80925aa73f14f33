// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Views of bytes, and big-endian loads and stores: every format of RFC 4380 and RFC 8200 is in
// network byte order, every value inside the program in host order; this is where the two meet.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace miredo {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

// Loads N big-endian bytes from `from`, which must hold at least that many.
[[nodiscard]] constexpr std::uint16_t load_be16(Bytes from) {
    return static_cast<std::uint16_t>((std::to_integer<unsigned>(from[0]) << 8U) |
                                      std::to_integer<unsigned>(from[1]));
}

[[nodiscard]] constexpr std::uint32_t load_be32(Bytes from) {
    return (std::uint32_t{load_be16(from)} << 16U) | load_be16(from.subspan(2));
}

[[nodiscard]] constexpr std::uint64_t load_be64(Bytes from) {
    return (std::uint64_t{load_be32(from)} << 32U) | load_be32(from.subspan(4));
}

// Stores `value` big-endian at the start of `to`, which must have room for it.
constexpr void store_be16(MutableBytes to, std::uint16_t value) {
    to[0] = static_cast<std::byte>(value >> 8U);
    to[1] = static_cast<std::byte>(value & 0xFFU);
}

constexpr void store_be32(MutableBytes to, std::uint32_t value) {
    store_be16(to, static_cast<std::uint16_t>(value >> 16U));
    store_be16(to.subspan(2), static_cast<std::uint16_t>(value & 0xFFFFU));
}

constexpr void store_be64(MutableBytes to, std::uint64_t value) {
    store_be32(to, static_cast<std::uint32_t>(value >> 32U));
    store_be32(to.subspan(4), static_cast<std::uint32_t>(value & 0xFFFFFFFFU));
}

[[nodiscard]] inline bool equal(Bytes a, Bytes b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// Compares secrets of equal length in a time that does not depend on where they differ.
[[nodiscard]] inline bool equal_constant_time(Bytes a, Bytes b) {
    if (a.size() != b.size()) {
        return false;
    }
    std::byte difference{0};
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= a[i] ^ b[i];
    }
    return difference == std::byte{0};
}

// Bytes held in place, up to Capacity: what the engine builds itself (bubbles, solicitations,
// echoes, ICMPv6 errors) without an allocation.
template <std::size_t Capacity>
class StaticBytes {
  public:
    // False, and nothing changed, where `more` would not fit.
    [[nodiscard]] bool append(Bytes more) {
        if (more.size() > Capacity - size_) {
            return false;
        }
        std::copy(more.begin(), more.end(), storage_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += more.size();
        return true;
    }

    // A writable run of `count` zero bytes at the end; empty where it would not fit.
    [[nodiscard]] MutableBytes extend(std::size_t count) {
        if (count > Capacity - size_) {
            return {};
        }
        const MutableBytes added = MutableBytes{storage_}.subspan(size_, count);
        std::fill(added.begin(), added.end(), std::byte{0});
        size_ += count;
        return added;
    }

    [[nodiscard]] Bytes bytes() const { return Bytes{storage_}.first(size_); }
    [[nodiscard]] MutableBytes mutable_bytes() { return MutableBytes{storage_}.first(size_); }
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    std::array<std::byte, Capacity> storage_{};
    std::size_t size_ = 0;
};

}  // namespace miredo
