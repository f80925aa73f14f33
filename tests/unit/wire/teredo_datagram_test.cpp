// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The datagram's grammar: each way to be malformed with its reason, and builders read back.
#include "wire/teredo_datagram.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "packets.hpp"
#include "wire/trailers.hpp"

namespace miredo::wire {
namespace {

const Buffer bubble_packet = make_packet({.hop_limit = 0}, {});
const Buffer origin_bytes = from_hex("0000f00039cc9b89");
const Buffer nonce_only = from_hex("00010000 0102030405060708 00");
constexpr Endpoint kOriginEndpoint{{198, 51, 100, 118}, 4095};

// An authentication header that announces these lengths, and holds what is announced.
Buffer authentication(std::uint8_t identifier_size, std::uint8_t value_size) {
    Buffer header = from_hex("0001");
    header.push_back(std::byte{identifier_size});
    header.push_back(std::byte{value_size});
    header.insert(header.end(), identifier_size, std::byte{0xAA});
    header.insert(header.end(), value_size, std::byte{0xBB});
    return concatenate({header, from_hex("1112131415161718 01")});
}

struct MalformedRow {
    const char* what;
    Buffer payload;
    DatagramError error;
};

std::vector<MalformedRow> short_rows() {
    std::vector<MalformedRow> rows;
    for (std::size_t size = 0; size < kIpv6HeaderSize; ++size) {
        rows.push_back({"a lone header cut off",
                        concatenate({Bytes{bubble_packet}.first(size)}),
                        DatagramError::kTooShort});
    }
    rows.push_back({"origin and nothing", origin_bytes, DatagramError::kTooShort});
    rows.push_back({"authentication and nothing", nonce_only, DatagramError::kTooShort});
    rows.push_back(
        {"39 bytes of nothing known", Buffer(39, std::byte{0xFF}), DatagramError::kTooShort});
    return rows;
}

std::vector<MalformedRow> unknown_rows() {
    std::vector<MalformedRow> rows;
    for (const char* mark :
         {"4500", "0002", "0003", "0004", "00ff", "0100", "5fff", "7000", "ffff"}) {
        rows.push_back(
            {mark, concatenate({from_hex(mark), zeros(64)}), DatagramError::kUnknownEncapsulation});
    }
    rows.push_back({"type 3 before a bubble",
                    concatenate({from_hex("0003000000000000"), bubble_packet}),
                    DatagramError::kUnknownEncapsulation});
    rows.push_back({"IPv4 behind origin",
                    concatenate({origin_bytes, from_hex("4500"), zeros(40)}),
                    DatagramError::kUnknownEncapsulation});
    rows.push_back({"type 3 behind authentication",
                    concatenate({nonce_only, from_hex("0003"), zeros(40)}),
                    DatagramError::kUnknownEncapsulation});
    return rows;
}

std::vector<MalformedRow> authentication_rows() {
    constexpr auto kError = DatagramError::kTruncatedAuthentication;
    const Buffer long_auth = concatenate({authentication(255, 255)});
    std::vector<MalformedRow> rows{
        {"ID-len 255 before a bubble", concatenate({from_hex("0001ff00"), bubble_packet}), kError},
        {"AU-len 255 before a bubble", concatenate({from_hex("000100ff"), bubble_packet}), kError},
        {"both 255 before a bubble", concatenate({from_hex("0001ffff"), bubble_packet}), kError},
        {"confirmation missing", concatenate({from_hex("00011c00"), zeros(36)}), kError},
        {"the lengths alone fit", concatenate({from_hex("00011212"), zeros(36)}), kError},
    };
    for (std::size_t size = kIpv6HeaderSize; size < long_auth.size(); ++size) {
        rows.push_back(
            {"the longest one cut off", concatenate({Bytes{long_auth}.first(size)}), kError});
    }
    return rows;
}

std::vector<MalformedRow> origin_rows() {
    std::vector<MalformedRow> rows;
    for (std::size_t size = 2; size < kOriginSize; ++size) {
        rows.push_back({"origin cut off behind authentication",
                        concatenate({authentication(20, 20), Bytes{origin_bytes}.first(size)}),
                        DatagramError::kTruncatedOrigin});
    }
    return rows;
}

std::vector<MalformedRow> misplaced_rows() {
    constexpr auto kError = DatagramError::kMisplacedHeader;
    return {
        {"origin before authentication",
         concatenate({origin_bytes, nonce_only, bubble_packet}),
         kError},
        {"two origins", concatenate({origin_bytes, origin_bytes, bubble_packet}), kError},
        {"two authentications", concatenate({nonce_only, nonce_only, bubble_packet}), kError},
        {"authentication, two origins",
         concatenate({nonce_only, origin_bytes, origin_bytes, bubble_packet}),
         kError},
        {"authentication, origin, authentication",
         concatenate({nonce_only, origin_bytes, nonce_only, bubble_packet}),
         kError},
        {"the second authentication cut off",
         concatenate({authentication(20, 20), from_hex("0001ff")}),
         kError},
        {"nothing but zero bytes", zeros(64), kError},
    };
}

std::vector<MalformedRow> ipv6_rows() {
    constexpr auto kError = DatagramError::kMalformedIpv6;
    const Buffer with_payload = make_packet({.next_header = 17}, zeros(20));
    const Bytes cut = Bytes{with_payload}.first(59);
    const Bytes no_header = Bytes{bubble_packet}.first(39);
    return {
        {"payload length beyond the end", concatenate({cut}), kError},
        {"the same behind origin", concatenate({origin_bytes, cut}), kError},
        {"the same behind both", concatenate({nonce_only, origin_bytes, cut}), kError},
        {"origin, then 39 bytes", concatenate({origin_bytes, no_header}), kError},
        {"authentication, then 39 bytes", concatenate({nonce_only, no_header}), kError},
        {"long authentication, then nothing", authentication(255, 255), kError},
        {"long authentication and origin, then nothing",
         concatenate({authentication(255, 255), origin_bytes}),
         kError},
        {"authentication, then one byte",
         concatenate({authentication(20, 20), from_hex("60")}),
         kError},
        {"jumbogram",
         concatenate({make_packet({.next_header = kHopByHop}, {}), from_hex("3b00c20400010000")}),
         kError},
    };
}

class MalformedDatagram : public testing::TestWithParam<std::vector<MalformedRow> (*)()> {};

TEST_P(MalformedDatagram, IsRefusedWithItsReason) {
    conformance::shows("W9", "W10", "W11", "W12", "W13", "W14", "T-B7", "T-B8");
    for (const MalformedRow& row : GetParam()()) {
        SCOPED_TRACE(std::string{row.what} + ": " + to_hex(row.payload));
        const auto parsed = TeredoDatagram::parse(row.payload);
        ASSERT_FALSE(parsed);
        EXPECT_EQ(static_cast<int>(parsed.error()), static_cast<int>(row.error));
    }
}

INSTANTIATE_TEST_SUITE_P(Grammar,
                         MalformedDatagram,
                         testing::Values(&short_rows,
                                         &unknown_rows,
                                         &authentication_rows,
                                         &origin_rows,
                                         &misplaced_rows,
                                         &ipv6_rows));

TEST(TeredoDatagram, EveryWellFormedOrderIsRead) {
    for (const bool with_authentication : {false, true}) {
        for (const bool with_origin : {false, true}) {
            const Buffer payload = concatenate({with_authentication ? nonce_only : Buffer{},
                                                with_origin ? origin_bytes : Buffer{},
                                                bubble_packet});
            SCOPED_TRACE(to_hex(payload));
            const auto parsed = TeredoDatagram::parse(payload);
            ASSERT_TRUE(parsed);
            ASSERT_EQ(parsed->authentication.has_value(), with_authentication);
            ASSERT_EQ(parsed->origin.has_value(), with_origin);
            if (with_authentication) {
                EXPECT_EQ(parsed->authentication->nonce, 0x0102030405060708U);
            }
            if (with_origin) {
                EXPECT_EQ(*parsed->origin, kOriginEndpoint);
            }
            EXPECT_EQ(to_hex(parsed->packet.bytes()), to_hex(bubble_packet));
            EXPECT_TRUE(parsed->trailers.empty());
        }
    }
}

TEST(TeredoDatagram, BorrowsFromThePayload) {
    const Buffer payload =
        concatenate({authentication(3, 5), origin_bytes, bubble_packet, from_hex("0104deadbeef")});
    const auto parsed = TeredoDatagram::parse(payload);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->authentication->client_identifier.data(), payload.data() + 4);
    EXPECT_EQ(parsed->authentication->value.data(), payload.data() + 7);
    EXPECT_EQ(parsed->packet.bytes().data(), payload.data() + 29);
    EXPECT_EQ(parsed->trailers.data(), payload.data() + 69);
    EXPECT_EQ(to_hex(parsed->trailers), "0104deadbeef");
}

// W15, W16: what follows the packet is the trailer area, never part of the packet.
TEST(TeredoDatagram, SplitsPacketAndTrailers) {
    conformance::shows("W15");
    const Buffer data = make_packet({.next_header = 17}, zeros(100));
    for (const std::size_t more : {0U, 1U, 2U, 6U, 64U, 1000U}) {
        const Buffer payload = concatenate({data, zeros(more)});
        const auto parsed = TeredoDatagram::parse(payload);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->packet.size(), 140U);
        EXPECT_EQ(parsed->trailers.size(), more);
    }
}

