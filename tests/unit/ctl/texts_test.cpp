// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The small parts that texts are made of: style, table, times, JSON.
#include <gtest/gtest.h>

#include "ctl/journal.hpp"
#include "ctl/json.hpp"
#include "ctl/output.hpp"
#include "ctl/style.hpp"
#include "ctl/table.hpp"
#include "ctl/time_text.hpp"

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

TEST(Style, CutsByCharacters) {
    const Style utf8{false, 0, true};
    EXPECT_EQ(utf8.cut("äöü", 3), "äöü");
    EXPECT_EQ(utf8.cut("äöüß", 3), "äö…");
    EXPECT_EQ(utf8.cut("abc", 1), "a");
    EXPECT_EQ(utf8.cut("abc", 0), "");
    EXPECT_EQ((Style{false, 0, false}.cut("abcdefgh", 6)), "abc...");
    EXPECT_EQ(utf8.line(std::string(500, 'x')).size(), 500U);
}

TEST(Style, PaintsOnlyWithColors) {
    EXPECT_EQ((Style{false, 0, true}.paint(Color::kRed, "x")), "x");
    EXPECT_EQ((Style{true, 0, true}.paint(Color::kNone, "x")), "x");
    EXPECT_EQ((Style{true, 0, true}.paint(Color::kRed, "x")), "\033[0;1;31mx\033[0m");
    EXPECT_EQ((Style{true, 0, true}.paint(Color::kRed, "")), "");
}

TEST(Style, PrintableKeepsTextAndNothingElse) {
    EXPECT_EQ(printable("teredo Ä …"), "teredo Ä …");
    EXPECT_EQ(printable("a\tb\nc\x7f"), "a?b?c?");
    EXPECT_EQ(printable("\xC2\x9Bx\xC2"), "?x\xC2");
}

TEST(Table, AlignsAndCuts) {
    const std::vector<Column> columns{{"NAME", false, true}, {"N", true}};
    const std::vector<Row> rows{{Cell{"abcdefghijklmnop"}, Cell{"5"}}, {Cell{"b"}, Cell{"1234"}}};
    EXPECT_EQ(table_text(columns, rows, {}, true),
              "NAME                N\nabcdefghijklmnop    5\nb                1234\n");
    EXPECT_EQ(table_text(columns, rows, {false, 15, true}, false),
              "abcdefghi…    5\nb          1234\n");
    // Nothing gets narrower than is of use.
    EXPECT_EQ(table_text(columns, rows, {false, 3, true}, false), "abcdefg…    5\nb        1234\n");
    EXPECT_EQ(table_text(columns, {}, {}, true), "");
}

TEST(TimeText, Spans) {
    EXPECT_EQ(span_text(0us), "0s");
    EXPECT_EQ(span_text(1us), "1ms");
    EXPECT_EQ(span_text(350ms), "350ms");
    EXPECT_EQ(span_text(1999ms), "1s");
    EXPECT_EQ(span_text(59s), "59s");
    EXPECT_EQ(span_text(60s), "1min");
    EXPECT_EQ(span_text(95s), "1min 35s");
    EXPECT_EQ(span_text(2h + 13min + 5s), "2h 13min");
    EXPECT_EQ(span_text(2h + 5s), "2h");
    EXPECT_EQ(span_text(24h * 400 + 23h), "400d 23h");
    EXPECT_EQ(span_text(-5s), "0s");
}

TEST(TimeText, RoundTripsAndClocks) {
    EXPECT_EQ(round_trip_text(400us), "0.4 ms");
    EXPECT_EQ(round_trip_text(9949us), "9.9 ms");
    EXPECT_EQ(round_trip_text(9950us), "10 ms");
    EXPECT_EQ(round_trip_text(34499us), "34 ms");
    EXPECT_EQ(round_trip_text(Microseconds::max()), "9223372036854776 ms");
    EXPECT_EQ(clock_text(1763726400000000), "2025-11-21 12:00:00");
    EXPECT_EQ(short_clock_text(1763726400000000), "Nov 21 12:00:00");
}

