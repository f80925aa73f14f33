// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Router Solicitation and Advertisement (RFC 4380 §5.3.2, RFC 5991 §3.2, RFC 4861 §6.1.1).
#include <array>

#include <gtest/gtest.h>

#include "unit/teredo/server_fixture.hpp"
#include "wire/checksum.hpp"

namespace miredo::teredo {
namespace {

class ServerAdvertisementTest : public ServerTest {
  protected:
    static ByteVector solicitation_from(std::string_view source) {
        return concatenate(
            {wire::build_router_solicitation(Ipv6Address::parse(source).value()).bytes()});
    }
    // `options` behind an otherwise ordinary solicitation, checksum right.
    static ByteVector with_options(std::string_view options) {
        ByteVector packet = concatenate({from_hex(kSolicitation), from_hex(options)});
        store_be16(MutableBytes{packet}.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
        fix_checksum(packet);
        return packet;
    }
    static void fix_checksum(ByteVector& packet) {
        const MutableBytes bytes{packet};
        store_be16(bytes.subspan(42), 0);
        store_be16(bytes.subspan(42),
                   wire::pseudo_header_checksum(Ipv6Address::load(bytes.subspan(8)),
                                                Ipv6Address::load(bytes.subspan(24)),
                                                wire::kIcmpv6,
                                                bytes.subspan(40)));
    }
    static ByteVector full_advertisement(std::string_view advertisement) {
        return concatenate(
            {from_hex(kAuthentication), from_hex(kOriginA), from_hex(advertisement)});
    }
};

// S6, S8 W8, S21, S23, S24, S27, S28, S33: byte for byte.
TEST_F(ServerAdvertisementTest, AnswersASolicitationWithTheVector) {
    receive(concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}));
    expect_sent(kClientA, full_advertisement(kAdvertisement));
    EXPECT_EQ(counters().advertisements_sent, 1U);
    expect_conservation();
}

// S25, S26: the four rows of the table.
TEST_F(ServerAdvertisementTest, ConeBitChoosesTheAddress) {
    struct Row {
        ServiceSocket received_on;
        std::string_view solicitation;
        ServiceSocket sent_from;
        std::string_view advertisement;
    };
    constexpr auto kPrimary = ServiceSocket::kPrimary;
    constexpr auto kSecondary = ServiceSocket::kSecondary;
    constexpr std::array kRows{
        Row{kPrimary, kSolicitation, kPrimary, kAdvertisement},
        Row{kPrimary, kConeSolicitation, kSecondary, kConeAdvertisement},
        Row{kSecondary, kSolicitation, kSecondary, kAdvertisement},
        Row{kSecondary, kConeSolicitation, kPrimary, kConeAdvertisement},
    };
    for (const Row& row : kRows) {
        receive(concatenate({from_hex(kAuthentication), from_hex(row.solicitation)}),
                kClientA,
                row.received_on);
        expect_sent(kClientA, full_advertisement(row.advertisement), row.sent_from);
    }
}

TEST_F(ServerAdvertisementTest, SingleAddressCannotAnswerConeSolicitations) {
    ServerSettings settings = default_settings();
    settings.secondary.reset();
    configure(std::move(settings));
    receive(kConeSolicitation);
    expect_drop(DropReason::kNoOtherAddress);
    receive(kSolicitation);
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
}

// S31: nothing stale of the client before.
TEST_F(ServerAdvertisementTest, EchoesAuthenticationOnlyWhereThereWasOne) {
    receive(concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}));
    clear();
    receive(kSolicitation);
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
}

// S28: the identifier and the nonce come back, the value does not, and the key counts as valid.
TEST_F(ServerAdvertisementTest, EchoesIdentifierWithoutValue) {
    receive(concatenate({from_hex("000103026162635566"
                                  "0102030405060708"
                                  "01"),
                         from_hex(kSolicitation)}));
    expect_sent(kClientA,
                concatenate({from_hex("00010300616263"
                                      "0102030405060708"
                                      "00"),
                             from_hex(kOriginA),
                             from_hex(kAdvertisement)}));
}

