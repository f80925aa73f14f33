// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/peers_text.hpp"

#include "golden.hpp"

namespace miredo::ctl {
namespace {

using namespace std::chrono_literals;

PeerList some_peers() {
    return {
        "client",
        {
            {"2001:0:c38c:c38c:0:fb2d:39cc:9bf8",
             "teredo",
             "direct",
             "198.51.100.7",
             1234,
             2s,
             350ms,
             0,
             0},
            {"2001:0:53aa:64c:1c3f:d3b0:34ff:8ea7",
             "teredo",
             "probing",
             "203.0.113.88",
             11343,
             {},
             4s,
             3,
             2},
            {"2606:4700::80", "native", "relay", "216.66.80.30", 3544, 9s, 9s, 0, 0},
            {"2606:4700::81", "native", "failed", "", 0, {}, 71s, 0, 4},
            {"2001:0:53aa:64c:0:1:2:3", "teredo", "idle", "255.253.255.252", 65534, 3h, 3h, 0, 0},
        },
        5};
}

std::string order_of(PeerOrder order) {
    std::vector<PeerRow> rows = some_peers().rows;
    sort_peers(rows, order);
    std::string result;
    for (const PeerRow& row : rows) {
        result += row.state + ' ';
    }
    return result;
}

TEST(PeersText, ShowsATable) {
    expect_golden(peers_text(some_peers(), {false, 0, true}, true), "peers.txt");
}

TEST(PeersText, PaintsTheState) {
    expect_golden(peers_text(some_peers(), {true, 0, true}, true), "peers-colors.txt");
}

TEST(PeersText, CutsAddressesBeforeAnythingElse) {
    expect_golden(peers_text(some_peers(), {false, 80, true}, true), "peers-80.txt");
    expect_golden(peers_text(some_peers(), {false, 60, false}, true), "peers-60-ascii.txt");
}

TEST(PeersText, SaysHowManyAreNotShown) {
    PeerList list = some_peers();
    list.total = 14;
    const std::string text = peers_text(list, {}, true);
    EXPECT_NE(text.find("5 of 14 peers listed. Pass --all to see the rest.\n"), std::string::npos)
        << text;
}

TEST(PeersText, WithoutPeersOrLegendIsShort) {
    const PeerList none{"client", {}, 0};
    EXPECT_EQ(peers_text(none, {}, true), "0 peers listed.\n");
    EXPECT_EQ(peers_text(none, {}, false), "");
    const std::string text = peers_text(some_peers(), {}, false);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5) << text;
}

TEST(PeersText, Sorts) {
    EXPECT_EQ(order_of(PeerOrder::kAsIs), "direct probing relay failed idle ");
    EXPECT_EQ(order_of(PeerOrder::kLast), "direct relay idle probing failed ");
    EXPECT_EQ(order_of(PeerOrder::kState), "direct relay probing idle failed ");
    EXPECT_EQ(order_of(PeerOrder::kKind), "direct idle probing relay failed ");
    EXPECT_EQ(order_of(PeerOrder::kAddress), "idle probing direct relay failed ");
}

TEST(PeersText, JsonHasNullForWhatIsUnknown) {
    const Json document = peers_json(some_peers());
    EXPECT_EQ(document["schema"], "miredo.peers/1");
    EXPECT_EQ(document["total"], 5);
    EXPECT_EQ(document["peers"][0]["last_transmitted_ago_usec"], 350000);
    EXPECT_EQ(document["peers"][0]["endpoint"]["port"], 1234);
    EXPECT_TRUE(document["peers"][3]["endpoint"].is_null());
    EXPECT_TRUE(document["peers"][3]["last_received_ago_usec"].is_null());
    EXPECT_EQ(document["peers"][3]["attempts"], 4);
}

}  // namespace
}  // namespace miredo::ctl
