// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How a test says which statements it shows: by the numbers of tests/conformance/statements. The
// report reads them from GoogleTest's results, so that a statement counts only where its tests ran
// and passed.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace miredo::conformance {

// In the body of a test, or of its fixture's set-up: `shows("Q3", "Q4")`.
template <typename... Numbers>
void shows(const Numbers&... numbers) {
    (testing::Test::RecordProperty("shows:" + std::string{std::string_view{numbers}}, "yes"), ...);
}

}  // namespace miredo::conformance
