// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl as a whole, where there is no service.
#include "program.hpp"

#include <cstdlib>
#include <filesystem>

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

class ProgramConfig : public testing::Test {
  protected:
    const tests::TemporaryDirectory directory_;
};

TEST_F(ProgramConfig, SaysAllThatIsWrong) {
    const std::string file = directory_.write("a.conf", "[Client]\nServer=..\nPort=99999\nPrt=1\n");
    Program program{{"config", "check", file}};
    EXPECT_EQ(program.wait().exit_status, 7);
    EXPECT_NE(program.errors.find(file + ":2: error: Server: "), std::string::npos)
        << program.errors;
    EXPECT_NE(program.errors.find(file + ":3: error: Port: "), std::string::npos) << program.errors;
    EXPECT_NE(program.errors.find(file + ":4: warning: "), std::string::npos) << program.errors;
    Program show{{"config", "show", file}};
    EXPECT_EQ(show.wait().exit_status, 7);
    EXPECT_EQ(show.output, "");

    Program json{{"config", "check", file, "--json=short"}};
    EXPECT_EQ(json.wait().exit_status, 7);
    const Json document = Json::parse(json.output);
    EXPECT_EQ(document["valid"], false);
    EXPECT_EQ(document["diagnostics"][1]["line"], 3);
}

TEST_F(ProgramConfig, ReadsBothFormsAndDropIns) {
    const std::string classic =
        directory_.write("miredo-server.conf", "ServerBindAddress 83.170.6.76\n");
    Program check{{"config", "check", classic}};
    EXPECT_EQ(check.wait().exit_status, 0) << check.errors;
    EXPECT_EQ(check.output, classic + ": valid (server)\n");

    const std::string file = directory_.write("b.conf", "[Client]\nServer=83.170.6.76\n");
    std::filesystem::create_directory(directory_.file("b.conf.d"));
    const std::string drop_in = directory_.write("b.conf.d/10-port.conf", "[Client]\nPort=3545\n");
    Program show{{"config", "show", file}};
    EXPECT_EQ(show.wait().exit_status, 0) << show.errors;
    EXPECT_NE(show.output.find("[Client]\n"), std::string::npos);
    EXPECT_NE(show.output.find("\nPort=3545\n"), std::string::npos) << show.output;
    Program json{{"config", "show", "-j", file}};
    ASSERT_EQ(json.wait().exit_status, 0);
    const Json document = Json::parse(json.output);
    EXPECT_EQ(document["files"], (Json{file, drop_in}));
    EXPECT_EQ(document["sections"]["Client"]["Port"], "3545");
}

}  // namespace
}  // namespace miredo::ctl
