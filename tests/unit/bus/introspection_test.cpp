// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the running objects say of themselves is what the XML says: every member, signature, name of
// an argument, access and annotation, and nothing besides.
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"
#include "proxies.hpp"

namespace miredo::bus {
namespace {

using Lines = std::set<std::string>;

std::string without_comments(const std::string& xml) {
    std::string result;
    std::size_t at = 0;
    while (at < xml.size()) {
        const std::size_t begin = xml.find("<!--", at);
        result += xml.substr(at, begin - at);
        if (begin == std::string::npos) {
            break;
        }
        at = xml.find("-->", begin) + 3;
    }
    return result;
}

// Attributes in a fixed order, so that theirs does not matter.
std::string attributes_of(const std::string& tag) {
    static const std::regex attribute_pattern{R"RE(([a-z]+)="([^"]*)")RE"};
    std::set<std::string> attributes;
    for (std::sregex_iterator it{tag.begin(), tag.end(), attribute_pattern}, end; it != end; ++it) {
        attributes.insert((*it)[1].str() + "=" + (*it)[2].str());
    }
    std::string result;
    for (const std::string& attribute : attributes) {
        result += ' ' + attribute;
    }
    return result;
}

// A line for each element of the miredo interfaces, with the elements around it, and arguments with
// their place; elements that are about the document (node) are left out.
Lines elements_of(const std::string& xml) {
    static const std::regex tag_pattern{
        R"RE(<(/?)(interface|method|signal|property|arg|annotation)\b([^>]*?)(/?)>)RE"};
    Lines lines;
    std::vector<std::string> around;
    int place = 0;
    const std::string text = without_comments(xml);
    for (std::sregex_iterator it{text.begin(), text.end(), tag_pattern}, end; it != end; ++it) {
        const std::smatch& tag = *it;
        if (tag[1].length() > 0) {
            around.pop_back();
            continue;
        }
        std::string line = around.empty() ? "" : around.back() + " / ";
        line += tag[2].str() + attributes_of(tag[3].str());
        if (tag[2] == "arg") {
            line += " #" + std::to_string(place++);
        } else if (tag[2] != "annotation") {
            place = 0;
        }
        // For the generator only: it does not leave the XML.
        if (line.find("org.freedesktop.DBus.Method.Async") == std::string::npos &&
            line.find("org.miredo.") != std::string::npos) {
            lines.insert(line);
        }
        if (tag[4].length() == 0) {
            around.push_back(line);
        }
    }
    return lines;
}

// In a signal the direction need not be said.
Lines without_default_direction(const Lines& lines) {
    Lines result;
    for (const std::string& line : lines) {
        const bool is_argument_of_signal = line.find("/ signal ") != std::string::npos;
        result.insert(is_argument_of_signal
                          ? std::regex_replace(line, std::regex{" direction=out"}, "")
                          : line);
    }
    return result;
}

Lines elements_of_file(const std::string& interface) {
    std::ifstream file{std::string{MIREDO_DBUS_DIRECTORY "/org.miredo.Miredo1."} + interface +
                       ".xml"};
    const std::string xml{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
    return without_default_direction(elements_of(xml));
}

class Introspection : public BusTest {
  protected:
    Introspection() {
        control_->add(client_status());
        control_->add(relay_status());
        control_->add(server_status());
    }
    [[nodiscard]] Lines introspect(const std::string& path) {
        std::string xml;
        in_client([&](sdbus::IConnection& connection) {
            dbus::make_proxy(connection, dbus::kBusName, path.c_str())
                ->callMethod("Introspect")
                .onInterface("org.freedesktop.DBus.Introspectable")
                .storeResultsTo(xml);
        });
        return without_default_direction(elements_of(xml));
    }
};

TEST_F(Introspection, OfTheManagerIsItsXml) {
    const Lines wanted = elements_of_file("Manager");
    ASSERT_GT(wanted.size(), 15U);
    EXPECT_EQ(introspect(dbus::kManagerPath), wanted);
}

TEST_F(Introspection, OfAnInstanceIsTheXmlOfInstanceAndRole) {
    for (const auto& [name, role] : std::map<std::string, std::string>{
             {"client", "Client"}, {"relay", "Relay"}, {"server", "Server"}}) {
        Lines wanted = elements_of_file("Instance");
        ASSERT_GT(wanted.size(), 25U);
        const Lines of_role = elements_of_file(role);
        ASSERT_GT(of_role.size(), 3U);
        wanted.insert(of_role.begin(), of_role.end());
        EXPECT_EQ(introspect(instance_path(name)), wanted);
    }
}

}  // namespace
}  // namespace miredo::bus
