// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `advertisement`: a byte of choices, then an IPv6 packet. Its checksum is repaired where
// the choices say so, so that the options are reached. Judged by a second reading of RFC 4861 §4.2,
// §4.6 and §6.1, and by what is built from the values coming back the same.
#include <algorithm>
#include <array>
#include <optional>

#include "fuzz/packets.hpp"
#include "fuzz/target.hpp"
#include "wire/ndp.hpp"

namespace miredo::fuzz {
namespace {

constexpr std::size_t kMaximum = 2048;
constexpr std::byte kRepair{0x01};
constexpr std::byte kFitLength{0x02};

unsigned octet(Bytes bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}

// What both messages have in common: RFC 4861 §6.1.1, §6.1.2.
bool is_message(Bytes packet, unsigned type, std::size_t body) {
    return octet(packet, 6) == 58 && octet(packet, 7) == 255 && packet.size() >= 40 + body &&
           octet(packet, 40) == type && octet(packet, 41) == 0 &&
           plain_checksum(packet.subspan(8, 16), packet.subspan(24, 16), 58, packet.subspan(40)) ==
               0;
}

// False where an option is of no length or goes beyond the end. `each(type, option)` may refuse
// one.
template <typename Each>
bool walk_options(Bytes options, Each each) {
    std::size_t at = 0;
    while (at < options.size()) {
        if (options.size() - at < 8) {
            return false;
        }
        const std::size_t size = std::size_t{octet(options, at + 1)} * 8;
        if (size == 0 || at + size > options.size() ||
            !each(octet(options, at), options.subspan(at, size))) {
            return false;
        }
        at += size;
    }
    return true;
}

std::optional<wire::RouterAdvertisement> read_advertisement(Bytes packet) {
    const bool is_link_local = octet(packet, 8) == 0xFE && octet(packet, 9) >> 6U == 2;
    if (!is_message(packet, 134, 16) || !is_link_local) {
        return std::nullopt;
    }
    wire::RouterAdvertisement result;
    const bool is_good =
        walk_options(packet.subspan(40 + 16), [&result](unsigned type, Bytes option) {
            if (type == 5) {
                result.mtu = result.mtu ? result.mtu : std::optional{load_be32(option.subspan(4))};
                return option.size() == 8;
            }
            if (type != 3) {
                return true;
            }
            if (option.size() != 32 || octet(option, 2) > 128) {
                return false;
            }
            if (result.prefix_count == 0) {
                result.prefix = {Ipv6Address::load(option.subspan(16)),
                                 static_cast<std::uint8_t>(octet(option, 2))};
            }
            result.prefix_count = static_cast<std::uint8_t>(std::min(result.prefix_count + 1, 255));
            return true;
        });
    return is_good ? std::optional{result} : std::nullopt;
}

void check_round_trip(const wire::Ipv6Packet& packet, const wire::RouterAdvertisement& parsed) {
    const wire::RouterAdvertisementValues values{.source = packet.source(),
                                                 .destination = packet.destination(),
                                                 .prefix =
                                                     Ipv6Address{parsed.prefix.address.high(), 0},
                                                 .mtu = parsed.mtu.value_or(1280)};
    const auto built = wire::build_router_advertisement(values);
    const auto again = wire::Ipv6Packet::parse(built.bytes());
    EXPECT_HOLDS(again && again->size() == built.size());
    EXPECT_HOLDS(again->source() == values.source && again->destination() == values.destination);
    const auto read = wire::parse_router_advertisement(*again);
    EXPECT_HOLDS(read && read->prefix_count == 1 && read->prefix.length == 64);
    EXPECT_HOLDS(read->prefix.address == values.prefix && read->mtu == values.mtu);
}

void check(const wire::Ipv6Packet& packet) {
    const auto expected = read_advertisement(packet.bytes());
    const auto parsed = wire::parse_router_advertisement(packet);
    EXPECT_HOLDS(parsed.has_value() == expected.has_value());
    if (parsed) {
        EXPECT_HOLDS(parsed->prefix_count == expected->prefix_count);
        EXPECT_HOLDS(parsed->prefix == expected->prefix);
        EXPECT_HOLDS(parsed->mtu == expected->mtu);
        check_round_trip(packet, *parsed);
    }
    const bool is_solicitation =
        is_message(packet.bytes(), 133, 8) &&
        walk_options(packet.bytes().subspan(48), [](unsigned, Bytes) { return true; });
    EXPECT_HOLDS(wire::is_valid_router_solicitation(packet) == is_solicitation);
    const auto solicitation = wire::build_router_solicitation(packet.source());
    EXPECT_HOLDS(
        wire::is_valid_router_solicitation(*wire::Ipv6Packet::parse(solicitation.bytes())));
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(advertisement) {
    using namespace miredo;
    using namespace miredo::fuzz;
    if (input.empty() || input.size() > kMaximum) {
        return;
    }
    // At the very end of its memory, that a byte read beyond is seen.
    static std::array<std::byte, kMaximum> memory;
    const std::byte choices = input.front();
    const MutableBytes packet = MutableBytes{memory}.last(input.size() - 1);
    std::copy(input.begin() + 1, input.end(), packet.begin());
    if ((choices & kFitLength) != std::byte{0} && packet.size() >= 40) {
        store_be16(packet.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
    }
    const auto parsed = wire::Ipv6Packet::parse(packet);
    if (!parsed) {
        return;
    }
    if ((choices & kRepair) != std::byte{0} && parsed->size() >= 44) {
        repair_checksum(packet.first(parsed->size()));
    }
    check(*parsed);
}
