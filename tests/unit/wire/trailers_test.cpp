// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Trailers (RFC 6081 §4), by the rows W17 to W25 of the conformance list.
#include "wire/trailers.hpp"

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "packets.hpp"

namespace miredo::wire {
namespace {

constexpr std::uint32_t kNonce = 0xDEADBEEFU;
const Buffer nonce_trailer = from_hex("0104deadbeef");

// A trailer of this type whose value is `size` times 0x5A.
Buffer trailer(unsigned type, std::uint8_t size) {
    Buffer bytes{static_cast<std::byte>(type), std::byte{size}};
    bytes.insert(bytes.end(), size, std::byte{0x5A});
    return bytes;
}

bool is_known(unsigned type) {
    return type >= 1 && type <= 5;
}

TEST(Trailers, NoneSayNothing) {
    const Trailers trailers = parse_trailers({});
    EXPECT_FALSE(trailers.nonce || trailers.random_port || trailers.alternates ||
                 trailers.neighbor_discovery);
    EXPECT_FALSE(trailers.must_discard || trailers.has_malformed_alternates);
    EXPECT_EQ(trailers.well_formed_size, 0U);
}

TEST(Trailers, W17AreReadInOrderAndTheFirstOfDuplicatesWins) {
    conformance::shows("W17");
    const Buffer second_nonce = from_hex("010400000001");
    EXPECT_EQ(parse_trailers(concatenate({nonce_trailer, second_nonce})).nonce, kNonce);
    EXPECT_EQ(parse_trailers(concatenate({second_nonce, nonce_trailer})).nonce, 1U);
    EXPECT_EQ(parse_trailers(from_hex("05020001 02020002")).random_port, 1);
    EXPECT_EQ(parse_trailers(from_hex("02020002 05020001")).random_port, 2);
    EXPECT_EQ(parse_trailers(from_hex("040401000000 040400000000")).neighbor_discovery,
              NeighborDiscoveryTrailer::kAdvertisement);
    const Trailers alternates =
        parse_trailers(from_hex("03080000c0a80107c738 03080000c0a80108c738"));
    ASSERT_TRUE(alternates.alternates);
    EXPECT_EQ(alternates.alternates->entries[0].address, (Ipv4Address{192, 168, 1, 7}));
}

// W18, W19
TEST(Trailers, TheHighBitsOfAnUnknownTypeDecide) {
    conformance::shows("W18", "W19");
    for (unsigned type = 0; type <= 0xFF; ++type) {
        if (is_known(type)) {
            continue;
        }
        for (const std::uint8_t size : std::array<std::uint8_t, 3>{0, 1, 255}) {
            SCOPED_TRACE(testing::Message() << "type " << type << ", size " << int{size});
            const Trailers trailers =
                parse_trailers(concatenate({trailer(type, size), nonce_trailer}));
            const bool fatal = type >= 0x40 && type <= 0x7F;
            EXPECT_EQ(trailers.must_discard, fatal);
            EXPECT_EQ(trailers.nonce.has_value(), !fatal);
        }
    }
}

TEST(Trailers, AFatalOneIsFatalBehindOthers) {
    conformance::shows("W18");
    const Trailers trailers = parse_trailers(concatenate({nonce_trailer, trailer(0x41, 3)}));
    EXPECT_TRUE(trailers.must_discard);
    EXPECT_EQ(trailers.nonce, kNonce);
}

TEST(Trailers, W20AMalformedOneEndsTheReading) {
    conformance::shows("W20");
    struct Row {
        const char* what;
        Buffer behind;
    };
    const Row rows[] = {
        {"one byte left", from_hex("01")},
        {"one byte of a fatal type", from_hex("41")},
        {"a value cut off", from_hex("0104010203")},
        {"a length without value", from_hex("01ff")},
        {"a fatal type cut off", from_hex("4103ffff")},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const Trailers trailers = parse_trailers(concatenate({nonce_trailer, row.behind}));
        EXPECT_EQ(trailers.nonce, kNonce);
        EXPECT_FALSE(trailers.must_discard);
        EXPECT_FALSE(trailers.has_malformed_alternates);
        EXPECT_EQ(trailers.well_formed_size, nonce_trailer.size());
    }
    const Trailers hidden = parse_trailers(concatenate({from_hex("05ff0000"), nonce_trailer}));
    EXPECT_FALSE(hidden.nonce) << "what follows a malformed trailer is not read";
    EXPECT_EQ(hidden.well_formed_size, 0U);
}

TEST(Trailers, WellFormedSizeCountsWhatIsSkipped) {
    EXPECT_EQ(parse_trailers(concatenate({trailer(0x3E, 7), nonce_trailer})).well_formed_size, 15U);
    EXPECT_EQ(parse_trailers(concatenate({trailer(1, 3), nonce_trailer})).well_formed_size, 11U);
    EXPECT_EQ(parse_trailers(zeros(10)).well_formed_size, 10U) << "five empty ones of type 0";
    EXPECT_EQ(parse_trailers(zeros(11)).well_formed_size, 10U);
}

TEST(Trailers, W21ReservedFieldsAreIgnored) {
    conformance::shows("W21");
    const Trailers trailers = parse_trailers(from_hex("0308ffffc0a80107c738 040401ffffff"));
    ASSERT_TRUE(trailers.alternates);
    EXPECT_EQ(trailers.alternates->entries[0], (Endpoint{{192, 168, 1, 7}, 51000}));
    EXPECT_EQ(trailers.neighbor_discovery, NeighborDiscoveryTrailer::kAdvertisement);
}

// W22, W23, W25: one of the wrong length says nothing, and the next of its kind is heard.
TEST(Trailers, FixedLengthsAreFixed) {
    conformance::shows("W22", "W25");
    for (std::uint8_t size = 0; size < 10; ++size) {
        SCOPED_TRACE(int{size});
        EXPECT_EQ(parse_trailers(trailer(0x01, size)).nonce.has_value(), size == 4);
        EXPECT_EQ(parse_trailers(trailer(0x05, size)).random_port.has_value(), size == 2);
        EXPECT_EQ(parse_trailers(trailer(0x02, size)).random_port.has_value(), size == 2);
        EXPECT_FALSE(parse_trailers(trailer(0x02, size)).must_discard);
        Buffer discovery = trailer(0x04, size);
        if (size > 0) {
            discovery[2] = std::byte{0};
        }
        EXPECT_EQ(parse_trailers(discovery).neighbor_discovery.has_value(), size == 4);
        if (size != 4) {
            EXPECT_EQ(parse_trailers(concatenate({trailer(0x01, size), nonce_trailer})).nonce,
                      kNonce);
        }
    }
}

TEST(Trailers, RandomPortIsBigEndianAndNotObfuscated) {
    EXPECT_EQ(parse_trailers(from_hex("0502c822")).random_port, 51234);
    EXPECT_EQ(parse_trailers(from_hex("0202c822")).random_port, 51234);
}

TEST(Trailers, AnUnknownDiscoveryTypeSaysNothing) {
    for (const char* hex : {"040402000000", "0404ff000000"}) {
        const Trailers trailers = parse_trailers(from_hex(hex));
        EXPECT_FALSE(trailers.neighbor_discovery);
        EXPECT_FALSE(trailers.must_discard);
        EXPECT_EQ(trailers.well_formed_size, 6U);
    }
}

// An Alternate Address trailer with `size` bytes of value: reserved bytes, then 10.0.0.5:51001
// again and again.
Buffer alternates_of_size(std::uint8_t size) {
    const Buffer entry = from_hex("0a000005c739");
    Buffer bytes{std::byte{0x03}, std::byte{size}, std::byte{0}, std::byte{0}};
    for (std::size_t i = 0; i + 2 < size; ++i) {
        bytes.push_back(entry[i % entry.size()]);
    }
    bytes.resize(std::size_t{size} + 2);
    return bytes;
}

// W24
TEST(Trailers, AlternatesHoldOneToFourEntries) {
    conformance::shows("W24");
    for (unsigned size = 0; size <= 0xFF; ++size) {
        SCOPED_TRACE(size);
        const bool valid = size == 8 || size == 14 || size == 20 || size == 26;
        const Trailers trailers =
            parse_trailers(alternates_of_size(static_cast<std::uint8_t>(size)));
        EXPECT_EQ(trailers.has_malformed_alternates, !valid);
        ASSERT_EQ(trailers.alternates.has_value(), valid);
        EXPECT_EQ(trailers.well_formed_size, size + 2);
        if (valid) {
            ASSERT_EQ(trailers.alternates->count, (size - 2) / 6);
            for (std::size_t i = 0; i < trailers.alternates->count; ++i) {
                EXPECT_EQ(trailers.alternates->entries.at(i), (Endpoint{{10, 0, 0, 5}, 51001}));
            }
        }
    }
}

TEST(Trailers, AlternatesAreUnicastWithAPort) {
    conformance::shows("W24");
    const std::pair<const char*, bool> rows[] = {
        {"03080000 c0a80107 c738", true},
        {"03080000 0a000005 0001", true},
        {"03080000 a9fe0101 ffff", true},
        {"03080000 08080404 0050", true},
        {"03080000 c0a80107 0000", false},  // port 0
        {"03080000 00000000 c738", false},
        {"03080000 00010203 c738", false},
        {"03080000 7f000001 c738", false},
        {"03080000 e00000fd c738", false},
        {"03080000 efffffff c738", false},
        {"03080000 ffffffff c738", false},
        {"030e0000 c0a80107 c738 e0000001 c738", false},  // only the second is bad
        {"030e0000 c0a80107 c738 0a000005 0000", false},
    };
    for (const auto& [hex, valid] : rows) {
        SCOPED_TRACE(hex);
        const Trailers trailers = parse_trailers(concatenate({from_hex(hex), nonce_trailer}));
        EXPECT_EQ(trailers.has_malformed_alternates, !valid);
        EXPECT_EQ(trailers.alternates.has_value(), valid);
        EXPECT_FALSE(trailers.must_discard);
        EXPECT_EQ(trailers.nonce, kNonce) << "the reading goes on";
    }
}

TEST(Trailers, NonceIsWrittenAsTypeOneLengthFour) {
    conformance::shows("W22");
    Buffer bytes(kNonceTrailerSize + 1, std::byte{0x5A});
    write_nonce_trailer(bytes, 0x01020304U);
    EXPECT_EQ(to_hex(bytes), "0104010203045a");
    EXPECT_EQ(parse_trailers(Bytes{bytes}.first(kNonceTrailerSize)).nonce, 0x01020304U);
}

}  // namespace
}  // namespace miredo::wire
