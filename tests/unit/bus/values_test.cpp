// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/values.hpp"

#include <gtest/gtest.h>

namespace miredo::bus {
namespace {

TEST(ValidText, KeepsUtf8AndReplacesTheRest) {
    EXPECT_EQ(valid_text(""), "");
    EXPECT_EQ(valid_text("a \"quoted\" line\n\xC3\xA4"), "a \"quoted\" line\n\xC3\xA4");
    EXPECT_EQ(valid_text("\xC3"), "\xEF\xBF\xBD");
    EXPECT_EQ(valid_text("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST(EndpointValue, IsEmptyWithoutOne) {
    EXPECT_EQ(endpoint_value({}), (EndpointValue{std::string{}, std::uint16_t{0}}));
    EXPECT_EQ(endpoint_value(Endpoint{Ipv4Address{192, 0, 2, 1}, 3544}),
              (EndpointValue{std::string{"192.0.2.1"}, std::uint16_t{3544}}));
}

TEST(Microseconds, AreNeverNegative) {
    EXPECT_EQ(microseconds(std::chrono::milliseconds{34}), 34000U);
    EXPECT_EQ(microseconds(std::chrono::seconds{-1}), 0U);
}

}  // namespace
}  // namespace miredo::bus
