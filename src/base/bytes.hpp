// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Views of bytes, and big-endian loads and stores: every format of RFC 4380 and RFC 8200 is in
// network byte order, every value inside the program in host order; this is where the two meet.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace miredo {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

// A number as it is in memory from one in big-endian order, or the other way round.
template <std::unsigned_integral T>
[[nodiscard]] inline T swap_big_endian(T value) {
    if constexpr (std::endian::native == std::endian::big) {
        return value;
    } else if constexpr (sizeof value == sizeof(std::uint16_t)) {
        return __builtin_bswap16(value);
    } else if constexpr (sizeof value == sizeof(std::uint32_t)) {
        return __builtin_bswap32(value);
    } else {
        return __builtin_bswap64(value);
    }
}

// Loads a number from the first bytes of `from`, which must hold at least as many. In one go: byte
// by byte, each would have its place checked.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T load_be(Bytes from) {
    const Bytes bytes = from.first(sizeof(T));
    T value = 0;
    if (std::is_constant_evaluated()) {
        for (const std::byte byte : bytes) {
            value = static_cast<T>(value << 8U | std::to_integer<T>(byte));
        }
        return value;
    }
    std::memcpy(&value, bytes.data(), sizeof value);
    return swap_big_endian(value);
}

[[nodiscard]] constexpr std::uint16_t load_be16(Bytes from) {
    return load_be<std::uint16_t>(from);
}

[[nodiscard]] constexpr std::uint32_t load_be32(Bytes from) {
    return load_be<std::uint32_t>(from);
}

[[nodiscard]] constexpr std::uint64_t load_be64(Bytes from) {
    return load_be<std::uint64_t>(from);
}

// Stores `value` big-endian at the start of `to`, which must have room for it.
template <std::unsigned_integral T>
constexpr void store_be(MutableBytes to, T value) {
    const MutableBytes bytes = to.first(sizeof value);
    if (std::is_constant_evaluated()) {
        for (std::size_t i = sizeof value; i > 0; --i, value = static_cast<T>(value >> 8U)) {
            bytes[i - 1] = static_cast<std::byte>(value & 0xFFU);
        }
        return;
    }
    value = swap_big_endian(value);
    std::memcpy(bytes.data(), &value, sizeof value);
}

constexpr void store_be16(MutableBytes to, std::uint16_t value) {
    store_be(to, value);
}

constexpr void store_be32(MutableBytes to, std::uint32_t value) {
    store_be(to, value);
}

constexpr void store_be64(MutableBytes to, std::uint64_t value) {
    store_be(to, value);
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
