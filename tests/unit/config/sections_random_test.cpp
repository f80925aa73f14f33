// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Random texts in the sections form, the same in every run: nothing that a file can hold may upset
// the reader, and what it lets through is written back and read again unchanged. Meant for the run
// with sanitizers.
#include <algorithm>
#include <iterator>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/section_reader.hpp"
#include "config/to_text.hpp"

namespace miredo::config {
namespace {

constexpr const char* kPieces[] = {
    "",      "yes",     "no",        "1",        "65535",    "65536",          "1280",  "30s",
    "1min",  "0.5",     "254",       "cone",     "host",     "none",           "s.net", "8.8.8.8",
    "1.1.1", "::/0",    "2a00::/12", "2001::",   "fe80::",   "2001::/32",      "#",     ";",
    "\\",    "\\\\",    "=",         "[Client]", "]",        "\xEF\xBB\xBF",   "\r",    "\v",
    "%n",    "\"x\"",   "-1",        " ",        "\t",       "4294967295",     "s ms",  "x.y z.w",
    "9h",    "teredo0", "10.0.0.1",  "::ffff:1", "1s1s1s1s", "18446744073709", "1e9",   "0x10",
};

class RandomText {
  public:
    explicit RandomText(unsigned seed) : engine_{seed} {}

    unsigned below(unsigned bound) { return static_cast<unsigned>(engine_() % bound); }

    std::string garbage() {
        std::string text = below(2) == 0 ? "[Relay]\n" : "";
        for (unsigned left = below(200); left > 0; --left) {
            text += static_cast<char>(below(256));
        }
        return text;
    }

    // Close enough to a configuration to get beyond the first check.
    std::string lines() {
        std::string text;
        const Section& section = sections()[below(3)];
        text += '[' + std::string{section.name} + "]\n";
        if (section.name == "Client") {
            text += "Server=s.example\n";
        } else if (section.name == "Server") {
            text += "Address=9.9.9.9\n";
        }
        for (unsigned left = below(6); left > 0; --left) {
            const Key& key = section.keys[below(static_cast<unsigned>(section.keys.size()))];
            text += std::string{key.name} + '=' + kPieces[below(std::size(kPieces))] +
                    (below(8) == 0 ? kPieces[below(std::size(kPieces))] : "") +
                    (below(20) == 0 ? "\\\r\n" : "\n");
        }
        if (below(8) == 0) {
            text[below(static_cast<unsigned>(text.size()))] = static_cast<char>(below(256));
        }
        text.resize(text.size() - below(2));
        return text;
    }

  private:
    std::mt19937 engine_;
};

Configuration read(const std::string& text, Diagnostics& diagnostics) {
    Configuration configuration;
    Report report{"f"};
    SectionReader reader{configuration, report};
    reader.read(text, report);
    reader.check();
    diagnostics = std::move(report).finish();
    return configuration;
}

// True where the text was accepted.
bool expect_sane(const std::string& text) {
    Diagnostics diagnostics;
    const Configuration configuration = read(text, diagnostics);
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const Diagnostic& diagnostic : diagnostics) {
        EXPECT_GE(diagnostic.line, 1U);
        EXPECT_LE(diagnostic.line, lines);
        EXPECT_TRUE(std::none_of(diagnostic.message.begin(), diagnostic.message.end(), [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        })) << diagnostic.message;
    }
    if (has_errors(diagnostics)) {
        return false;
    }
    Diagnostics again;
    EXPECT_EQ(read(to_text(configuration), again), configuration) << text;
    EXPECT_TRUE(again.empty());
    return true;
}

TEST(SectionsRandom, GarbageUpsetsNothing) {
    RandomText random{1};
    for (int i = 0; i < 5000 && !HasFailure(); ++i) {
        const std::string text = random.garbage();
        (void)form_of(text);
        expect_sane(text);
    }
}

TEST(SectionsRandom, WhatIsAcceptedIsReadAgainUnchanged) {
    RandomText random{2};
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 20000 && !HasFailure(); ++i) {
        SCOPED_TRACE(i);
        ++(expect_sane(random.lines()) ? accepted : refused);
    }
    // Both ways were taken, or the test would show nothing.
    EXPECT_GT(accepted, 1000);
    EXPECT_GT(refused, 1000);
}

TEST(SectionsRandom, FloodOfBadLinesStaysBounded) {
    std::string text = "[Client]\n";
    while (text.size() < (1U << 20U)) {
        text += "x=y\nPort=x\nz\n";
    }
    Diagnostics diagnostics;
    (void)read(text, diagnostics);
    EXPECT_LE(diagnostics.size(), 2 * (Report::kKept + 1));
}

TEST(SectionsRandom, OneLongLineIsOneLine) {
    std::string text = "[Relay]\nServedPrefixes=";
    while (text.size() < (1U << 20U)) {
        text += "2a00::/12 \\\n";
    }
    Diagnostics diagnostics;
    EXPECT_EQ(read(text, diagnostics).relay->served_prefixes.size(), 1U);
    EXPECT_TRUE(diagnostics.empty());
}

}  // namespace
}  // namespace miredo::config
