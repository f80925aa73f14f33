// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/status_text.hpp"

#include "golden.hpp"

namespace miredo::ctl {
namespace {

Style style(bool utf8 = true) {
    return {false, 0, utf8};
}

std::string status_of(const Json& document, const Style& shown) {
    return status_text(member(document, "instances"), shown, kNow);
}

TEST(StatusText, ShowsServerAndDegradedClient) {
    const Json document = read_document("describe.json");
    expect_golden(status_of(document, style()), "status-several.txt");
}

TEST(StatusText, ShowsQualifiedClient) {
    expect_golden(status_of(read_document("ctl/qualified.json"), style()), "status-qualified.txt");
}

TEST(StatusText, ShowsRelay) {
    expect_golden(status_of(read_document("ctl/relay.json"), style()), "status-relay.txt");
}

TEST(StatusText, ShowsOnlyWhatIsThere) {
    expect_golden(status_of(read_document("ctl/starting.json"), style()), "status-starting.txt");
}

TEST(StatusText, UsesAsciiWhereNothingElseIsThere) {
    const std::string text = status_of(read_document("describe.json"), style(false));
    for (const char c : text) {
        EXPECT_GE(c, '\0') << text;
    }
    EXPECT_NE(text.find("degraded - no-reply"), std::string::npos) << text;
}

TEST(StatusText, PaintsMarkStateAndHealth) {
    expect_golden(status_of(read_document("describe.json"), {true, 0, true}), "status-colors.txt");
}

// The state stands behind the device, wherever else its word occurs.
TEST(StatusText, PaintsTheStateAndNotItsReason) {
    const Json instances = Json::parse(R"([{"name": "client", "state": "failed",
        "reason": "device-failed", "interface": {"name": "failed"}}])");
    EXPECT_EQ(
        status_text(instances, {true, 0, false}, kNow),
        "\033[0;1;31mx\033[0m client        failed   \033[0;1;31mfailed\033[0m - device-failed\n");
}

// All may be well with what was looked at; a client without a server is not.
TEST(StatusText, IsHealthyOnlyWhereItIsUp) {
    for (const auto& [state, is_up] : {std::pair{"qualified", true},
                                       std::pair{"running", true},
                                       std::pair{"degraded", false},
                                       std::pair{"failed", false},
                                       std::pair{"probing", false}}) {
        const Json instances = Json::array({{{"state", state}, {"health", Json::array()}}});
        const std::string text = status_text(instances, style(), kNow);
        EXPECT_EQ(text.find("Health: ok") != std::string::npos, is_up) << text;
    }
}

TEST(StatusText, NeverExceedsTheWidth) {
    for (const std::size_t width : {20U, 40U, 60U}) {
        std::istringstream lines{status_of(read_document("describe.json"), {false, width, true})};
        std::size_t widest = 0;
        for (std::string line; std::getline(lines, line);) {
            widest = std::max(widest, display_width(line));
        }
        EXPECT_EQ(widest, width);
    }
    expect_golden(status_of(read_document("describe.json"), {false, 40, true}), "status-40.txt");
}

TEST(StatusText, IsWholeWhereItFits) {
    EXPECT_EQ(status_of(read_document("describe.json"), {false, 120, true}),
              status_of(read_document("describe.json"), style()));
}

TEST(StatusText, KeepsEscapeSequencesWhole) {
    const std::string text = status_of(read_document("describe.json"), {true, 12, true});
    std::size_t open = 0;
    std::size_t closed = 0;
    for (std::size_t at = text.find('\033'); at != std::string::npos;
         at = text.find('\033', at + 1)) {
        (text.compare(at, 4, "\033[0m") == 0 ? closed : open) += 1;
    }
    EXPECT_GT(open, 0U);
    EXPECT_EQ(open, closed) << text;
}

TEST(StatusText, SurvivesWhatIsNoInstance) {
    const Json odd =
        Json::parse(R"([null, 5, "x", [], {"name": 7, "health": {"a": 1}, "client": []}])");
    const std::string text = status_text(odd, style(), kNow);
    EXPECT_NE(text.find("○ -"), std::string::npos) << text;
}

TEST(StatusText, LetsNoControlCharacterThrough) {
    const Json sly = Json::parse(R"([{"name": "cl\u001b[2Jient", "state": "qualified",
        "reason": "a\u009bb", "message": "\n\u0007", "health": [{"text": "\u001b]0;x\u0007"}]}])");
    const std::string text = status_text(sly, style(), kNow);
    EXPECT_EQ(text.find('\033'), std::string::npos) << text;
    EXPECT_EQ(text.find('\a'), std::string::npos) << text;
    EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos) << text;
    EXPECT_NE(text.find("cl?[2Jient"), std::string::npos) << text;
}

}  // namespace
}  // namespace miredo::ctl
