// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/reload_text.hpp"
#include "golden.hpp"

namespace miredo::ctl {
namespace {

ReloadReport some_changes() {
    return {{"/etc/miredo/miredo.conf", "/etc/miredo/miredo.conf.d/10-server.conf"},
            {{"Client.Server", "teredo.remlab.net", "teredo.example.net", true},
             {"Client.MaxPeers", "", "1024", true},
             {"Client.InterfaceName", "teredo", "tun-t", false}}};
}

TEST(Reload, SaysWhatChanged) {
    expect_golden(reload_text(some_changes(), {}), "reload.txt");
    expect_golden(reload_text(some_changes(), {true, 0, true}), "reload-colors.txt");
}

TEST(Reload, SaysThatNothingChanged) {
    EXPECT_EQ(reload_text({{"/etc/miredo/miredo.conf"}, {}}, {}),
              "Reloaded /etc/miredo/miredo.conf: nothing has changed\n");
}

TEST(Reload, Json) {
    const Json document = reload_json(some_changes());
    EXPECT_EQ(document["schema"], "miredo.reload/1");
    EXPECT_EQ(document["changes"][0]["applied"], true);
    EXPECT_TRUE(document["changes"][1]["old"].is_null());
    EXPECT_EQ(document["changes"][2]["applied"], false);
}

}  // namespace
}  // namespace miredo::ctl
