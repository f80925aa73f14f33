// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/list.hpp"

#include "golden.hpp"

namespace miredo::ctl {
namespace {

TEST(List, ShowsALineForEachInstance) {
    const Json document = read_document("describe.json");
    expect_golden(list_text(member(document, "instances"), {false, 0, true}, true), "list.txt");
}

TEST(List, HasNoHeadAndNoSummaryWithoutLegend) {
    const Json document = read_document("describe.json");
    const std::string text = list_text(member(document, "instances"), {false, 0, true}, false);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
    EXPECT_EQ(text.rfind("server", 0), 0U) << text;
}

TEST(List, CutsTheAddressOnANarrowTerminal) {
    const Json document = read_document("describe.json");
    const std::string text = list_text(member(document, "instances"), {false, 60, true}, true);
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), 60U) << text;
    }
    EXPECT_NE(text.find("…"), std::string::npos) << text;
    EXPECT_EQ(text.find("fdf1"), std::string::npos) << text;
}

}  // namespace
}  // namespace miredo::ctl
