// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/classic_lines.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"

namespace miredo::config {
namespace {

struct Split {
    std::vector<std::string> lines;  // "number:name=value"
    std::vector<std::string> messages;
    bool is_classic = true;
    bool is_complete = true;
};

Split split(std::string_view text) {
    Report report{"f"};
    const ClassicLines cut = split_classic(text, report);
    Split result;
    result.is_classic = cut.is_classic;
    result.is_complete = cut.is_complete;
    for (const ClassicLine& line : cut.lines) {
        result.lines.push_back(std::to_string(line.number) + ':' + std::string{line.name} + '=' +
                               std::string{line.value});
    }
    for (const Diagnostic& diagnostic : std::move(report).finish()) {
        result.messages.push_back(diagnostic.to_string());
    }
    return result;
}

using Texts = std::vector<std::string>;

TEST(ClassicLines, AreNameAndValue) {
    EXPECT_EQ(split("A b\n\nC\t d\n").lines, (Texts{"1:A=b", "3:C=d"}));
    EXPECT_EQ(split("  \tA \t b \t\n").lines, Texts{"1:A=b"});
    EXPECT_TRUE(split("").lines.empty());
    EXPECT_TRUE(split("\n \t\n").messages.empty());
}

TEST(ClassicLines, OnlyTwoWordsCount) {
    conformance::shows("D4");
    const Split cut = split("A b c # d\n");
    EXPECT_EQ(cut.lines, Texts{"1:A=b"});
    EXPECT_TRUE(cut.messages.empty());
}

TEST(ClassicLines, CommentsStartTheLine) {
    const Split cut = split("#A b\n  # c d\n#\nA #b\n");
    EXPECT_EQ(cut.lines, Texts{"4:A=#b"});
    EXPECT_TRUE(cut.messages.empty());
}

TEST(ClassicLines, LastLineNeedsNoEnd) {
    conformance::shows("D5");
    EXPECT_EQ(split("A b\nC d").lines, (Texts{"1:A=b", "2:C=d"}));
    EXPECT_EQ(split("A b\r").lines, Texts{"1:A=b"});
}

TEST(ClassicLines, MayEndInCrLf) {
    const Split cut = split("A b\r\n\r\n# c\r\nD e \r\n");
    EXPECT_EQ(cut.lines, (Texts{"1:A=b", "4:D=e"}));
    EXPECT_TRUE(cut.messages.empty());
}

TEST(ClassicLines, NameWithoutValueIsAWarning) {
    const Split cut = split("A\nB=c\n");
    EXPECT_TRUE(cut.lines.empty());
    EXPECT_TRUE(cut.is_complete);
    EXPECT_EQ(cut.messages,
              (Texts{"f:1: warning: A: no value, line ignored, expected `Directive value`",
                     "f:2: warning: \"B=c\": no value, line ignored, expected `Directive value`"}));
}

TEST(ClassicLines, LongestLine) {
    const std::string value(kMaxClassicLine - 2, 'x');
    EXPECT_EQ(split("A " + value + "\r\nB c\n").lines, (Texts{"1:A=" + value, "2:B=c"}));
    const Split cut = split("A " + value + "x\nB c\n");
    EXPECT_EQ(cut.lines, Texts{"2:B=c"});
    EXPECT_EQ(cut.messages,
              Texts{"f:1: warning: A: line of 1056 bytes skipped, expected at most 1055"});
    EXPECT_TRUE(split('#' + value + value + '\n').messages.empty());
}

TEST(ClassicLines, DamagedLinesAreErrors) {
    const Split cut = split(std::string_view{"A b\0\nC d\re\n#\0\nF g\n", 18});
    EXPECT_EQ(cut.lines, Texts{"4:F=g"});
    EXPECT_FALSE(cut.is_complete);
    EXPECT_TRUE(cut.is_classic);
    EXPECT_EQ(
        cut.messages,
        (Texts{"f:1: error: NUL byte in the line, expected text",
               "f:2: error: carriage return inside the line, expected lines that end in LF or CRLF",
               "f:3: error: NUL byte in the line, expected text"}));
}

TEST(ClassicLines, ByteOrderMarks) {
    const Split utf8 = split("\xEF\xBB\xBF"
                             "A b\n");
    EXPECT_EQ(utf8.lines, Texts{"1:A=b"});
    EXPECT_EQ(utf8.messages, Texts{"f:1: warning: byte order mark ignored, expected plain text"});
    for (const std::string_view mark : {"\xFF\xFE", "\xFE\xFF"}) {
        const Split utf16 = split(std::string{mark} + std::string{"A\0b\0", 4});
        EXPECT_FALSE(utf16.is_classic);
        EXPECT_EQ(utf16.messages,
                  Texts{"f:1: error: the file is UTF-16 text, expected ASCII or UTF-8"});
    }
}

TEST(ClassicLines, SectionsAreAnotherForm) {
    const Split cut = split("# comment\n A b\n [Client]\nServer=a\n[Relay]\n");
    EXPECT_FALSE(cut.is_classic);
    EXPECT_TRUE(cut.lines.empty());
    EXPECT_EQ(
        cut.messages,
        Texts{"f:3: error: \" [Client]\": sections are not part of the classic form, expected "
              "`Directive value`"});
}

}  // namespace
}  // namespace miredo::config
