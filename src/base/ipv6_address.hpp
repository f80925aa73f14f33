// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// IPv6 addresses and prefixes as values (RFC 4291); the bytes are in network order.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace miredo {

class Ipv6Address {
  public:
    static constexpr std::size_t kSize = 16;

    constexpr Ipv6Address() = default;
    constexpr explicit Ipv6Address(const std::array<std::byte, kSize>& bytes) : bytes_{bytes} {}
    // The address's two halves in host byte order: {0xfe80000000000000, 1} is fe80::1.
    constexpr Ipv6Address(std::uint64_t high, std::uint64_t low) {
        store_be64(MutableBytes{bytes_}, high);
        store_be64(MutableBytes{bytes_}.subspan(8), low);
    }

    // `from` must hold at least 16 bytes.
    [[nodiscard]] static constexpr Ipv6Address load(Bytes from) {
        Ipv6Address result;
        std::copy_n(from.begin(), kSize, result.bytes_.begin());
        return result;
    }
    // RFC 4291 §2.2 text, without zone or prefix length.
    [[nodiscard]] static std::optional<Ipv6Address> parse(std::string_view text);

    [[nodiscard]] constexpr Bytes bytes() const { return Bytes{bytes_}; }
    [[nodiscard]] constexpr std::uint64_t high() const { return load_be64(bytes()); }
    [[nodiscard]] constexpr std::uint64_t low() const { return load_be64(bytes().subspan(8)); }

    [[nodiscard]] constexpr bool is_unspecified() const { return high() == 0 && low() == 0; }
    [[nodiscard]] constexpr bool is_loopback() const { return high() == 0 && low() == 1; }
    [[nodiscard]] constexpr bool is_multicast() const { return bytes_[0] == std::byte{0xFF}; }
    [[nodiscard]] constexpr bool is_link_local() const { return (high() >> 54U) == 0x3FAU; }
    [[nodiscard]] constexpr bool is_site_local() const { return (high() >> 54U) == 0x3FBU; }
    [[nodiscard]] constexpr bool is_unique_local() const { return (high() >> 57U) == 0x7EU; }
    [[nodiscard]] constexpr bool is_ipv4_mapped() const {
        return high() == 0 && (low() >> 32U) == 0xFFFFU;
    }
    // ::a.b.c.d (RFC 4291 §2.5.5.1, deprecated), the unspecified and loopback addresses excepted.
    [[nodiscard]] constexpr bool is_ipv4_compatible() const {
        return high() == 0 && (low() >> 32U) == 0 && low() > 1;
    }
    [[nodiscard]] std::string to_string() const;  // RFC 5952 form

    // NOLINTNEXTLINE(modernize-use-nullptr): false alarm on a defaulted comparison
    friend constexpr auto operator<=>(const Ipv6Address&, const Ipv6Address&) = default;

  private:
    std::array<std::byte, kSize> bytes_{};
};

// Bits beyond `length` (0 to 128) in `address` are ignored.
struct Ipv6Prefix {
    Ipv6Address address;
    std::uint8_t length = 0;

    [[nodiscard]] constexpr bool contains(const Ipv6Address& other) const {
        const std::uint64_t high = address.high() ^ other.high();
        const std::uint64_t low = address.low() ^ other.low();
        if (length <= 64) {
            return length == 0 || (high >> (64U - length)) == 0;
        }
        return high == 0 && (low >> (128U - length)) == 0;
    }
    // `address/length`; the length may be left out and is then 128.
    [[nodiscard]] static std::optional<Ipv6Prefix> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    friend constexpr bool operator==(const Ipv6Prefix&, const Ipv6Prefix&) = default;
};

}  // namespace miredo