TEST(TeredoDatagram, AcceptsTheLargestPayload) {
    conformance::shows("W30");
    const Buffer packet = make_packet({.next_header = 17}, zeros(65507 - 40));
    const auto parsed = TeredoDatagram::parse(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->packet.size(), 65507U);
}

TEST(TeredoDatagram, AuthenticationOfEverySizeGoesBothWays) {
    for (const std::size_t identifier_size : {0U, 1U, 13U, 128U, 255U}) {
        for (const std::size_t value_size : {0U, 1U, 20U, 128U, 255U}) {
            const Buffer identifier(identifier_size, std::byte{0xC1});
            const Buffer value(value_size, std::byte{0xA7});
            Buffer payload = zeros(kMaximumAuthenticationSize);
            const std::size_t size = write_authentication(
                payload,
                {.client_identifier = identifier, .value = value, .nonce = 1, .confirmation = 2});
            ASSERT_EQ(size, 13 + identifier_size + value_size);
            payload.resize(size);
            payload.insert(payload.end(), bubble_packet.begin(), bubble_packet.end());
            const auto parsed = TeredoDatagram::parse(payload);
            ASSERT_TRUE(parsed);
            ASSERT_TRUE(parsed->authentication);
            EXPECT_TRUE(equal(parsed->authentication->client_identifier, identifier));
            EXPECT_TRUE(equal(parsed->authentication->value, value));
            EXPECT_EQ(parsed->authentication->nonce, 1U);
            EXPECT_EQ(parsed->authentication->confirmation, 2);
        }
    }
}

