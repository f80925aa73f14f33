// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Router Solicitations and Advertisements (RFC 4861 §6.1): each rule broken once.
#include "wire/ndp.hpp"

#include <array>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "packets.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::wire {
namespace {

const Ipv6Address server_source = ipv6("fe80::8000:f227:34ff:8e87");
const PacketShape from_server{
    .source = server_source, .destination = kClientLinkLocal, .hop_limit = 255};
const PacketShape from_client{
    .source = kClientLinkLocal, .destination = kAllRouters, .hop_limit = 255};

const Buffer solicitation_message = from_hex("85000000 00000000");
const Buffer advertisement_message = from_hex("86000000 00000000 00000000 000007d0");
const Buffer prefix_option = from_hex("03044040 ffffffff ffffffff 00000000"
                                      "20010000 cb007178 00000000 00000000");
const Buffer other_prefix_option = from_hex("03044040 ffffffff ffffffff 00000000"
                                            "20010db8 00000000 00000000 00000000");
const Buffer mtu_option = from_hex("05010000 00000500");
const Buffer unknown_option = from_hex("fe020000 00000000 00000000 00000000");

Buffer changed(Buffer bytes, std::size_t at, std::uint8_t value) {
    bytes.at(at) = std::byte{value};
    return bytes;
}

bool is_valid_solicitation(const PacketShape& shape, const Buffer& message) {
    const Buffer packet = make_icmpv6_packet(shape, message);
    return is_valid_router_solicitation(packet_in(packet));
}

std::optional<RouterAdvertisement> parse(const PacketShape& shape, const Buffer& message) {
    const Buffer packet = make_icmpv6_packet(shape, message);
    return parse_router_advertisement(packet_in(packet));
}

std::optional<RouterAdvertisement> parse_options(std::initializer_list<Bytes> options) {
    return parse(from_server, concatenate({advertisement_message, concatenate(options)}));
}

TEST(RouterSolicitation, PlainOneIsValid) {
    EXPECT_TRUE(is_valid_solicitation(from_client, solicitation_message));
    PacketShape from_anywhere = from_client;
    from_anywhere.source = ipv6("2001:db8::1");
    EXPECT_TRUE(is_valid_solicitation(from_anywhere, solicitation_message));
}

TEST(RouterSolicitation, EveryHopLimitBut255IsRefused) {
    conformance::shows("S32");
    for (unsigned hop_limit = 0; hop_limit <= 255; ++hop_limit) {
        PacketShape shape = from_client;
        shape.hop_limit = static_cast<std::uint8_t>(hop_limit);
        EXPECT_EQ(is_valid_solicitation(shape, solicitation_message), hop_limit == 255)
            << hop_limit;
    }
}

TEST(RouterSolicitation, MalformedOnesAreRefused) {
    conformance::shows("S32");
    EXPECT_FALSE(is_valid_solicitation(from_client, changed(solicitation_message, 0, 134)))
        << "type";
    EXPECT_FALSE(is_valid_solicitation(from_client, changed(solicitation_message, 1, 1))) << "code";
    for (std::size_t size = 4; size < 8; ++size) {
        EXPECT_FALSE(is_valid_solicitation(from_client,
                                           concatenate({Bytes{solicitation_message}.first(size)})))
            << size;
    }
    const Buffer empty =
        make_packet({.source = kClientLinkLocal, .next_header = kIcmpv6, .hop_limit = 255}, {});
    EXPECT_FALSE(is_valid_router_solicitation(packet_in(empty)));
}

TEST(RouterSolicitation, EveryBitIsCoveredByTheChecksum) {
    conformance::shows("S32");
    const Buffer right = make_icmpv6_packet(from_client, solicitation_message);
    for (std::size_t bit = std::size_t{8} * 8; bit < 8 * right.size(); ++bit) {
        Buffer wrong = right;
        wrong[bit / 8] ^= std::byte{1} << (bit % 8);
        EXPECT_FALSE(is_valid_router_solicitation(packet_in(wrong))) << bit;
    }
}

TEST(RouterSolicitation, AnotherProtocolIsNone) {
    Buffer packet = make_icmpv6_packet(from_client, solicitation_message);
    packet[6] = std::byte{17};
    EXPECT_FALSE(is_valid_router_solicitation(packet_in(packet)));
}

TEST(RouterSolicitation, OptionsAreAllowedWhenTheyAreWhole) {
    const std::pair<const char*, bool> rows[] = {
        {"0101 020202020202", true},                    // source link-layer address
        {"0101 020202020202 fe01 000000000000", true},  // and an unknown one
        {"fe02 0000000000000000000000000000", true},
        {"0100 020202020202", false},  // length 0
        {"0102 020202020202", false},  // beyond the end
        {"01ff 020202020202", false},
        {"01", false},
        {"0101 0202", false},
        {"0101 020202020202 01", false},
        {"0101 020202020202 0100 000000000000", false},
    };
    for (const auto& [options, valid] : rows) {
        EXPECT_EQ(is_valid_solicitation(from_client,
                                        concatenate({solicitation_message, from_hex(options)})),
                  valid)
            << options;
    }
}

TEST(RouterSolicitation, BuiltOnesAreValidFromAnySource) {
    for (const char* source :
         {"fe80::ffff:ffff:ffff", "fe80::8000:ffff:ffff:ffff", "::", "ff::ff"}) {
        const RouterSolicitationPacket built = build_router_solicitation(ipv6(source));
        EXPECT_EQ(built.size(), kRouterSolicitationSize);
        EXPECT_TRUE(is_valid_router_solicitation(packet_in(built.bytes()))) << source;
    }
}

TEST(RouterAdvertisement, WithoutOptionsSaysNothing) {
    const std::optional<RouterAdvertisement> parsed = parse(from_server, advertisement_message);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->prefix_count, 0);
    EXPECT_FALSE(parsed->mtu);
}

