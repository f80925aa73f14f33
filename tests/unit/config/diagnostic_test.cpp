// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/diagnostic.hpp"

#include <gtest/gtest.h>

namespace miredo::config {
namespace {

TEST(Diagnostic, NamesFileLineAndSeverity) {
    const Diagnostic diagnostic{Severity::kError, "a.conf", 7, "BindPort: 70000 is not a port"};
    EXPECT_EQ(diagnostic.to_string(), "a.conf:7: error: BindPort: 70000 is not a port");
}

TEST(Diagnostic, HasNoLineForTheFileAsAWhole) {
    const Diagnostic diagnostic{Severity::kWarning, "a.conf", 0, "is empty"};
    EXPECT_EQ(diagnostic.to_string(), "a.conf: warning: is empty");
}

TEST(Diagnostic, OnlyErrorsAreErrors) {
    EXPECT_FALSE(has_errors({}));
    EXPECT_FALSE(has_errors({{Severity::kWarning, "a.conf", 1, "x"}}));
    EXPECT_TRUE(
        has_errors({{Severity::kWarning, "a.conf", 1, "x"}, {Severity::kError, "a.conf", 0, "y"}}));
}

TEST(Report, SortsByLineWithTheWholeFileLast) {
    Report report{"a.conf"};
    report.error(0, "missing");
    report.warn(9, "nine");
    report.error(2, "two");
    report.warn(2, "two again");
    const Diagnostics found = std::move(report).finish();
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].message, "two");
    EXPECT_EQ(found[1].message, "two again");
    EXPECT_EQ(found[2].message, "nine");
    EXPECT_EQ(found[3].message, "missing");
}

TEST(Report, NamesTheCommandLineInsteadOfTheFile) {
    Report report{"a.conf"};
    report.error_command_line("bad");
    report.warn_command_line("odd");
    const Diagnostics found = std::move(report).finish();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].to_string(), "command line: error: bad");
    EXPECT_EQ(found[1].to_string(), "command line: warning: odd");
}

TEST(Report, KeepsABoundedNumberAndCountsTheRest) {
    Report report{"a.conf"};
    for (unsigned line = 1; line <= Report::kKept + 3; ++line) {
        report.warn(line, "noise");
    }
    report.error(4000, "an error after the noise");
    const Diagnostics found = std::move(report).finish();
    ASSERT_EQ(found.size(), Report::kKept + 2);
    EXPECT_TRUE(has_errors(found));
    EXPECT_EQ(found[Report::kKept].message, "an error after the noise");
    EXPECT_EQ(found.back().severity, Severity::kWarning);
    EXPECT_EQ(found.back().message, "3 more of the kind \"warning\" are not shown");
}

}  // namespace
}  // namespace miredo::config
