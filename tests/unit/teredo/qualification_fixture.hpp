// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A client that has just solicited, and the ways to spoil the answer.
#pragma once

#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {

class QualificationTest : public ClientTest {
  protected:
    // A first solicitation is out.
    void SetUp() override { advance(Duration{0}); }

    // From there to a quiet, qualified client.
    void qualify_more() {
        advertise();
        advertise({}, kSecondaryEndpoint);
        ASSERT_EQ(client().status().state, ClientState::kQualified);
        clear();
    }
    void expect_refused(DropReason reason) {
        EXPECT_EQ(drops(reason), 1U) << to_string(reason);
        EXPECT_EQ(client().status().state, ClientState::kQualifying);
        EXPECT_FALSE(client().status().address.has_value());
        EXPECT_TRUE(events_.empty());
    }
    // A good advertisement with one byte of its IPv6 packet changed and the checksum corrected.
    [[nodiscard]] ByteVector spoil(std::size_t offset, std::uint8_t value, bool fix_checksum) {
        Advertisement good;
        good.nonce = last_nonce();
        ByteVector datagram = make_advertisement(good);
        const std::size_t start = 13 + wire::kOriginSize;
        datagram[start + offset] = static_cast<std::byte>(value);
        if (fix_checksum) {
            const MutableBytes packet = MutableBytes{datagram}.subspan(start);
            const MutableBytes message = packet.subspan(wire::kIpv6HeaderSize);
            store_be16(message.subspan(2), 0);
            store_be16(message.subspan(2),
                       wire::pseudo_header_checksum(Ipv6Address::load(packet.subspan(8)),
                                                    Ipv6Address::load(packet.subspan(24)),
                                                    wire::kIcmpv6,
                                                    message));
        }
        return datagram;
    }
};

}  // namespace miredo::teredo
