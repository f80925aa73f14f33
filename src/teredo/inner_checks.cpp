// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/inner_checks.hpp"

#include <algorithm>
#include <array>

#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {
namespace {

// Within 2000::/3; what lies outside is not global unicast (ULA, NAT64's 64:ff9b::/96 and the
// like).
constexpr std::array kNotNativeBlocks{
    wire::kTeredoPrefix,
    Ipv6Prefix{Ipv6Address{0x2001000200000000U, 0}, 48},  // benchmarking, RFC 5180
    Ipv6Prefix{Ipv6Address{0x2001001000000000U, 0}, 28},  // ORCHID, RFC 4843
    Ipv6Prefix{Ipv6Address{0x2001002000000000U, 0}, 28},  // ORCHIDv2, RFC 7343
    Ipv6Prefix{Ipv6Address{0x20010db800000000U, 0}, 32},  // documentation, RFC 3849
    kSixToFourPrefix,
    Ipv6Prefix{Ipv6Address{0x3ffe000000000000U, 0}, 16},  // 6bone and the old Teredo, RFC 3701
    Ipv6Prefix{Ipv6Address{0x3fff000000000000U, 0}, 20},  // documentation, RFC 9637
};

// RFC 5214 §6.1: …:[02]00:5efe:a.b.c.d.
bool is_isatap(const Ipv6Address& address) {
    const auto identifier = static_cast<std::uint32_t>(address.low() >> 32U);
    return (identifier & 0xFCFFFFFFU) == 0x00005EFEU;
}

// RFC 2710 and RFC 3810: multicast listener messages.
bool is_multicast_listener(std::uint8_t icmpv6_type) {
    return (icmpv6_type >= 130 && icmpv6_type <= 132) || icmpv6_type == 143;
}

}  // namespace

bool is_impossible_source(const Ipv6Address& source) {
    return source.is_multicast() || source.is_unspecified() || source.is_loopback() ||
           source.is_ipv4_mapped() || source.is_ipv4_compatible() || source.is_site_local();
}

std::optional<DropReason> check_contents(const wire::Ipv6Packet& packet) {
    const wire::ExtensionHeaders headers = wire::walk_extension_headers(packet);
    if (headers.has_type0_routing) {
        return DropReason::kType0Routing;
    }
    if (!headers.is_acceptable) {
        return DropReason::kExtensionHeaders;
    }
    if (headers.upper_layer == wire::kIcmpv6 && !headers.upper_layer_payload.empty()) {
        const auto type = std::to_integer<std::uint8_t>(headers.upper_layer_payload[0]);
        if (wire::is_neighbor_discovery(type) || is_multicast_listener(type)) {
            return DropReason::kNeighborDiscovery;
        }
    }
    return std::nullopt;
}

bool is_later_fragment(const wire::Ipv6Packet& packet) {
    return packet.next_header() != wire::kNoNextHeader &&
           wire::walk_extension_headers(packet).upper_layer == wire::kNoNextHeader;
}

bool is_testable(const Ipv6Address& address) {
    return kGlobalUnicast.contains(address) && !is_isatap(address) &&
           std::none_of(kNotNativeBlocks.begin(),
                        kNotNativeBlocks.end(),
                        [&](const Ipv6Prefix& block) { return block.contains(address); });
}

bool is_unusable_destination(const Ipv6Address& destination) {
    return destination.is_multicast() || destination.is_link_local() ||
           destination.is_unspecified() || destination.is_loopback() ||
           destination.is_ipv4_mapped() || destination.is_ipv4_compatible();
}

}  // namespace miredo::teredo
