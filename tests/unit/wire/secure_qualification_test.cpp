// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// HMAC-SHA1 and what it is the HMAC of (RFC 4380 §5.2.2).
#include "wire/secure_qualification.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "vectors.hpp"

namespace miredo::wire {
namespace {

Bytes text(std::string_view characters) {
    return std::as_bytes(std::span{characters});
}

constexpr std::string_view kKey = "correct horse battery";

// RFC 2202 §3, test cases 1, 2, 3 and 6.
TEST(HmacSha1, is_that_of_rfc_2202) {
    struct Row {
        std::string key;
        std::string data;
        const char* value;
    };
    const Row rows[] = {
        {std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
        {"Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {std::string(20, '\xaa'),
         std::string(50, '\xdd'),
         "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
        {std::string(80, '\xaa'),
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    };
    ASSERT_TRUE(initialize_cryptography());
    for (const Row& row : rows) {
        SCOPED_TRACE(row.data);
        HmacSha1 mac{text(row.key)};
        const Bytes data = text(row.data);
        EXPECT_EQ(to_hex(mac.compute({data})), row.value);
        // Again, and in parts: nothing of the call before is left.
        const HmacSha1::Value value = mac.compute({data.first(3), {}, data.subspan(3)});
        EXPECT_EQ(to_hex(value), row.value);
        EXPECT_TRUE(mac.verify({data}, value));
        EXPECT_FALSE(mac.verify({data}, Bytes{value}.first(19)));
        EXPECT_FALSE(mac.verify({data}, {}));
        EXPECT_FALSE(mac.verify({data.first(data.size() - 1)}, value));
    }
}

TEST(HmacSha1, moves_with_its_key) {
    HmacSha1 first{text("Jefe")};
    HmacSha1 second{std::move(first)};
    EXPECT_EQ(to_hex(second.compute({text("what do ya want for nothing?")})),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(SecureQualification, makes_and_accepts_the_vectors) {
    conformance::shows("Q32", "Q34", "S30");
    HmacSha1 mac{text(kKey)};
    for (const auto& [name, value] :
         {std::pair{"rs_secure", "rs_secure_mac"}, std::pair{"ra_secure", "ra_secure_mac"}}) {
        SCOPED_TRACE(name);
        const Buffer payload = packet_vector(name);
        const auto parsed = TeredoDatagram::parse(payload);
        ASSERT_TRUE(parsed);
        EXPECT_TRUE(is_authentic(mac, *parsed));
        EXPECT_EQ(to_hex(authentication_value(
                      mac, *parsed->authentication, parsed->origin, parsed->packet.bytes())),
                  to_hex(packet_vector(value)));
        HmacSha1 other{text("correct horse batterz")};
        EXPECT_FALSE(is_authentic(other, *parsed));
    }
}

// Each bit of the value and of what is covered counts; identifier and trailers do not.
TEST(SecureQualification, covers_all_but_the_identifier) {
    conformance::shows("Q33");
    HmacSha1 mac{text(kKey)};
    const Buffer payload = packet_vector("ra_secure");
    constexpr std::size_t kIdentifierEnd = 4 + 13;
    for (std::size_t i = 0; i < 8 * payload.size(); ++i) {
        Buffer spoilt = payload;
        spoilt[i / 8] ^= static_cast<std::byte>(1U << (i % 8));
        const auto parsed = TeredoDatagram::parse(spoilt);
        const bool is_identifier = i / 8 >= 4 && i / 8 < kIdentifierEnd;
        EXPECT_EQ(parsed && is_authentic(mac, *parsed), is_identifier) << "bit " << i;
    }
    Buffer longer = payload;
    longer.insert(longer.end(), 7, std::byte{1});
    const auto parsed = TeredoDatagram::parse(longer);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(is_authentic(mac, *parsed));
}

TEST(SecureQualification, without_authentication_nothing_is_authentic) {
    HmacSha1 mac{text(kKey)};
    for (const char* const name : {"rs_cone0", "rs_auth", "ra_full"}) {
        const Buffer payload = packet_vector(name);
        const auto parsed = TeredoDatagram::parse(payload);
        ASSERT_TRUE(parsed) << name;
        EXPECT_FALSE(is_authentic(mac, *parsed)) << name;
    }
}

}  // namespace
}  // namespace miredo::wire
