// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/describe.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "statuses.hpp"

namespace miredo::bus {
namespace {

TEST(Describe, GivesExactlyTheSchemasExample) {
    FakeControl control{nullptr};
    control.files = {"/etc/miredo/miredo.conf", "/etc/miredo/miredo.conf.d/10-server.conf"};
    control.add(server_status()).counters = {{"DatagramsReceived", 12},
                                             {"Dropped.rate-limited", 3}};
    control.add(client_status()).counters = {
        {"DatagramsReceived", 1200}, {"Dropped.mapping-mismatch", 1}, {"ForwardedToIpv6", 1100}};

    std::ifstream file{MIREDO_DESCRIBE_FIXTURE};
    const Json wanted = Json::parse(file);
    // As text: the order of the keys is part of it.
    EXPECT_EQ(describe(control).dump(2), wanted.dump(2));
}

TEST(Describe, KnowsRelays) {
    const Json json = describe(relay_status(), {});
    EXPECT_EQ(json["relay"].dump(),
              R"({"prefix":"2001::/32","mode":"restricted",)"
              R"("served_prefixes":["2001:db8::/32","2001:db8:1::/48"]})");
    EXPECT_EQ(json["statistics"].dump(), "{}");
}

TEST(Describe, HasNullWhereNothingIsKnown) {
    daemon::InstanceStatus status;
    status.name = "client";
    status.details = daemon::ClientDetails{};
    const Json json = describe(status, {});
    EXPECT_EQ(json["client"].dump(),
              R"({"address":null,"address_since_usec":null,)"
              R"("server":{"name":null,"address":null,"secondary":null,)"
              R"("last_reply_ago_usec":null,"rtt_usec":null},)"
              R"("mapped":null,"nat":"unknown","refresh_interval_usec":0,"native_ipv6":false})");
    EXPECT_EQ(json["offloads"].dump(), "{}");
    for (const char* key : {"reason", "interface", "local", "peers"}) {
        EXPECT_TRUE(json[key].is_null()) << key;
    }
    status.name = "server";
    status.details = daemon::ServerDetails{};
    EXPECT_TRUE(describe(status, {})["server"]["primary"].is_null());
}

TEST(Describe, SurvivesTextThatIsNoUtf8) {
    FakeControl control{nullptr};
    control.files = {"/etc/miredo/\xFF.conf"};
    EXPECT_NE(to_text(describe(control)).find("/etc/miredo/\xEF\xBF\xBD.conf"), std::string::npos);
}

}  // namespace
}  // namespace miredo::bus
