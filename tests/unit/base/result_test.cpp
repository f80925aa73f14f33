// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A value or a reason, also where both have the same type or the value can only be moved.
#include "base/result.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace miredo {
namespace {

Result<int, std::string> halve(int value) {
    if (value % 2 != 0) {
        return Failure{std::string{"odd"}};
    }
    return value / 2;
}

TEST(Result, HoldsTheValue) {
    const Result<int, std::string> result = halve(8);
    ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(static_cast<bool>(result));
    EXPECT_EQ(result.value(), 4);
    EXPECT_EQ(*result, 4);
}

TEST(Result, HoldsTheReason) {
    const Result<int, std::string> result = halve(7);
    ASSERT_FALSE(result.has_value());
    EXPECT_FALSE(static_cast<bool>(result));
    EXPECT_EQ(result.error(), "odd");
}

TEST(Result, TellsThemApartWhereBothHaveTheSameType) {
    const Result<int, int> value = 1;
    const Result<int, int> failure = Failure{1};
    EXPECT_TRUE(value.has_value());
    EXPECT_FALSE(failure.has_value());
    EXPECT_EQ(failure.error(), 1);
}

TEST(Result, GivesAwayWhatCanOnlyBeMoved) {
    Result<std::unique_ptr<int>, Error> result = std::make_unique<int>(5);
    EXPECT_EQ(**result, 5);
    const std::unique_ptr<int> owned = std::move(result).value();
    EXPECT_EQ(*owned, 5);
}

TEST(Result, ReachesMembersAndChangesInPlace) {
    Result<std::string, int> result = std::string{"abc"};
    EXPECT_EQ(result->size(), 3U);
    result->push_back('d');
    EXPECT_EQ(result.value(), "abcd");
}

TEST(Result, OfNothingIsSuccessOrReason) {
    const Expected<void> success;
    EXPECT_TRUE(success.has_value());
    const Expected<void> failure = Failure{Error{.what = "no", .where = {}, .remedy = {}}};
    ASSERT_FALSE(failure);
    EXPECT_EQ(failure.error().what, "no");
}

}  // namespace
}  // namespace miredo