TEST(RouterAdvertisement, MalformedOnesAreRefused) {
    conformance::shows("Q14");
    PacketShape shape = from_server;
    shape.hop_limit = 254;
    EXPECT_FALSE(parse(shape, advertisement_message)) << "hop limit";
    for (const char* source : {"2001:db8::1", "fec0::1", "::", "ff02::1", "fe7f::1"}) {
        shape = from_server;
        shape.source = ipv6(source);
        EXPECT_FALSE(parse(shape, advertisement_message)) << source;
    }
    EXPECT_FALSE(parse(from_server, changed(advertisement_message, 0, 133))) << "type";
    EXPECT_FALSE(parse(from_server, changed(advertisement_message, 1, 1))) << "code";
    for (std::size_t size = 4; size < 16; ++size) {
        EXPECT_FALSE(parse(from_server, concatenate({Bytes{advertisement_message}.first(size)})))
            << size;
    }
    Buffer wrong = make_icmpv6_packet(from_server, advertisement_message);
    wrong.back() ^= std::byte{1};
    EXPECT_FALSE(parse_router_advertisement(packet_in(wrong))) << "checksum";
    Buffer other = make_icmpv6_packet(from_server, advertisement_message);
    other[6] = std::byte{17};
    EXPECT_FALSE(parse_router_advertisement(packet_in(other))) << "next header";
}

TEST(RouterAdvertisement, ReadsPrefixAndMtuInAnyOrder) {
    for (const auto& parsed :
         {parse_options({prefix_option, mtu_option}),
          parse_options({mtu_option, prefix_option}),
          parse_options({unknown_option, mtu_option, unknown_option, prefix_option})}) {
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->prefix_count, 1);
        EXPECT_EQ(parsed->prefix, Ipv6Prefix::parse("2001:0:cb00:7178::/64"));
        EXPECT_EQ(parsed->mtu, 1280U);
    }
}

TEST(RouterAdvertisement, CountsPrefixesAndKeepsTheFirst) {
    const auto two = parse_options({prefix_option, other_prefix_option});
    ASSERT_TRUE(two);
    EXPECT_EQ(two->prefix_count, 2);
    EXPECT_EQ(two->prefix, Ipv6Prefix::parse("2001:0:cb00:7178::/64"));

    Buffer many = advertisement_message;
    for (int i = 0; i < 300; ++i) {
        many.insert(many.end(), prefix_option.begin(), prefix_option.end());
    }
    const auto parsed = parse(from_server, many);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->prefix_count, 255) << "the count does not wrap to an innocent one";
}

