// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/ipv6_address.hpp"

#include <charconv>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace miredo {

// inet_pton and inet_ntop are arithmetic, not system calls: the room stays pure.
std::optional<Ipv6Address> Ipv6Address::parse(std::string_view text) {
    std::array<std::byte, kSize> bytes{};
    if (text.find('\0') != std::string_view::npos ||
        inet_pton(AF_INET6, std::string{text}.c_str(), bytes.data()) != 1) {
        return std::nullopt;
    }
    return Ipv6Address{bytes};
}

std::string Ipv6Address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size()) == nullptr) {
        return {};
    }
    return text.data();
}

std::optional<Ipv6Prefix> Ipv6Prefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::optional<Ipv6Address> address = Ipv6Address::parse(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) {
        return Ipv6Prefix{*address, 128};
    }
    const std::string_view digits = text.substr(slash + 1);
    std::uint8_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > 128) {
        return std::nullopt;
    }
    return Ipv6Prefix{*address, length};
}

std::string Ipv6Prefix::to_string() const {
    return address.to_string() + '/' + std::to_string(length);
}

}  // namespace miredo
