// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/nearest.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace miredo::config {
namespace {

const std::vector<std::string_view> words{"Port", "Prefix", "Server", "RouteTable"};

TEST(Nearest, FindsWhatWasMistyped) {
    EXPECT_EQ(nearest_word("Prot", words), "Port");
    EXPECT_EQ(nearest_word("port", words), "Port");
    EXPECT_EQ(nearest_word("Prefixes", words), "Prefix");
    EXPECT_EQ(nearest_word("RoutTabel", words), "RouteTable");
    EXPECT_EQ(nearest_word("por", words), "Port");
}

TEST(Nearest, SaysNothingOfOtherWords) {
    EXPECT_EQ(nearest_word("", words), "");
    EXPECT_EQ(nearest_word("P", words), "");
    EXPECT_EQ(nearest_word("Colour", words), "");
    EXPECT_EQ(nearest_word("Port" + std::string(100, 't'), words), "");
    EXPECT_EQ(nearest_word("Port", {}), "");
}

}  // namespace
}  // namespace miredo::config
