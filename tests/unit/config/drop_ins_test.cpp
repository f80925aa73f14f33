// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/drop_ins.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "temporary_file.hpp"

namespace miredo::config {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

class DropIns : public testing::Test {
  protected:
    DropIns() {
        for (const char* const name : {"etc", "run", "lib"}) {
            fs::create_directory(directory_.file(name));
        }
    }

    [[nodiscard]] Sources sources() const {
        return {directory_.file("main"),
                {directory_.file("etc"), directory_.file("run"), directory_.file("lib")}};
    }
    [[nodiscard]] Parsed load_all(const std::string& name = {}) const {
        return load(sources(), ClassicProgram::kMiredo, name);
    }
    // The port that wins; 0 and a failure where something is wrong.
    [[nodiscard]] unsigned port() const {
        const Parsed parsed = load_all();
        for (const Diagnostic& found : parsed.diagnostics) {
            ADD_FAILURE() << found.to_string();
        }
        return parsed.configuration.relay ? parsed.configuration.relay->tunnel.port : 0;
    }
    void write_port(const std::string& name, int port) const {
        (void)directory_.write(name, "[Relay]\nPort=" + std::to_string(port) + "\n");
    }
    void link_to(const char* target, const char* name) const {
        fs::create_symlink(target, directory_.file(name));
    }

    const tests::TemporaryDirectory directory_;
};

TEST_F(DropIns, WinOverTheMainFile) {
    write_port("main", 1);
    EXPECT_EQ(port(), 1U);
    write_port("lib/a.conf", 2);
    EXPECT_EQ(port(), 2U);
}

TEST_F(DropIns, AreOrderedByNameWhateverTheirDirectory) {
    write_port("main", 1);
    write_port("lib/50-b.conf", 3);
    write_port("etc/10-a.conf", 2);
    EXPECT_EQ(port(), 3U);
    write_port("run/90-c.conf", 4);
    EXPECT_EQ(port(), 4U);
    EXPECT_EQ(load_all().files,
              (Paths{directory_.file("main"),
                     directory_.file("etc/10-a.conf"),
                     directory_.file("lib/50-b.conf"),
                     directory_.file("run/90-c.conf")}));
}

TEST_F(DropIns, OfEqualNamesTheHighestDirectoryCounts) {
    write_port("main", 1);
    write_port("lib/a.conf", 2);
    write_port("run/a.conf", 3);
    EXPECT_EQ(port(), 3U);
    write_port("etc/a.conf", 4);
    EXPECT_EQ(port(), 4U);
    EXPECT_EQ(load_all().files, (Paths{directory_.file("main"), directory_.file("etc/a.conf")}));
}

TEST_F(DropIns, ALinkToNullHidesTheLowerOnes) {
    write_port("main", 1);
    write_port("lib/a.conf", 2);
    link_to("/dev/null", "run/a.conf");
    EXPECT_EQ(port(), 1U);
    EXPECT_EQ(load_all().files, Paths{directory_.file("main")});
    write_port("etc/a.conf", 3);
    EXPECT_EQ(port(), 3U);
}

TEST_F(DropIns, AnEmptyFileHidesTheLowerOnesToo) {
    write_port("main", 1);
    write_port("lib/a.conf", 2);
    (void)directory_.write("etc/a.conf", "");
    EXPECT_EQ(port(), 1U);
}

TEST_F(DropIns, OtherNamesDoNotCount) {
    write_port("main", 1);
    for (const char* const name : {"etc/a", "etc/a.conf~", "etc/.a.conf", "etc/a.conf.dpkg-old"}) {
        write_port(name, 2);
    }
    EXPECT_EQ(port(), 1U);
}

TEST_F(DropIns, ADirectoryThatIsNotThereHasNone) {
    write_port("main", 1);
    fs::remove(directory_.file("run"));
    EXPECT_EQ(port(), 1U);
}

TEST_F(DropIns, AreEnoughWithoutAMainFile) {
    write_port("etc/a.conf", 2);
    EXPECT_EQ(port(), 2U);
    EXPECT_EQ(load_all().files, Paths{directory_.file("etc/a.conf")});
}

TEST_F(DropIns, ChangeAClassicFile) {
    (void)directory_.write("main", "RelayType cone\nBindPort 1\nBindAddress 192.0.2.1\n");
    write_port("etc/a.conf", 2);
    EXPECT_EQ(port(), 2U);
    EXPECT_EQ(load_all().configuration.relay->tunnel.bind_address, "192.0.2.1");
}

TEST_F(DropIns, DoNotComplementAClassicFileThatIsIncomplete) {
    (void)directory_.write("main", "BindPort 1\n");
    (void)directory_.write("etc/a.conf", "[Client]\nServer=a.example\n");
    EXPECT_TRUE(has_errors(load_all().diagnostics));
}

TEST_F(DropIns, TheCommandLineWinsOverThem) {
    (void)directory_.write("main", "ServerAddress a.example\n");
    (void)directory_.write("etc/a.conf", "[Client]\nServer=\nServer=b.example\n");
    EXPECT_EQ(load_all().configuration.client->server, "b.example");
    EXPECT_EQ(load_all("c.example").configuration.client->server, "c.example");
}

TEST_F(DropIns, ErrorsNameTheFileThatHasThem) {
    (void)directory_.write("main", "[Relay]\nPort=x\n");
    const std::string drop_in = directory_.write("etc/a.conf", "\n[Client]\nServer=a.example\n");
    (void)directory_.write("run/b.conf", "[Server]\nAddress=1.2.3\n");
    const Diagnostics found = load_all().diagnostics;
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].to_string().rfind(directory_.file("main") + ":1: error: [Relay]: ", 0), 0U);
    EXPECT_NE(found[0].message.find(drop_in + ":2"), std::string::npos);
    EXPECT_EQ(found[1].to_string().rfind(directory_.file("main") + ":2: error: Port: x ", 0), 0U);
    EXPECT_EQ(found[2].to_string().rfind(directory_.file("run/b.conf") + ":2: error: Address", 0),
              0U);
}

