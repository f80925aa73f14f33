// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Random texts, the same in every run: nothing that a file can hold may upset the parser, and what
// it lets through keeps the promises of configuration.hpp. Meant for the run with sanitizers.
#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "config/classic.hpp"
#include "config/classic_directives.hpp"
#include "config/values.hpp"

namespace miredo::config {
namespace {

constexpr const char* kPieces[] = {
    "client", "cone",     "disabled", "restricted", "0",         "65535",
    "65536",  "1280",     "0x500",    "192.0.2.1",  "127.0.0.1", "0.0.0.0",
    "::",     "2001:0::", "ff01::1",  "teredo",     "a.example", "yes",
    "off",    "daemon",   "=",        "[Client]",   "#",         "\xEF\xBB\xBF",
    "\r",     "\v",       "%d",       "\"x\"",      "-1",        "223.255.255.255",
};

class RandomText {
  public:
    explicit RandomText(unsigned seed) : engine_{seed} {}

    unsigned below(unsigned bound) { return static_cast<unsigned>(engine_() % bound); }

    std::string garbage() {
        std::string text;
        for (unsigned left = below(200); left > 0; --left) {
            text += static_cast<char>(below(256));
        }
        return text;
    }

    // Close enough to a configuration to get beyond the first check.
    std::string lines() {
        std::string text;
        for (unsigned left = below(16); left > 0; --left) {
            text += line() + (below(20) == 0 ? "\r\n" : "\n");
        }
        if (below(8) == 0 && !text.empty()) {
            text[below(static_cast<unsigned>(text.size()))] = static_cast<char>(below(256));
        }
        text.resize(text.size() - (text.empty() ? 0 : below(2)));
        return text;
    }

    std::string piece() { return kPieces[below(std::size(kPieces))]; }

  private:
    std::string line() {
        std::string name{kDirectives[below(kDirectives.size())].name};
        if (below(4) == 0) {
            std::transform(name.begin(), name.end(), name.begin(), [](char c) {
                return static_cast<char>(c | 0x20);
            });
        }
        // Sections end everything: not too many of them.
        std::string value = piece();
        if (below(10) == 0) {
            value += piece();
        }
        return name + (below(2) == 0 ? " " : "\t ") + value + (below(5) == 0 ? " junk" : "");
    }

    std::mt19937 engine_;
};

void expect_promises(const TunnelConfiguration& tunnel) {
    EXPECT_TRUE(parse_interface_name(tunnel.interface_name));
    EXPECT_GE(tunnel.mtu, 1280);
    EXPECT_TRUE(tunnel.bind_address.empty() || parse_bind_address(tunnel.bind_address));
}

void expect_promises(const Configuration& configuration) {
    EXPECT_TRUE(configuration.client || configuration.relay || configuration.server);
    EXPECT_FALSE(configuration.client && configuration.relay);
    EXPECT_LE(configuration.syslog_facility, 23);
    if (configuration.client) {
        expect_promises(configuration.client->tunnel);
        EXPECT_TRUE(parse_server(configuration.client->server));
    }
    if (configuration.relay) {
        expect_promises(configuration.relay->tunnel);
        EXPECT_EQ(configuration.relay->prefix.length, 32);
        EXPECT_FALSE(configuration.relay->prefix.address.is_multicast());
    }
    if (configuration.server) {
        EXPECT_TRUE(parse_server(configuration.server->address));
        EXPECT_GE(configuration.server->advertised_mtu, 1280);
        EXPECT_NE(configuration.server->address, configuration.server->secondary_address);
    }
}

// True where the text was accepted.
bool expect_sane(const std::string& text, ClassicProgram program, const std::string& name) {
    const Parsed parsed = parse_classic(text, "f", program, name);
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        EXPECT_LE(diagnostic.line, lines);
        EXPECT_FALSE(diagnostic.message.empty());
        EXPECT_TRUE(std::none_of(diagnostic.message.begin(), diagnostic.message.end(), [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        }));
    }
    if (has_errors(parsed.diagnostics)) {
        return false;
    }
    expect_promises(parsed.configuration);
    return true;
}

TEST(ClassicRandom, GarbageIsNeverAccepted) {
    RandomText random{1};
    for (int i = 0; i < 5000 && !HasFailure(); ++i) {
        EXPECT_FALSE(expect_sane(random.garbage(), ClassicProgram::kMiredo, {})) << "text " << i;
    }
}

TEST(ClassicRandom, AcceptedConfigurationsKeepTheirPromises) {
    RandomText random{2};
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 20000 && !HasFailure(); ++i) {
        const auto program =
            random.below(2) == 0 ? ClassicProgram::kMiredo : ClassicProgram::kMiredoServer;
        const std::string name = random.below(3) == 0 ? random.piece() : std::string{};
        SCOPED_TRACE(i);
        ++(expect_sane(random.lines(), program, name) ? accepted : refused);
    }
    // Both ways were taken, or the test would show nothing.
    EXPECT_GT(accepted, 500);
    EXPECT_GT(refused, 500);
}

TEST(ClassicRandom, FloodOfBadLinesStaysBounded) {
    std::string text;
    while (text.size() < (1U << 20U)) {
        text += "x y\n";
    }
    const Parsed parsed = parse_classic(text, "f", ClassicProgram::kMiredo);
    EXPECT_LE(parsed.diagnostics.size(), 2 * (Report::kKept + 1));
    EXPECT_TRUE(has_errors(parsed.diagnostics));
}

}  // namespace
}  // namespace miredo::config
