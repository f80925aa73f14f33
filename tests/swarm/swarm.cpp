// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Runs seeds, many in a row or one to look at. Exit status: 0 where nothing was violated, 1 where
// something was, 2 for a command line that can't be understood.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "swarm/trial.hpp"

namespace miredo::swarm {
namespace {

struct Arguments {
    std::uint64_t first = 1;
    std::uint64_t last = 100;
    std::uint64_t jobs = 1;
    bool is_repeated = false;  // every seed once more, and at another time
    bool is_first = false;     // ends with the first failure
    std::string pcap;
};

constexpr std::string_view kUsage =
    "usage: swarm [--seeds FROM..TO | --seed N] [--jobs N] [--first] [--twice] [--pcap FILE]\n"
    "  --first  ends with the first seed that fails\n"
    "  --twice  runs each seed again, and once more at another time of day, and compares\n"
    "  --pcap   writes the capture of the last seed\n";
// A multiple of 30 s, in which nonces are made.
constexpr Duration kAnotherTime = std::chrono::hours{24 * 365};

bool parse(std::string_view text, std::uint64_t& value) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && rest == end;
}

bool parse_seeds(std::string_view text, Arguments& arguments) {
    const std::size_t dots = text.find("..");
    return dots != std::string_view::npos && parse(text.substr(0, dots), arguments.first) &&
           parse(text.substr(dots + 2), arguments.last) && arguments.first <= arguments.last;
}

bool parse_option(std::string_view name, std::string_view value, Arguments& arguments) {
    if (name == "--seed") {
        arguments.last = 0;
        const bool is_number = parse(value, arguments.first);
        arguments.last = arguments.first;
        return is_number;
    }
    if (name == "--seeds") {
        return parse_seeds(value, arguments);
    }
    if (name == "--jobs") {
        return parse(value, arguments.jobs) && arguments.jobs > 0;
    }
    arguments.pcap = value;
    return name == "--pcap" && !value.empty();
}

bool parse_arguments(const std::vector<std::string_view>& words, Arguments& arguments) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--twice") {
            arguments.is_repeated = true;
        } else if (words[i] == "--first") {
            arguments.is_first = true;
        } else if (i + 1 == words.size() || !parse_option(words[i], words[i + 1], arguments)) {
            return false;
        } else {
            ++i;
        }
    }
    return true;
}

void compare(Outcome& outcome) {
    if (outcome.failure) {
        return;
    }
    TrialOptions later;
    later.start = kAnotherTime;
    if (run_trial(outcome.seed).hash != outcome.hash) {
        outcome.failure = Failure{{}, "run", "determinism", "the same seed, another trace"};
    } else if (run_trial(outcome.seed, later).shape != outcome.shape) {
        outcome.failure = Failure{{}, "run", "S11", "at another time of day, another trace"};
    }
}

// Every `jobs`-th seed, beginning with this job's.
bool run(const Arguments& arguments, std::uint64_t job) {
    bool is_good = true;
    for (std::uint64_t seed = arguments.first + job; seed <= arguments.last;
         seed += arguments.jobs) {
        std::ofstream capture;
        TrialOptions options;
        if (!arguments.pcap.empty() && seed == arguments.last) {
            capture.open(arguments.pcap, std::ios::binary);
            options.pcap = &capture;
        }
        Outcome outcome = run_trial(seed, options);
        if (arguments.is_repeated) {
            compare(outcome);
        }
        if (outcome.failure || arguments.first == arguments.last) {
            fmt::print("{}\n", to_string(outcome));
            (void)std::fflush(stdout);
        }
        if (!arguments.pcap.empty() && options.pcap != nullptr && !capture.flush()) {
            fmt::print(stderr, "swarm: {}: can't be written\n", arguments.pcap);
            is_good = false;
        }
        is_good = is_good && !outcome.failure;
        if (outcome.failure && arguments.is_first) {
            break;
        }
    }
    return is_good;
}

bool run_all(const Arguments& arguments) {
    std::vector<pid_t> children;
    for (std::uint64_t job = 1; job < arguments.jobs; ++job) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::_exit(run(arguments, job) ? 0 : 1);
        }
        if (child < 0) {
            fmt::print(stderr, "swarm: fork: {}\n", std::strerror(errno));
            return false;
        }
        children.push_back(child);
    }
    bool is_good = run(arguments, 0);
    for (const pid_t child : children) {
        int status = 0;
        is_good = ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
                  WEXITSTATUS(status) == 0 && is_good;
    }
    return is_good;
}

}  // namespace
}  // namespace miredo::swarm

int main(int argc, char** argv) {
    miredo::swarm::Arguments arguments;
    if (!miredo::swarm::parse_arguments({argv + 1, argv + argc}, arguments)) {
        fmt::print(stderr, "{}", miredo::swarm::kUsage);
        return 2;
    }
    return miredo::swarm::run_all(arguments) ? 0 : 1;
}