TEST_F(ServerAdvertisementTest, EchoesTheLongestIdentifier) {
    const ByteVector identifier(255, std::byte{0x5A});
    const ByteVector nonce = from_hex("0102030405060708");
    const ByteVector zero(1, std::byte{0});
    receive(concatenate({from_hex("0001ffff"),
                         identifier,
                         ByteVector(255, std::byte{0xA5}),
                         nonce,
                         zero,
                         from_hex(kSolicitation)}));
    expect_sent(kClientA,
                concatenate({from_hex("0001ff00"),
                             identifier,
                             nonce,
                             zero,
                             from_hex(kOriginA),
                             from_hex(kAdvertisement)}));
}

// S21, section 2.2: whatever the link-local source, it is what the answer goes to, unchanged.
TEST_F(ServerAdvertisementTest, AnswersEveryLinkLocalSource) {
    for (const std::string_view source : {"fe80::ffff:ffff:ffff",
                                          "fe80::5445:5245:444f",
                                          "fe80::38c7:3f57:fef8",
                                          "fe80::8000:5445:5245:444f",
                                          "fe80::1"}) {
        receive(solicitation_from(source));
        ASSERT_EQ(sent_.size(), 1U) << source;
        const auto answer = wire::TeredoDatagram::parse(sent_[0].bytes);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->packet.destination().to_string(), source);
        EXPECT_TRUE(wire::parse_router_advertisement(answer->packet));
        clear();
    }
}

TEST_F(ServerAdvertisementTest, AnswersASolicitationToItsLinkLocalAddress) {
    const Ipv6Address own = wire::teredo_link_local(wire::kConeFlag, {kServer, 3544});
    ByteVector packet = from_hex(kSolicitation);
    std::ranges::copy(own.bytes(), packet.begin() + 24);
    fix_checksum(packet);
    receive(packet);
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
    packet[39] ^= std::byte{1};
    fix_checksum(packet);
    receive(packet);
    expect_drop(DropReason::kNotBubbleNorEcho);
}

TEST_F(ServerAdvertisementTest, AcceptsOptions) {
    receive(with_options("0101020304050607"));
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
}

// S32, C6: RFC 4861 §6.1.1.
TEST_F(ServerAdvertisementTest, InvalidSolicitationIsDropped) {
    ByteVector low_hop_limit = from_hex(kSolicitation);
    low_hop_limit[7] = std::byte{254};
    ByteVector bad_checksum = from_hex(kSolicitation);
    bad_checksum[43] ^= std::byte{1};
    ByteVector code = from_hex(kSolicitation);
    code[41] = std::byte{1};
    fix_checksum(code);
    ByteVector too_short = from_hex(kSolicitation);
    too_short.resize(44);
    store_be16(MutableBytes{too_short}.subspan(4), 4);
    fix_checksum(too_short);
    ByteVector other_type = from_hex(kSolicitation);
    other_type[40] = std::byte{135};
    fix_checksum(other_type);
    for (const ByteVector& packet :
         {low_hop_limit,
          bad_checksum,
          code,
          too_short,
          other_type,
          with_options("0100000000000000"),
          with_options("0102000000000000"),
          solicitation_from("::"),
          solicitation_from("2001:db8::1"),
          solicitation_from("2001:0:cb00:7178:0:f000:39cc:9b89"),
          bubble(Ipv6Address{0xfe80000000000000U, 1}, wire::kAllRouters)}) {
        receive(packet);
        expect_drop(DropReason::kSolicitationInvalid);
    }
}

