// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/ndp.hpp"

#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/icmpv6_checksum.hpp"

namespace miredo::wire {
namespace {

constexpr std::size_t kSolicitationBodySize = 8;
constexpr std::size_t kAdvertisementBodySize = 16;
constexpr std::uint8_t kLinkHopLimit = 255;  // proves that no router forwarded the message

// RFC 4861 §4.6: type, length in units of 8 bytes that counts these two as well.
constexpr std::size_t kOptionUnit = 8;
constexpr std::uint8_t kPrefixInformation = 3;
constexpr std::uint8_t kPrefixInformationUnits = 4;
constexpr std::uint8_t kMtu = 5;
constexpr std::uint8_t kMtuUnits = 1;
constexpr std::uint8_t kAutonomousFlag = 0x40;
constexpr std::uint32_t kInfinity = 0xFFFFFFFFU;
constexpr std::uint32_t kRetransmissionTimer = 2000;  // ms

// RFC 4861 §6.1.1, §6.1.2, what both have in common.
bool is_valid_message(const Ipv6Packet& packet, Icmpv6Type type, std::size_t body_size) {
    const Bytes message = packet.payload();
    return packet.next_header() == kIcmpv6 && packet.hop_limit() == kLinkHopLimit &&
           message.size() >= body_size && message[0] == static_cast<std::byte>(type) &&
           message[1] == std::byte{0} && has_right_icmpv6_checksum(packet);
}

// Cuts the first option off `options` (not empty). Nothing where its length is 0 or goes beyond
// the end.
std::optional<Bytes> take_option(Bytes& options) {
    if (options.size() < kOptionUnit) {
        return std::nullopt;
    }
    const std::size_t size = std::to_integer<std::size_t>(options[1]) * kOptionUnit;
    if (size == 0 || size > options.size()) {
        return std::nullopt;
    }
    const Bytes option = options.first(size);
    options = options.subspan(size);
    return option;
}

// False where the option contradicts its own definition (RFC 4861 §4.6.2, §4.6.4).
bool read_option(Bytes option, RouterAdvertisement& into) {
    const auto type = std::to_integer<std::uint8_t>(option[0]);
    const auto units = std::to_integer<std::uint8_t>(option[1]);
    if (type == kMtu) {
        if (units == kMtuUnits && !into.mtu) {
            into.mtu = load_be32(option.subspan(4));
        }
        return units == kMtuUnits;
    }
    if (type != kPrefixInformation) {
        return true;
    }
    const auto length = std::to_integer<std::uint8_t>(option[2]);
    if (units != kPrefixInformationUnits || length > 128) {
        return false;
    }
    if (into.prefix_count == 0) {
        into.prefix = {.address = Ipv6Address::load(option.subspan(16)), .length = length};
    }
    if (into.prefix_count < UINT8_MAX) {
        ++into.prefix_count;
    }
    return true;
}

// Both builders' header and type; the rest of `packet` is zero.
void begin_message(MutableBytes packet,
                   const Ipv6Address& source,
                   const Ipv6Address& destination,
                   Icmpv6Type type) {
    write_ipv6_header(
        packet,
        {.source = source,
         .destination = destination,
         .payload_length = static_cast<std::uint16_t>(packet.size() - kIpv6HeaderSize),
         .next_header = kIcmpv6,
         .hop_limit = kLinkHopLimit});
    packet[kIpv6HeaderSize] = static_cast<std::byte>(type);
}

void write_prefix_information(MutableBytes to, const Ipv6Address& prefix) {
    to[0] = std::byte{kPrefixInformation};
    to[1] = std::byte{kPrefixInformationUnits};
    to[2] = std::byte{64};
    to[3] = std::byte{kAutonomousFlag};
    store_be32(to.subspan(4), kInfinity);  // valid
    store_be32(to.subspan(8), kInfinity);  // preferred
    store_be64(to.subspan(16), prefix.high());
}

}  // namespace

RouterSolicitationPacket build_router_solicitation(const Ipv6Address& source) {
    RouterSolicitationPacket solicitation;
    const MutableBytes packet = solicitation.extend(kRouterSolicitationSize);
    begin_message(packet, source, kAllRouters, Icmpv6Type::kRouterSolicitation);
    write_icmpv6_checksum(packet);
    return solicitation;
}

bool is_valid_router_solicitation(const Ipv6Packet& packet) {
    if (!is_valid_message(packet, Icmpv6Type::kRouterSolicitation, kSolicitationBodySize)) {
        return false;
    }
    Bytes options = packet.payload().subspan(kSolicitationBodySize);
    while (!options.empty()) {
        if (!take_option(options)) {
            return false;
        }
    }
    return true;
}

std::optional<RouterAdvertisement> parse_router_advertisement(const Ipv6Packet& packet) {
    if (!is_valid_message(packet, Icmpv6Type::kRouterAdvertisement, kAdvertisementBodySize) ||
        !packet.source().is_link_local()) {
        return std::nullopt;
    }
    RouterAdvertisement advertisement;
    Bytes options = packet.payload().subspan(kAdvertisementBodySize);
    while (!options.empty()) {
        const std::optional<Bytes> option = take_option(options);
        if (!option || !read_option(*option, advertisement)) {
            return std::nullopt;
        }
    }
    return advertisement;
}

RouterAdvertisementTemplate::RouterAdvertisementTemplate(const RouterAdvertisementValues& values) {
    const MutableBytes packet = packet_.extend(kRouterAdvertisementSize);
    begin_message(packet, values.source, {}, Icmpv6Type::kRouterAdvertisement);
    const MutableBytes message = packet.subspan(kIpv6HeaderSize);
    store_be32(message.subspan(12), kRetransmissionTimer);
    const MutableBytes options = message.subspan(kAdvertisementBodySize);
    write_prefix_information(options, values.prefix);
    const MutableBytes mtu = options.subspan(kPrefixInformationUnits * kOptionUnit);
    mtu[0] = std::byte{kMtu};
    mtu[1] = std::byte{kMtuUnits};
    store_be32(mtu.subspan(4), values.mtu);
    sum_ = icmpv6_sum(packet);
}

void RouterAdvertisementTemplate::write(MutableBytes to, const Ipv6Address& destination) const {
    std::ranges::copy(packet_.bytes(), to.begin());
    std::ranges::copy(destination.bytes(), to.subspan(kIpv6DestinationOffset).begin());
    const std::uint16_t sum = ones_complement_sum(destination.bytes(), sum_);
    store_be16(to.subspan(kIpv6HeaderSize + 2), static_cast<std::uint16_t>(~sum));
}

RouterAdvertisementPacket build_router_advertisement(const RouterAdvertisementValues& values) {
    RouterAdvertisementPacket advertisement;
    RouterAdvertisementTemplate{values}.write(advertisement.extend(kRouterAdvertisementSize),
                                              values.destination);
    return advertisement;
}

}  // namespace miredo::wire
