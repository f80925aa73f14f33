// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Compares src/daemon/message_ids.hpp with systemd/miredo.catalog, both as text.
#include "daemon/message_ids.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

std::string contents(const std::string& path) {
    std::ifstream file{std::string{MIREDO_SOURCES} + "/" + path};
    EXPECT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// The first group of each match.
std::vector<std::string> matches(const std::string& text, const std::string& expression) {
    const std::regex regex{expression};
    std::vector<std::string> found;
    for (std::sregex_iterator match{text.begin(), text.end(), regex}, end; match != end; ++match) {
        found.push_back((*match)[1]);
    }
    return found;
}

std::vector<std::string> ids_in_code() {
    return matches(contents("src/daemon/message_ids.hpp"), "MessageKind k\\w+\\{\\s*\"([^\"]*)\"");
}

TEST(MessageIds, are_128_bits_and_unique) {
    const std::vector<std::string> ids = ids_in_code();
    ASSERT_THAT(ids, testing::Contains(std::string{message::kLinesLost.id}));
    for (const std::string& id : ids) {
        EXPECT_TRUE(std::regex_match(id, std::regex{"[0-9a-f]{32}"})) << id;
    }
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(MessageIds, are_all_read_by_this_test) {
    EXPECT_EQ(ids_in_code().size(),
              matches(contents("src/daemon/message_ids.hpp"), "(MessageKind k)").size());
}

TEST(MessageIds, are_each_said_by_somebody) {
    std::string code;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{
             std::filesystem::path{MIREDO_SOURCES} / "src"}) {
        if (entry.path().extension() == ".cpp") {
            code += contents(entry.path().lexically_relative(MIREDO_SOURCES));
        }
    }
    code += contents("src/daemon/context.hpp");  // a default argument
    for (const std::string& name :
         matches(contents("src/daemon/message_ids.hpp"), "MessageKind (k\\w+)")) {
        EXPECT_THAT(code, testing::HasSubstr("message::" + name));
    }
}

TEST(Catalog, explains_each_id_once_and_no_other) {
    EXPECT_THAT(matches(contents("systemd/miredo.catalog"), "(?:^|\n)-- ([^\n]*)"),
                testing::UnorderedElementsAreArray(ids_in_code()));
}

TEST(Catalog, entries_have_a_subject_and_their_origin) {
    const std::string catalog = contents("systemd/miredo.catalog");
    const std::size_t count = ids_in_code().size();
    EXPECT_EQ(matches(catalog, "\n(Subject): \\S").size(), count);
    EXPECT_EQ(matches(catalog, "\n(Defined-By): miredo\n").size(), count);
    EXPECT_EQ(matches(catalog, "\n(Documentation): man:miredo").size(), count);
}

}  // namespace
}  // namespace miredo::daemon