TEST(Json, ReadsWithoutTrust) {
    const Json object = Json::parse(R"({"a": "x", "n": 5, "f": -1, "e": "", "z": null,
        "p": {"address": "192.0.2.1", "port": 3544}})");
    EXPECT_EQ(text(object, "a"), "x");
    EXPECT_EQ(text(object, "e"), std::nullopt);
    EXPECT_EQ(text(object, "n"), std::nullopt);
    EXPECT_EQ(text_or(object, "z"), "-");
    EXPECT_EQ(number(object, "n"), 5U);
    EXPECT_EQ(number(object, "f"), std::nullopt);
    EXPECT_EQ(number(object, "a"), std::nullopt);
    EXPECT_EQ(endpoint(object, "p"), "192.0.2.1:3544");
    EXPECT_EQ(endpoint(object, "a"), std::nullopt);
    EXPECT_TRUE(member(Json::array(), "a").is_null());
}

TEST(Json, TakesDocumentsOfItsSchemaOnly) {
    EXPECT_TRUE(parse_document(R"({"schema": "miredo.status/1", "more": 1})", "miredo.status"));
    for (const char* bad : {"", "{", "[]", "{}", R"({"schema": "miredo.status/2"})"}) {
        const Outcome<Json> document = parse_document(bad, "miredo.status");
        ASSERT_FALSE(document) << bad;
        EXPECT_EQ(document.error().status, ExitStatus::kFailure);
    }
}

TEST(Json, FindsInstances) {
    const Json document = Json::parse(R"({"instances": [{"name": "client"}, {"name": "server"}]})");
    EXPECT_EQ(find_instances(document, "")->size(), 2U);
    EXPECT_EQ(find_instances(document, "server")->size(), 1U);
    const Outcome<Json> wrong = find_instances(document, "clint");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().status, ExitStatus::kUsage);
    EXPECT_EQ(wrong.error().message,
              "there is no instance 'clint', did you mean 'client'? There is: client, server");
    EXPECT_EQ(find_instances(Json::object(), "x").error().message,
              "there is no instance 'x'; there is: none");
}

TEST(Json, IsShortOrPretty) {
    const Json object{{"b", 1}, {"a", nullptr}};
    EXPECT_EQ(json_text(object, JsonMode::kShort, true), "{\"b\":1,\"a\":null}\n");
    EXPECT_EQ(json_text(object, JsonMode::kAuto, false), "{\"b\":1,\"a\":null}\n");
    EXPECT_EQ(json_text(object, JsonMode::kAuto, true), "{\n  \"b\": 1,\n  \"a\": null\n}\n");
    EXPECT_EQ(json_text(object, JsonMode::kPretty, false), "{\n  \"b\": 1,\n  \"a\": null\n}\n");
    EXPECT_EQ(json_text(Json("\xff"), JsonMode::kShort, false), "\"\xEF\xBF\xBD\"\n");
}

TEST(Journal, ShowsLinesAsJournalctlDoes) {
    const std::vector<JournalLine> lines{
        {1763726400000000, "host", "miredo", "812", "qualified", 6},
        {1763726401000000, "host", "miredo", "", "no answer", 4},
    };
    EXPECT_EQ(journal_text(lines, {}),
              "Nov 21 12:00:00 host miredo[812]: qualified\n"
              "Nov 21 12:00:01 host miredo: no answer\n");
    EXPECT_EQ(journal_text(lines, {false, 25, false}),
              "Nov 21 12:00:00 host m...\nNov 21 12:00:01 host m...\n");
    EXPECT_NE(journal_text(lines, {true, 0, true}).find("\033[0;1;38;5;185mNov 21 12:00:01"),
              std::string::npos);
    EXPECT_TRUE(tail_journal(0).empty());
}

}  // namespace
}  // namespace miredo::ctl
