// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// IPv4 addresses and prefixes as values, in host byte order inside.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace miredo {

class Ipv4Address {
  public:
    constexpr Ipv4Address() = default;
    // `value` in host byte order: 0xC0000201 is 192.0.2.1.
    constexpr explicit Ipv4Address(std::uint32_t value) : value_{value} {}
    constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
        : value_{(std::uint32_t{a} << 24U) | (std::uint32_t{b} << 16U) | (std::uint32_t{c} << 8U) |
                 d} {}

    // Dotted quad, four decimal numbers, nothing else: no octal, no short forms.
    [[nodiscard]] static std::optional<Ipv4Address> parse(std::string_view text);

    [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
    [[nodiscard]] constexpr bool is_unspecified() const { return value_ == 0; }
    [[nodiscard]] constexpr bool is_multicast() const { return (value_ >> 28U) == 0xEU; }
    [[nodiscard]] constexpr bool is_loopback() const { return (value_ >> 24U) == 127U; }
    [[nodiscard]] constexpr bool is_broadcast() const { return value_ == 0xFFFFFFFFU; }
    [[nodiscard]] std::string to_string() const;

    // NOLINTNEXTLINE(modernize-use-nullptr): false alarm on a defaulted comparison
    friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;

  private:
    std::uint32_t value_ = 0;
};

// An address block. Bits beyond `length` (0 to 32) in `address` are ignored.
struct Ipv4Prefix {
    Ipv4Address address;
    std::uint8_t length = 0;

    [[nodiscard]] constexpr std::uint32_t mask() const {
        return length == 0 ? 0U : ~std::uint32_t{0} << (32U - length);
    }
    [[nodiscard]] constexpr bool contains(Ipv4Address other) const {
        return ((address.value() ^ other.value()) & mask()) == 0;
    }
    [[nodiscard]] constexpr Ipv4Address first() const {
        return Ipv4Address{address.value() & mask()};
    }
    [[nodiscard]] constexpr Ipv4Address last() const {
        return Ipv4Address{address.value() | ~mask()};
    }
    friend constexpr bool operator==(const Ipv4Prefix&, const Ipv4Prefix&) = default;
};

}  // namespace miredo