TEST_F(DropIns, AClassicFileExcludesTheOtherRoleAsWell) {
    (void)directory_.write("main", "RelayType cone\n");
    (void)directory_.write("etc/a.conf", "[Client]\nServer=a.example\n");
    const Diagnostics found = load_all().diagnostics;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].line, 0U);
    EXPECT_NE(found[0].message.find(directory_.file("etc/a.conf") + ":1"), std::string::npos);
}

TEST_F(DropIns, WhatCannotBeReadIsAnError) {
    write_port("main", 1);
    link_to("loop.conf", "etc/loop.conf");
    fs::create_directory(directory_.file("etc/directory.conf"));
    link_to("nowhere", "etc/gone.conf");
    (void)directory_.write("etc/large.conf", std::string((1U << 20U) + 1, '#'));
    const Diagnostics found = load_all().diagnostics;
    ASSERT_EQ(found.size(), 4U);
    EXPECT_NE(found[0].to_string().find("directory.conf: error: is a directory"),
              std::string::npos);
    EXPECT_NE(found[1].to_string().find("gone.conf: error: cannot open"), std::string::npos);
    EXPECT_NE(found[2].to_string().find("large.conf: error: the file is too large"),
              std::string::npos);
    EXPECT_NE(found[3].to_string().find("loop.conf: error: cannot open"), std::string::npos);
}

TEST_F(DropIns, AFileInPlaceOfTheDirectoryIsAnError) {
    write_port("main", 1);
    fs::remove(directory_.file("run"));
    (void)directory_.write("run", "");
    const Diagnostics found = load_all().diagnostics;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].file, directory_.file("run"));
}

TEST_F(DropIns, AMissingMainFileWithoutAnyIsAnError) {
    const Diagnostics found = load_all().diagnostics;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].message.find("cannot open the configuration file"), std::string::npos);
    const Parsed named = load_all("s.example");
    EXPECT_FALSE(has_errors(named.diagnostics));
    EXPECT_EQ(named.configuration.client->server, "s.example");
}

TEST(DropInSources, SystemFilesHaveThreeDirectories) {
    const Sources sources = sources_for("/etc/miredo/miredo.conf");
    EXPECT_EQ(sources.file, "/etc/miredo/miredo.conf");
    EXPECT_EQ(sources.drop_in_directories,
              (Paths{"/etc/miredo/miredo.conf.d",
                     "/run/miredo/miredo.conf.d",
                     "/usr/lib/miredo/miredo.conf.d"}));
}

TEST(DropInSources, OtherFilesHaveTheirOwn) {
    EXPECT_EQ(sources_for("/tmp/x.conf").drop_in_directories, Paths{"/tmp/x.conf.d"});
    EXPECT_EQ(sources_for("x.conf").drop_in_directories, Paths{"x.conf.d"});
}

}  // namespace
}  // namespace miredo::config
