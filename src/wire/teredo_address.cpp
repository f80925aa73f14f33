// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/teredo_address.hpp"

namespace miredo::wire {
namespace {

// The lower 64 bits of a Teredo address: flags, obfuscated port and address.
std::uint64_t interface_identifier(std::uint16_t flags, Endpoint endpoint) {
    const auto port = static_cast<std::uint16_t>(~endpoint.port);
    return (std::uint64_t{flags} << 48U) | (std::uint64_t{port} << 32U) |
           std::uint32_t{~endpoint.address.value()};
}

}  // namespace

std::optional<TeredoAddress> TeredoAddress::parse(const Ipv6Address& address,
                                                  const Ipv6Prefix& prefix) {
    if ((address.high() >> 32U) != (prefix.address.high() >> 32U)) {
        return std::nullopt;
    }
    const std::uint64_t identifier = address.low();
    const auto address_bits = static_cast<std::uint32_t>(identifier);
    const auto port_bits = static_cast<std::uint16_t>(identifier >> 32U);
    return TeredoAddress{
        .server = Ipv4Address{static_cast<std::uint32_t>(address.high())},
        .flags = static_cast<std::uint16_t>(identifier >> 48U),
        .mapped = {.address = Ipv4Address{~address_bits},
                   .port = static_cast<std::uint16_t>(~port_bits)},
    };
}

Ipv6Address TeredoAddress::to_ipv6(const Ipv6Prefix& prefix) const {
    const std::uint64_t high = (prefix.address.high() & 0xFFFFFFFF00000000U) | server.value();
    return Ipv6Address{high, interface_identifier(flags, mapped)};
}

Ipv6Address teredo_link_local(std::uint16_t flags, Endpoint endpoint) {
    return Ipv6Address{0xfe80000000000000U, interface_identifier(flags, endpoint)};
}

}  // namespace miredo::wire
