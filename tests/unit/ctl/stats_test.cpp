// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/stats.hpp"

#include "golden.hpp"

namespace miredo::ctl {
namespace {

TEST(Stats, GroupsCounters) {
    const Json document = read_document("ctl/qualified.json");
    const Json& instances = member(document, "instances");
    expect_golden(stats_text(instances, {}, false), "stats.txt");
    expect_golden(stats_text(instances, {}, true), "stats-all.txt");
}

TEST(Stats, SaysWhereThereIsNothing) {
    const Json none = Json::parse(R"([{"name": "relay", "statistics": {"BubblesSent": 0}}, {}])");
    EXPECT_EQ(stats_text(none, {}, false), "relay\n  nothing yet\n\n-\n  nothing yet\n");
}

TEST(Stats, JsonKeepsNames) {
    const Json document = read_document("describe.json");
    const Json result = stats_json(member(document, "instances"));
    EXPECT_EQ(result["schema"], "miredo.statistics/1");
    EXPECT_EQ(result["instances"][1]["statistics"]["Dropped.mapping-mismatch"], 1);
}

}  // namespace
}  // namespace miredo::ctl
