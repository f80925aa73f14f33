// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl: the command line of the running service, and of what can be known without it.
#include <clocale>
#include <cstdio>
#include <span>

#include <fmt/format.h>

#include "ctl/options.hpp"
#include "ctl/output.hpp"
#include "ctl/verbs.hpp"

namespace {

using miredo::ctl::ExitStatus;
using miredo::ctl::Outcome;
using miredo::ctl::Problem;

int failed(const Problem& problem) {
    fmt::print(stderr, "miredoctl: {}\n", problem.message);
    if (problem.status == ExitStatus::kUsage) {
        fmt::print(stderr, "Try: miredoctl --help\n");
    }
    return static_cast<int>(problem.status);
}

}  // namespace

int main(int argc, char** argv) {
    // Only for the characters that a terminal can show; all texts are English.
    (void)std::setlocale(LC_CTYPE, "");
    const std::span<const char* const> arguments{argv, static_cast<std::size_t>(argc)};
    const Outcome<miredo::ctl::Options> options =
        miredo::ctl::parse_options(arguments.subspan(arguments.empty() ? 0 : 1));
    if (!options) {
        return failed(options.error());
    }
    const Outcome<ExitStatus> status =
        miredo::ctl::run_verb(*options, miredo::ctl::Output{*options});
    return status ? static_cast<int>(*status) : failed(status.error());
}
