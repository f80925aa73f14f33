// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The files under conf/ say what is true.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/to_text.hpp"
#include "temporary_file.hpp"

namespace miredo::config {
namespace {

const std::string shipped = std::string{MIREDO_CONF} + "/miredo.conf";

std::string read_text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

// `[Section]` and `Key=Value` of the commented lines: prose has a blank after its #.
std::set<std::string> commented(const std::string& text) {
    std::set<std::string> found;
    std::istringstream lines{text};
    std::string section;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#[")) {
            section = line.substr(1);
        } else if (line.size() > 1 && line[0] == '#' && line[1] != ' ') {
            EXPECT_TRUE(found.insert(section + line.substr(1)).second) << line << " is twice there";
        }
    }
    return found;
}

TEST(ShippedConfiguration, ConfiguresNothing) {
    const Parsed parsed = load({shipped, {}}, ClassicProgram::kMiredo);
    ASSERT_EQ(parsed.diagnostics.size(), 1U);
    EXPECT_NE(parsed.diagnostics[0].message.find("nothing is configured"), std::string::npos);
}

TEST(ShippedConfiguration, HasEveryKeyWithItsDefault) {
    std::set<std::string> expected;
    for (const Section& section : sections()) {
        Configuration defaults;
        section.create(defaults);
        for (const Key& key : section.keys) {
            if (key.show != nullptr) {
                expected.insert('[' + std::string{section.name} + ']' + std::string{key.name} +
                                '=' + key.show(defaults));
            }
        }
    }
    EXPECT_EQ(commented(read_text(shipped)), expected);
}

TEST(ShippedConfiguration, EachSectionCanBeSwitchedOn) {
    const tests::TemporaryDirectory directory;
    for (const Section& section : sections()) {
        std::string text = read_text(shipped);
        const std::string header = "#[" + std::string{section.name} + ']';
        text.erase(text.find(header), 1);
        const Parsed parsed = load({directory.write("f", text), {}}, ClassicProgram::kMiredo);
        EXPECT_TRUE(section.exists(parsed.configuration));
        EXPECT_EQ(has_errors(parsed.diagnostics), section.name != "Relay");
    }
}

Parsed example(const std::string& name) {
    return load({std::string{MIREDO_CONF} + "/examples/" + name, {}}, ClassicProgram::kMiredo);
}

TEST(ShippedExamples, AreWhatTheirNamesSay) {
    const Parsed client = example("client.conf");
    EXPECT_TRUE(client.diagnostics.empty());
    EXPECT_TRUE(client.configuration.client);
    const Parsed host = example("host-specific-relay.conf");
    EXPECT_TRUE(host.diagnostics.empty());
    EXPECT_EQ(host.configuration.relay->mode, teredo::RelayMode::kHostSpecific);
    const Parsed relay = example("relay.conf");
    EXPECT_TRUE(relay.diagnostics.empty());
    EXPECT_EQ(relay.configuration.relay->mode, teredo::RelayMode::kCone);
}

// But for the address, which nobody has.
TEST(ShippedExamples, TheServersAddressMustBeFilledIn) {
    const Parsed server = example("server.conf");
    ASSERT_EQ(server.diagnostics.size(), 1U);
    EXPECT_NE(server.diagnostics[0].message.find("192.0.2.10 is not a public address"),
              std::string::npos);
    EXPECT_TRUE(server.configuration.server->single_address);
    EXPECT_TRUE(server.configuration.relay);
}

}  // namespace
}  // namespace miredo::config
