// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/ipv4_address.hpp"

#include <charconv>

#include <fmt/format.h>

namespace miredo {

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view text) {
    std::uint32_t value = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (text.empty() || text.front() != '.') {
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
        std::uint8_t octet = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octet);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (error != std::errc{} || (digits > 1 && text.front() == '0')) {
            return std::nullopt;
        }
        text.remove_prefix(digits);
        value = (value << 8U) | octet;
    }
    if (!text.empty()) {
        return std::nullopt;
    }
    return Ipv4Address{value};
}

std::string Ipv4Address::to_string() const {
    return fmt::format("{}.{}.{}.{}",
                       value_ >> 24U,
                       (value_ >> 16U) & 0xFFU,
                       (value_ >> 8U) & 0xFFU,
                       value_ & 0xFFU);
}

}  // namespace miredo
