// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Whole outputs, compared with files in tests/fixtures/ctl. MIREDO_UPDATE_GOLDEN=1 writes them
// anew, for a person to look at the difference.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "ctl/json.hpp"

namespace miredo::ctl {

// Some hours after the fixtures' `since_usec`, and far from where their number changes.
inline constexpr std::uint64_t kAge = 8010'000'000;
inline constexpr std::uint64_t kNow = 1763726400'000'000 + kAge;

inline std::string read_fixture(const std::string& name) {
    std::ifstream file{std::string{MIREDO_FIXTURES} + '/' + name, std::ios::binary};
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_TRUE(file) << name;
    return text.str();
}

inline Json read_document(const std::string& name) {
    return Json::parse(read_fixture(name), nullptr, false);
}

inline void expect_golden(const std::string& text, const std::string& name) {
    if (std::getenv("MIREDO_UPDATE_GOLDEN") != nullptr) {
        std::ofstream{std::string{MIREDO_FIXTURES} + "/ctl/" + name, std::ios::binary} << text;
    }
    EXPECT_EQ(text, read_fixture("ctl/" + name)) << name;
}

}  // namespace miredo::ctl
