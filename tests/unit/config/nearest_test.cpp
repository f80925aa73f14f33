// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/nearest.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace miredo::config {
namespace {

const std::vector<std::string_view> kWords{"Port", "Prefix", "Server", "RouteTable"};

TEST(Nearest, FindsWhatWasMistyped) {
    EXPECT_EQ(nearest_word("Prot", kWords), "Port");
    EXPECT_EQ(nearest_word("port", kWords), "Port");
    EXPECT_EQ(nearest_word("Prefixes", kWords), "Prefix");
    EXPECT_EQ(nearest_word("RoutTabel", kWords), "RouteTable");
    EXPECT_EQ(nearest_word("por", kWords), "Port");
}

TEST(Nearest, SaysNothingOfOtherWords) {
    EXPECT_EQ(nearest_word("", kWords), "");
    EXPECT_EQ(nearest_word("P", kWords), "");
    EXPECT_EQ(nearest_word("Colour", kWords), "");
    EXPECT_EQ(nearest_word("Port" + std::string(100, 't'), kWords), "");
    EXPECT_EQ(nearest_word("Port", {}), "");
}

}  // namespace
}  // namespace miredo::config
