// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `configuration`: a byte of choices, then a file's text, read as the form that it has. What
// is accepted keeps the promises of config/configuration.hpp, and reads the same after it was
// written as text; what is wrong is told with its file and line, whatever stands around it.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/classic.hpp"
#include "config/section_lexer.hpp"
#include "config/section_reader.hpp"
#include "config/to_text.hpp"
#include "config/values.hpp"
#include "fuzz/target.hpp"

namespace miredo::fuzz {
namespace {

using config::Configuration;
using config::Diagnostic;
using config::Diagnostics;

constexpr std::size_t kMaximum = 4096;
// What reads as much again, only some inputs ask libFuzzer for.
#ifdef MIREDO_LIBFUZZER
constexpr bool kIsReplay = false;
#else
constexpr bool kIsReplay = true;
#endif
const std::string file_name = "f";

void check_diagnostics(const Diagnostics& diagnostics, std::string_view text) {
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) + 1;
    unsigned line = 0;
    bool is_about_file = false;
    for (const Diagnostic& diagnostic : diagnostics) {
        EXPECT_HOLDS(diagnostic.line <= lines);
        EXPECT_HOLDS(diagnostic.file == file_name && !diagnostic.message.empty());
        EXPECT_HOLDS(std::none_of(diagnostic.message.begin(), diagnostic.message.end(), [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        }));
        // By line, then what concerns the whole file.
        EXPECT_HOLDS(diagnostic.line == 0 || (!is_about_file && diagnostic.line >= line));
        is_about_file = is_about_file || diagnostic.line == 0;
        line = diagnostic.line;
    }
}

void check_promises(const config::TunnelConfiguration& tunnel) {
    EXPECT_HOLDS(config::parse_interface_name(tunnel.interface_name).has_value());
    EXPECT_HOLDS(tunnel.mtu >= 1280);
    EXPECT_HOLDS(tunnel.bind_address.empty() ||
                 config::parse_bind_address(tunnel.bind_address).has_value());
}

void check_promises(const Configuration& configuration) {
    EXPECT_HOLDS(configuration.client || configuration.relay || configuration.server);
    EXPECT_HOLDS(!configuration.client || !configuration.relay);
    EXPECT_HOLDS(configuration.syslog_facility <= 23);
    if (configuration.client) {
        check_promises(configuration.client->tunnel);
        EXPECT_HOLDS(config::parse_server(configuration.client->server).has_value());
    }
    if (configuration.relay) {
        check_promises(configuration.relay->tunnel);
        EXPECT_HOLDS(configuration.relay->prefix.length == 32);
        EXPECT_HOLDS(!configuration.relay->prefix.address.is_multicast());
    }
    if (configuration.server) {
        EXPECT_HOLDS(config::parse_server(configuration.server->address).has_value());
        EXPECT_HOLDS(configuration.server->advertised_mtu >= 1280);
        EXPECT_HOLDS(configuration.server->address != configuration.server->secondary_address);
    }
}

struct Read {
    Configuration configuration;
    Diagnostics diagnostics;
    bool has_section = false;
};

Read read_sections(std::string_view text) {
    Read read;
    config::Report report{file_name};
    config::SectionReader reader{read.configuration, report};
    reader.read(text, report);
    read.has_section = reader.has_read_section();
    if (read.has_section) {
        reader.check();
    }
    read.diagnostics = std::move(report).finish();
    return read;
}

// Printed and read again: the same but for what has no key.
void check_round_trip(const Configuration& configuration) {
    const Read again = read_sections(config::to_text(configuration));
    EXPECT_HOLDS(!config::has_errors(again.diagnostics));
    Configuration expected = configuration;
    expected.syslog_facility = again.configuration.syslog_facility;
    EXPECT_HOLDS(again.configuration == expected);
}

std::size_t errors_on(const Diagnostics& diagnostics, unsigned line) {
    return static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(), [line](const Diagnostic& diagnostic) {
            return diagnostic.severity == config::Severity::kError && diagnostic.line == line;
        }));
}

// One more error at the end is found as well, where it is.
void check_all_reported(const std::string& text, const Diagnostics& before) {
    // A file that begins with the mark of UTF-16 is not read at all.
    const bool may_have_mark = !text.empty() && static_cast<unsigned char>(text.front()) >= 0xEF;
    if (before.size() >= config::Report::kKept || may_have_mark) {
        return;
    }
    const std::string more = text + "\n\n[Relay]\nPort=70000\n[Client]\nNonsense\n";
    const auto lines = static_cast<unsigned>(std::count(more.begin(), more.end(), '\n'));
    const Diagnostics after = read_sections(more).diagnostics;
    EXPECT_HOLDS(errors_on(after, lines) == 1);
    EXPECT_HOLDS(errors_on(after, lines - 2) == 1);
    for (const Diagnostic& diagnostic : before) {
        EXPECT_HOLDS(diagnostic.severity != config::Severity::kError || diagnostic.line == 0 ||
                     errors_on(after, diagnostic.line) >= 1);
    }
}

void check_sections(const std::string& text, bool with_more) {
    const Read read = read_sections(text);
    check_diagnostics(read.diagnostics, text);
    if (with_more) {
        check_all_reported(text, read.diagnostics);
    }
    if (read.has_section && !config::has_errors(read.diagnostics)) {
        check_promises(read.configuration);
        check_round_trip(read.configuration);
    }
}

// As a drop-in may have it, for the classic form can't say it.
Configuration with_private_addresses(Configuration configuration) {
    if (configuration.client) {
        configuration.client->tunnel.allow_private_addresses = true;
    }
    if (configuration.server) {
        configuration.server->allow_private_addresses = true;
    }
    return configuration;
}

void check_classic(const std::string& text, config::ClassicProgram program) {
    const config::Parsed parsed = config::parse_classic(text, file_name, program);
    check_diagnostics(parsed.diagnostics, text);
    if (!config::has_errors(parsed.diagnostics)) {
        check_promises(parsed.configuration);
        check_round_trip(with_private_addresses(parsed.configuration));
    }
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(configuration) {
    using namespace miredo;
    using namespace miredo::fuzz;
    if (input.empty() || input.size() > kMaximum) {
        return;
    }
    const std::string text{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
    if (config::form_of(text) == config::FileForm::kSections) {
        check_sections(text, kIsReplay || input.front() >= std::byte{0xF0});
    } else {
        check_classic(text,
                      (input.front() & std::byte{1}) == std::byte{0}
                          ? config::ClassicProgram::kMiredo
                          : config::ClassicProgram::kMiredoServer);
    }
}
