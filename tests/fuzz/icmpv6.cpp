// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `icmpv6`: a byte of choices, then an IPv6 packet: echo messages, the errors about it, and
// checksums, judged by RFC 4443 read a second time.
#include "wire/icmpv6.hpp"

#include <algorithm>
#include <array>

#include "fuzz/packets.hpp"
#include "fuzz/target.hpp"
#include "wire/checksum.hpp"

namespace miredo::fuzz {
namespace {

constexpr std::size_t kMaximum = 2048;
constexpr std::byte kRepair{0x01};
constexpr std::byte kFitLength{0x02};

using wire::Ipv6Packet;

unsigned octet(Bytes bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}

bool is_echo(Bytes packet) {
    return octet(packet, 6) == 58 && packet.size() >= 48 &&
           (octet(packet, 40) == 128 || octet(packet, 40) == 129) && octet(packet, 41) == 0 &&
           plain_checksum(packet.subspan(8, 16), packet.subspan(24, 16), 58, packet.subspan(40)) ==
               0;
}

void check_echo(const Ipv6Packet& packet, MutableBytes bytes) {
    const auto echo = wire::parse_echo(packet);
    EXPECT_HOLDS(echo.has_value() == is_echo(packet.bytes()));
    if (!echo) {
        return;
    }
    EXPECT_HOLDS(static_cast<unsigned>(echo->type) == octet(packet.bytes(), 40));
    EXPECT_HOLDS(echo->identifier == load_be16(packet.bytes().subspan(44)));
    EXPECT_HOLDS(echo->sequence == load_be16(packet.bytes().subspan(46)));
    EXPECT_HOLDS(echo->data.data() == packet.bytes().data() + 48);
    EXPECT_HOLDS(echo->data.size() == packet.size() - 48);
    const auto built =
        wire::build_echo(packet.source(), packet.destination(), packet.hop_limit(), *echo);
    if (echo->data.size() <= wire::kMaximumEchoData) {
        // All of it but traffic class and flow label; a checksum of 0xFFFF is 0 as well.
        EXPECT_HOLDS(equal(built.bytes().subspan(4, 38), packet.bytes().subspan(4, 38)));
        EXPECT_HOLDS(equal(built.bytes().subspan(44), packet.bytes().subspan(44)));
    }
    EXPECT_HOLDS(is_echo(built.bytes()));
    // One wrong bit and it is none.
    const std::size_t at = 42 + packet.size() % (packet.size() - 42);
    bytes[at] ^= std::byte{0x10};
    EXPECT_HOLDS(!wire::parse_echo(packet));
    bytes[at] ^= std::byte{0x10};
}

// RFC 4443 §2.4 (e), for packets whose message directly follows the header.
bool deserves_no_error(const Ipv6Packet& packet) {
    const bool has_bad_address = packet.source().is_multicast() ||
                                 packet.source().is_unspecified() ||
                                 packet.source().is_loopback() || octet(packet.bytes(), 24) == 0xFF;
    const wire::ExtensionHeaders headers = wire::walk_extension_headers(packet);
    if (has_bad_address || !headers.is_acceptable) {
        return true;
    }
    if (headers.upper_layer != 58) {
        return false;
    }
    const Bytes message = headers.upper_layer_payload;
    return message.empty() || octet(message, 0) < 128 || octet(message, 0) == 137;
}

void check_error(const Ipv6Packet& packet) {
    const Ipv6Address router{0xfe80000000000000U, 0x8000F227BEFCFEFEU};
    const auto error =
        packet.hop_limit() % 2 == 0
            ? wire::build_unreachable(router, wire::UnreachableCode::kAddressUnreachable, packet)
            : wire::build_time_exceeded(router, packet);
    EXPECT_HOLDS(error.has_value() == !deserves_no_error(packet));
    if (!error) {
        return;
    }
    const Bytes bytes = error->bytes();
    const auto parsed = Ipv6Packet::parse(bytes);
    EXPECT_HOLDS(parsed && parsed->size() == bytes.size() && bytes.size() <= 1280);
    EXPECT_HOLDS(bytes.size() == std::min<std::size_t>(48 + packet.size(), 1280));
    EXPECT_HOLDS(parsed->source() == router && parsed->destination() == packet.source());
    EXPECT_HOLDS(parsed->hop_limit() == 255 && parsed->next_header() == 58);
    EXPECT_HOLDS(octet(bytes, 40) == (packet.hop_limit() % 2 == 0 ? 1U : 3U));
    EXPECT_HOLDS(octet(bytes, 41) == (packet.hop_limit() % 2 == 0 ? 3U : 0U));
    EXPECT_HOLDS(load_be32(bytes.subspan(44)) == 0);
    EXPECT_HOLDS(equal(bytes.subspan(48), packet.bytes().first(bytes.size() - 48)));
    EXPECT_HOLDS(
        plain_checksum(bytes.subspan(8, 16), bytes.subspan(24, 16), 58, bytes.subspan(40)) == 0);
    // No error about it in turn.
    EXPECT_HOLDS(!wire::build_time_exceeded(router, *parsed));
}

void check_checksum(const Ipv6Packet& packet) {
    const Bytes bytes = packet.bytes();
    const std::uint16_t expected = plain_checksum(
        bytes.subspan(8, 16), bytes.subspan(24, 16), packet.next_header(), packet.payload());
    EXPECT_HOLDS(wire::pseudo_header_checksum(packet.source(),
                                              packet.destination(),
                                              packet.next_header(),
                                              packet.payload()) == expected);
    // In pieces, at an even place, it is the same sum.
    const std::size_t half = packet.size() / 4 * 2;
    EXPECT_HOLDS(wire::ones_complement_sum(bytes) ==
                 wire::ones_complement_sum(bytes.subspan(half),
                                           wire::ones_complement_sum(bytes.first(half))));
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(icmpv6) {
    using namespace miredo;
    using namespace miredo::fuzz;
    if (input.empty() || input.size() > kMaximum) {
        return;
    }
    static std::array<std::byte, kMaximum> memory;
    const std::byte choices = input.front();
    const MutableBytes packet = MutableBytes{memory}.last(input.size() - 1);
    std::copy(input.begin() + 1, input.end(), packet.begin());
    if ((choices & kFitLength) != std::byte{0} && packet.size() >= 40) {
        store_be16(packet.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
    }
    const auto parsed = Ipv6Packet::parse(packet);
    if (!parsed) {
        return;
    }
    if ((choices & kRepair) != std::byte{0} && parsed->size() >= 44) {
        repair_checksum(packet.first(parsed->size()));
    }
    check_checksum(*parsed);
    check_echo(*parsed, packet);
    check_error(*parsed);
}
