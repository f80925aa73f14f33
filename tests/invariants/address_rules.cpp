// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "invariants/address_rules.hpp"

#include <algorithm>

namespace miredo::invariants {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;

    [[nodiscard]] bool holds(Ipv4Address address) const {
        return address.value() >= first && address.value() <= last;
    }
};

constexpr Range kNever[] = {
    {0x00000000U, 0x00FFFFFFU},  // 0.0.0.0/8
    {0x7F000000U, 0x7FFFFFFFU},  // 127.0.0.0/8
    {0xE0000000U, 0xEFFFFFFFU},  // 224.0.0.0/4
    {0xFFFFFFFFU, 0xFFFFFFFFU},  // 255.255.255.255
};

constexpr Range kNotGlobal[] = {
    {0x0A000000U, 0x0AFFFFFFU},  // 10.0.0.0/8
    {0x64400000U, 0x647FFFFFU},  // 100.64.0.0/10
    {0xA9FE0000U, 0xA9FEFFFFU},  // 169.254.0.0/16
    {0xAC100000U, 0xAC1FFFFFU},  // 172.16.0.0/12
    {0xC0000000U, 0xC00000FFU},  // 192.0.0.0/24
    {0xC0000200U, 0xC00002FFU},  // 192.0.2.0/24
    {0xC0586300U, 0xC05863FFU},  // 192.88.99.0/24
    {0xC0A80000U, 0xC0A8FFFFU},  // 192.168.0.0/16
    {0xC6120000U, 0xC613FFFFU},  // 198.18.0.0/15
    {0xC6336400U, 0xC63364FFU},  // 198.51.100.0/24
    {0xCB007100U, 0xCB0071FFU},  // 203.0.113.0/24
    {0xF0000000U, 0xFFFFFFFEU},  // 240.0.0.0/4
};

template <typename Ranges>
bool is_in(const Ranges& ranges, Ipv4Address address) {
    return std::any_of(std::begin(ranges), std::end(ranges), [&](const Range& range) {
        return range.holds(address);
    });
}

bool is_one_of(const std::vector<Ipv4Address>& own, std::uint64_t value) {
    return std::find(own.begin(), own.end(), Ipv4Address{static_cast<std::uint32_t>(value)}) !=
           own.end();
}

}  // namespace

bool is_usable_ipv4(Ipv4Address address, bool allow_private) {
    return !is_in(kNever, address) && (allow_private || !is_in(kNotGlobal, address));
}

bool allows_private(const teredo::Surroundings& surroundings) {
    // Two of them, since one may be a directed broadcast of the host's own.
    return surroundings.filter.is_usable(Ipv4Address{10, 93, 17, 5}) ||
           surroundings.filter.is_usable(Ipv4Address{192, 168, 177, 9});
}

bool is_allowed_target(Endpoint to, const teredo::Surroundings& surroundings) {
    const auto& ports = surroundings.own_ports;
    const bool is_own = is_one_of(surroundings.own_addresses, to.address.value()) &&
                        std::find(ports.begin(), ports.end(), to.port) != ports.end();
    return to.port != 0 && !is_own && is_usable_ipv4(to.address, allows_private(surroundings)) &&
           surroundings.filter.is_usable(to.address);
}

bool is_possible_inner_source(const Ipv6Address& source) {
    return !is_special(source);
}

bool is_global_unicast(const Ipv6Address& address) {
    return (address.high() >> 61U) == 1;
}

bool is_special(const Ipv6Address& address) {
    const std::uint64_t high = address.high();
    if (high == 0) {
        // ::/64: unspecified, loopback, IPv4-compatible, IPv4-mapped; what is left of it is
        // reserved, but nobody's in particular.
        const std::uint64_t top = address.low() >> 32U;
        return top == 0 || top == 0xFFFFU;
    }
    const std::uint64_t first_ten = high >> 54U;
    return (high >> 56U) == 0xFFU || first_ten == (0xFE80U >> 6U) || first_ten == (0xFEC0U >> 6U);
}

bool embeds(const Ipv6Address& address, const std::vector<Ipv4Address>& own) {
    const bool is_six_to_four = (address.high() >> 48U) == 0x2002U;
    const std::uint64_t identifier = address.low() >> 32U;
    const bool is_isatap = identifier == 0x00005EFEU || identifier == 0x02005EFEU;
    return (is_six_to_four && is_one_of(own, (address.high() >> 16U) & 0xFFFFFFFFU)) ||
           (is_isatap && is_one_of(own, address.low() & 0xFFFFFFFFU));
}

}  // namespace miredo::invariants