TEST(TeredoDatagram, OriginGoesBothWays) {
    for (const Endpoint origin : {Endpoint{},
                                  Endpoint{{255, 255, 255, 255}, 65535},
                                  Endpoint{{1, 2, 3, 4}, 337},
                                  Endpoint{{192, 168, 0, 1}, 1}}) {
        Buffer payload = concatenate({zeros(kOriginSize), bubble_packet});
        write_origin(payload, origin);
        const auto parsed = TeredoDatagram::parse(payload);
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->origin, origin);
    }
}

TEST(Bubble, GoesBothWays) {
    const Ipv6Address source = ipv6("fe80::1234");
    const Ipv6Address destination = ipv6("2001:0:cb00:7178:28bc:63bf:3fff:fdd2");
    const Bubble plain = build_bubble(source, destination);
    const Bubble with_nonce = build_bubble(source, destination, 0);
    EXPECT_EQ(plain.size(), 40U);
    EXPECT_EQ(with_nonce.size(), kMaximumBubbleSize);
    for (const Bubble& bubble : {plain, with_nonce}) {
        const auto parsed = TeredoDatagram::parse(bubble.bytes());
        ASSERT_TRUE(parsed);
        EXPECT_TRUE(parsed->packet.is_bubble());
        EXPECT_EQ(parsed->packet.source(), source);
        EXPECT_EQ(parsed->packet.destination(), destination);
        EXPECT_EQ(parsed->packet.hop_limit(), 0);
    }
    const auto parsed = TeredoDatagram::parse(with_nonce.bytes());
    EXPECT_EQ(parsed->trailers.size(), kNonceTrailerSize);
    EXPECT_EQ(parse_trailers(parsed->trailers).nonce, 0U);
}

}  // namespace
}  // namespace miredo::wire
