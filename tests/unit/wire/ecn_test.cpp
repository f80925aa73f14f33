// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/ecn.hpp"

#include <array>

#include <gtest/gtest.h>

#include "packets.hpp"

namespace miredo::wire {
namespace {

constexpr auto kDrop = std::nullopt;

// RFC 6040 §4.2, figure 4: rows are the inner header, columns the outer one.
TEST(Ecn, LeavesTheTunnelAsTheTableSays) {
    constexpr std::array kColumns{Ecn::kNotEct, Ecn::kEct0, Ecn::kEct1, Ecn::kCe};
    const std::pair<Ecn, std::array<std::optional<Ecn>, 4>> rows[] = {
        {Ecn::kNotEct, {Ecn::kNotEct, Ecn::kNotEct, Ecn::kNotEct, kDrop}},
        {Ecn::kEct0, {Ecn::kEct0, Ecn::kEct0, Ecn::kEct1, Ecn::kCe}},
        {Ecn::kEct1, {Ecn::kEct1, Ecn::kEct1, Ecn::kEct1, Ecn::kCe}},
        {Ecn::kCe, {Ecn::kCe, Ecn::kCe, Ecn::kCe, Ecn::kCe}},
    };
    for (const auto& [inner, expected] : rows) {
        for (std::size_t i = 0; i < kColumns.size(); ++i) {
            EXPECT_EQ(leaving_tunnel(inner, kColumns.at(i)), expected.at(i))
                << static_cast<int>(inner) << " in " << static_cast<int>(kColumns.at(i));
        }
    }
}

TEST(Ecn, IsTheLowerHalfOfTwoNibbles) {
    Buffer packet = make_packet({}, {});
    packet[0] = std::byte{0x6A};
    packet[1] = std::byte{0xB5};
    EXPECT_EQ(ecn_of_packet(packet), Ecn::kCe);
    set_ecn(packet, Ecn::kEct0);
    EXPECT_EQ(packet[0], std::byte{0x6A});
    EXPECT_EQ(packet[1], std::byte{0xA5});
    EXPECT_EQ(ecn_of_packet(packet), Ecn::kEct0);
    EXPECT_EQ(ecn_of_tos(0xB9), Ecn::kEct1);
}

TEST(Ecn, OfTheOuterHeaderGoesOnInThePacket) {
    Buffer packet = make_packet({}, {});
    set_ecn(packet, Ecn::kEct0);
    const Buffer before = packet;
    EXPECT_TRUE(decapsulate_ecn(packet, 0xB8));
    EXPECT_EQ(packet, before);
    EXPECT_TRUE(decapsulate_ecn(packet, 0xBB));
    EXPECT_EQ(ecn_of_packet(packet), Ecn::kCe);
    set_ecn(packet, Ecn::kEct0);
    EXPECT_EQ(packet, before);

    set_ecn(packet, Ecn::kNotEct);
    EXPECT_FALSE(decapsulate_ecn(packet, 0x03));
    EXPECT_TRUE(decapsulate_ecn(packet, 0x01));
    EXPECT_EQ(ecn_of_packet(packet), Ecn::kNotEct);

    Buffer other = from_hex("0001ff00");
    EXPECT_TRUE(decapsulate_ecn(other, 0x03));
    EXPECT_EQ(other, from_hex("0001ff00"));
}

TEST(Ecn, IsNoneWhereNoPacketBegins) {
    EXPECT_FALSE(ecn_of_packet({}));
    EXPECT_FALSE(ecn_of_packet(from_hex("60")));
    EXPECT_FALSE(ecn_of_packet(from_hex("0001ff00")));  // an authentication
    EXPECT_FALSE(ecn_of_packet(from_hex("45ff")));
}

}  // namespace
}  // namespace miredo::wire