TEST(RouterAdvertisement, KeepsTheFirstMtuWhateverItIs) {
    const auto two = parse_options({from_hex("05010000 ffffffff"), mtu_option});
    ASSERT_TRUE(two);
    EXPECT_EQ(two->mtu, 0xFFFFFFFFU);
    const auto zero = parse_options({from_hex("05010000 00000000"), mtu_option});
    ASSERT_TRUE(zero);
    EXPECT_EQ(zero->mtu, 0U);
}

TEST(RouterAdvertisement, PrefixLengthIsTheCallersToJudgeUpTo128) {
    for (unsigned length = 0; length <= 255; ++length) {
        const auto parsed =
            parse_options({changed(prefix_option, 2, static_cast<std::uint8_t>(length))});
        ASSERT_EQ(parsed.has_value(), length <= 128) << length;
        if (parsed) {
            EXPECT_EQ(parsed->prefix.length, length);
        }
    }
}

TEST(RouterAdvertisement, OptionsThatDoNotFitAreRefused) {
    conformance::shows("Q14");
    const std::pair<const char*, Buffer> rows[] = {
        {"length 0", changed(mtu_option, 1, 0)},
        {"unknown option of length 0", changed(unknown_option, 1, 0)},
        {"prefix of length 0", changed(prefix_option, 1, 0)},
        {"length 0 behind a good one", concatenate({prefix_option, changed(mtu_option, 1, 0)})},
        {"beyond the end by one unit", changed(unknown_option, 1, 3)},
        {"beyond the end by far", changed(unknown_option, 1, 255)},
        {"prefix cut off", concatenate({Bytes{prefix_option}.first(24)})},
        {"prefix that calls itself shorter", changed(prefix_option, 1, 3)},
        {"prefix that calls itself longer", concatenate({changed(prefix_option, 1, 5), zeros(8)})},
        {"prefix of one unit", from_hex("03014040 00000000")},
        {"MTU of two units", concatenate({changed(mtu_option, 1, 2), zeros(8)})},
        {"stray byte", concatenate({prefix_option, from_hex("05")})},
        {"stray seven bytes", concatenate({prefix_option, Bytes{mtu_option}.first(7)})},
    };
    for (const auto& [what, options] : rows) {
        EXPECT_FALSE(parse_options({options})) << what;
    }
}

TEST(RouterAdvertisement, BuiltOnesAreReadBack) {
    const RouterAdvertisementPacket built =
        build_router_advertisement({.source = server_source,
                                    .destination = kClientLinkLocal,
                                    .prefix = ipv6("2001:0:102:304:ffff:ffff:ffff:ffff"),
                                    .mtu = 65535});
    EXPECT_EQ(built.size(), kRouterAdvertisementSize);
    const Ipv6Packet packet = packet_in(built.bytes());
    EXPECT_EQ(packet.hop_limit(), 255);
    EXPECT_EQ(packet.destination(), kClientLinkLocal);
    const auto parsed = parse_router_advertisement(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->prefix_count, 1);
    EXPECT_EQ(parsed->prefix, Ipv6Prefix::parse("2001:0:102:304::/64")) << "64 bits of it";
    EXPECT_EQ(parsed->mtu, 65535U);
}

// Whatever the destination adds to the sum that was made beforehand.
TEST(RouterAdvertisementTemplate, AdvertisementsAreValidWithEveryChecksum) {
    const RouterAdvertisementTemplate advertisements{{.source = server_source,
                                                      .destination = ipv6("ff02::1"),
                                                      .prefix = ipv6("2001:0:102:304::"),
                                                      .mtu = 1280}};
    std::array<std::byte, kRouterAdvertisementSize> packet{};
    for (std::uint64_t low = 0; low <= 0xFFFF; ++low) {
        const Ipv6Address destination{0xfe80000000000000U, 0xFFFFFFFFFFFF0000U | low};
        advertisements.write(packet, destination);
        ASSERT_TRUE(parse_router_advertisement(packet_in(packet))) << low;
        ASSERT_EQ(packet_in(packet).destination(), destination);
    }
}

}  // namespace
}  // namespace miredo::wire
