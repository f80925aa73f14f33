// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Names for parametrised tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "sim/nat.hpp"

namespace miredo::scenario {

// `words` as GoogleTest allows them in a test's name.
[[nodiscard]] inline std::string test_name(std::string_view words) {
    std::string name{words};
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

[[nodiscard]] inline std::string kind_name(const testing::TestParamInfo<sim::NatKind>& kind) {
    return test_name(to_string(kind.param));
}

}  // namespace miredo::scenario
