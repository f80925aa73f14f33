// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl as a whole, where there is no service.
#include "program.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "../bus/private_bus.hpp"
#include "../config/temporary_file.hpp"
#include "ctl/json.hpp"

namespace miredo::ctl {
namespace {

TEST(Program, SaysWhatIsWrongWithItsUse) {
    Program program{{"statsu"}};
    EXPECT_EQ(program.wait().exit_status, 2);
    EXPECT_EQ(program.errors,
              "miredoctl: unknown verb 'statsu', did you mean 'status'?\nTry: miredoctl --help\n");
    EXPECT_EQ(program.output, "");
}

TEST(Program, HelpsAndTellsItsVersion) {
    Program help{{"--help"}};
    EXPECT_EQ(help.wait().exit_status, 0);
    EXPECT_EQ(help.output.rfind("Usage: miredoctl", 0), 0U);
    for (const char* verb : {"status",
                             "list",
                             "peers",
                             "stats",
                             "monitor",
                             "wait",
                             "requalify",
                             "reload",
                             "decode",
                             "encode",
                             "config check",
                             "config show",
                             "version, help"}) {
        EXPECT_NE(help.output.find("\n  " + std::string{verb}), std::string::npos) << verb;
    }
    Program version{{"version"}};
    EXPECT_EQ(version.wait().exit_status, 0);
    EXPECT_EQ(version.output, "miredoctl " MIREDO_VERSION "\n");
}

TEST(Program, FailsWhereItCannotWrite) {
    ASSERT_EQ(std::system("exec " MIREDOCTL " version >/dev/full 2>/dev/null"), 1 << 8);
}

TEST(Program, WithoutABusSaysSo) {
    const tests::TemporaryDirectory directory;
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + directory.file("none")).c_str(), 1);
    for (const char* verb :
         {"status", "list", "peers", "stats", "requalify", "reload", "monitor", "wait"}) {
        Program program{{verb}};
        EXPECT_EQ(program.wait().exit_status, 3) << verb;
        EXPECT_EQ(
            program.errors,
            "miredoctl: cannot reach the system bus, by which miredo is asked: No such file or "
            "directory. Start it: systemctl start dbus\n");
        EXPECT_EQ(program.output, "");
    }
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

TEST(Program, WithoutAServiceSaysSo) {
    bus::PrivateBus bus;
    ASSERT_TRUE(bus.start());
    for (const char* verb : {"status", "list", "peers", "stats", "requalify", "reload"}) {
        Program program{{verb}};
        EXPECT_EQ(program.wait().exit_status, 3) << verb;
        EXPECT_EQ(program.errors,
                  "miredoctl: miredo is not running: no one owns org.miredo.Miredo1 on the system "
                  "bus. Start it: systemctl start miredo\n");
    }
    Program waiting{{"wait", "--timeout=50ms"}};
    EXPECT_EQ(waiting.wait().exit_status, 3);
    EXPECT_NE(waiting.errors.find("miredo is not running"), std::string::npos) << waiting.errors;
}

TEST(Program, EncodesWhatItDecodes) {
    const std::string address = "2001:0:53aa:64c:ac31:f226:3fff:fdf1";
    Program decode{{"decode", "--json=short", address}};
    ASSERT_EQ(decode.wait().exit_status, 0);
    const Json inside = Json::parse(decode.output)["addresses"][0];
    Program encode{{"encode",
                    inside["server"]["address"],
                    inside["mapped"]["address"].get<std::string>() + ':' +
                        std::to_string(inside["mapped"]["port"].get<int>()),
                    "--flags=" + std::to_string(inside["flags"].get<int>())}};
    EXPECT_EQ(encode.wait().exit_status, 0);
    EXPECT_EQ(encode.output, address + '\n');
}

TEST(Program, DecodesWhatItCan) {
    Program program{{"decode", "2606::1", "2001:0:53aa:64c:2c31:f226:3fff:fdf1", "x"}};
    EXPECT_EQ(program.wait().exit_status, 2);
    EXPECT_NE(program.output.find("Server: 83.170.6.76\n"), std::string::npos);
    EXPECT_NE(program.errors.find("2606::1 is not a Teredo address"), std::string::npos);
    EXPECT_NE(program.errors.find("'x' is not an IPv6 address"), std::string::npos);
}

}  // namespace
}  // namespace miredo::ctl