// S5, S22, C6: never an answer to where nobody could have asked from.
TEST_F(ServerAdvertisementTest, UnusableOuterSourceIsDropped) {
    use_strict_filter();
    for (const std::string_view address : {"0.0.0.0",
                                           "10.0.0.1",
                                           "100.64.0.1",
                                           "127.0.0.1",
                                           "169.254.1.1",
                                           "172.16.0.1",
                                           "192.0.2.1",
                                           "192.88.99.1",
                                           "192.168.0.1",
                                           "198.18.0.1",
                                           "224.0.0.253",
                                           "240.1.1.1",
                                           "255.255.255.255"}) {
        receive(kSolicitation, {Ipv4Address::parse(address).value(), 4095});
        expect_drop(DropReason::kOuterSourceUnusable);
    }
    receive(kSolicitation, {Ipv4Address{8, 8, 4, 4}, 0});
    expect_drop(DropReason::kOuterSourceUnusable);
    receive(kSolicitation, {Ipv4Address{8, 8, 4, 4}, 1});
    EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ServerAdvertisementTest, RefusesDirectedBroadcasts) {
    ServerSettings settings = default_settings();
    settings.surroundings.filter = wire::Ipv4Filter{true, {Ipv4Address{203, 0, 113, 255}}};
    configure(std::move(settings));
    receive(kSolicitation, {Ipv4Address{203, 0, 113, 255}, 4095});
    expect_drop(DropReason::kOuterSourceUnusable);
}

// S33, and the address it advertises is always the primary one.
TEST_F(ServerAdvertisementTest, AdvertisesTheSettings) {
    ServerSettings settings = default_settings();
    settings.advertised_mtu = 1400;
    settings.prefix = Ipv6Prefix{Ipv6Address{0x3ffe831f00000000U, 0}, 32};
    configure(std::move(settings));
    receive(kSolicitation, kClientA, ServiceSocket::kSecondary);
    ASSERT_EQ(sent_.size(), 1U);
    const auto answer = wire::TeredoDatagram::parse(sent_[0].bytes);
    ASSERT_TRUE(answer);
    const auto advertisement = wire::parse_router_advertisement(answer->packet);
    ASSERT_TRUE(advertisement);
    EXPECT_EQ(advertisement->mtu, 1400U);
    EXPECT_EQ(advertisement->prefix_count, 1);
    EXPECT_EQ(advertisement->prefix.to_string(), "3ffe:831f:cb00:7178::/64");
}

// C3: with IPv4 and UDP headers counted, at most 1.75 times what was asked with.
TEST_F(ServerAdvertisementTest, AmplifiesAsLittleAsTheFormatAllows) {
    for (const ByteVector& asked :
         {from_hex(kSolicitation),
          concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}),
          concatenate({from_hex("0001ff00"), ByteVector(264), from_hex(kSolicitation)})}) {
        receive(asked);
        ASSERT_EQ(sent_.size(), 1U);
        EXPECT_LE(4 * (sent_[0].bytes.size() + 28), 7 * (asked.size() + 28));
        clear();
    }
}

// RFC 4380 §5.1.1: nobody but a server says what an origin is.
TEST_F(ServerAdvertisementTest, SolicitationWithOriginIsDropped) {
    receive(concatenate({from_hex(kOriginA), from_hex(kSolicitation)}));
    expect_drop(DropReason::kFromServer);
}

TEST_F(ServerAdvertisementTest, ApplyTakesNewAddressesAtOnce) {
    ServerSettings settings = default_settings();
    settings.primary = kOtherServer;
    configure(std::move(settings));
    EXPECT_EQ(server_.status().primary, kOtherServer);
    EXPECT_EQ(server_.status().secondary, kSecondServer);
    receive(kSolicitation);
    ASSERT_EQ(sent_.size(), 1U);
    const auto answer = wire::TeredoDatagram::parse(sent_[0].bytes);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->packet.source(),
              wire::teredo_link_local(wire::kConeFlag, {kOtherServer, 3544}));
}

TEST_F(ServerAdvertisementTest, NothingEverTimesOut) {
    EXPECT_FALSE(server_.next_deadline());
    receive(kSolicitation);
    clear();
    EXPECT_FALSE(server_.next_deadline());
    server_.handle_timeout(now_ + std::chrono::hours{1}, output_);
    EXPECT_TRUE(is_silent());
}

}  // namespace
}  // namespace miredo::teredo
