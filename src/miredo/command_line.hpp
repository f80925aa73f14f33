// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The classic command lines of miredo, miredo-server and miredo-checkconf: arguments in, what is to
// be done out. One program has the three names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace miredo {

enum class Program : unsigned char { kMiredo, kMiredoServer, kMiredoCheckconf };

// By the last component of argv[0]; another name is kMiredo.
[[nodiscard]] Program program_of(std::string_view argv0);
[[nodiscard]] std::string_view program_name(Program program);
// /etc/miredo/miredo.conf or /etc/miredo/miredo-server.conf.
[[nodiscard]] std::string_view default_configuration_file(Program program);

enum class Action : unsigned char { kRun, kShowHelp, kShowVersion };

struct CommandLine {
    Program program = Program::kMiredo;
    Action action = Action::kRun;
    std::string configuration_file;  // the default where none is given
    bool foreground = false;
    std::optional<std::string> pid_file;
    std::optional<std::string> user;
    std::string server_name;              // empty: none
    std::vector<std::string> complaints;  // accepted all the same
};

struct UsageError {
    static constexpr int kExitStatus = 2;
    std::string message;  // without the program's name
};

// `arguments` with the program's name first, as main() gets them. miredo-checkconf has no usage
// errors: what it doesn't know is a complaint.
[[nodiscard]] Result<CommandLine, UsageError>
parse_command_line(std::span<const char* const> arguments);

// What -h and -V show, with final newline.
[[nodiscard]] std::string usage(Program program);
[[nodiscard]] std::string version(Program program);

}  // namespace miredo
