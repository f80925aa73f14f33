// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/command_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <getopt.h>

#include "config/values.hpp"

namespace miredo {
namespace {

// The colon in front makes getopt tell a missing argument from an unknown option.
constexpr const char* kShortOptions = ":c:fhp:t:u:V";

constexpr std::array kLongOptions{
    option{"config", required_argument, nullptr, 'c'},
    option{"conf", required_argument, nullptr, 'c'},
    option{"foreground", no_argument, nullptr, 'f'},
    option{"help", no_argument, nullptr, 'h'},
    option{"pidfile", required_argument, nullptr, 'p'},
    option{"chroot", required_argument, nullptr, 't'},
    option{"chrootdir", required_argument, nullptr, 't'},
    option{"user", required_argument, nullptr, 'u'},
    option{"username", required_argument, nullptr, 'u'},
    option{"version", no_argument, nullptr, 'V'},
    option{nullptr, 0, nullptr, 0},
};

using Problem = std::optional<std::string>;

class Parser {
  public:
    explicit Parser(std::span<const char* const> arguments) {
        for (const char* const argument : arguments) {
            arguments_.emplace_back(argument);
        }
        if (arguments_.empty()) {
            arguments_.emplace_back(program_name(Program::kMiredo));
        }
        for (std::string& argument : arguments_) {
            pointers_.push_back(argument.data());
        }
        pointers_.push_back(nullptr);
        result_.program = program_of(arguments_.front());
    }

    Result<CommandLine, UsageError> parse() {
        opterr = 0;
        optind = 0;  // glibc: start afresh
        const int count = static_cast<int>(arguments_.size());
        for (;;) {
            const int letter =
                getopt_long(count, pointers_.data(), kShortOptions, kLongOptions.data(), nullptr);
            if (letter == -1) {
                break;
            }
            if (letter == 'h' || letter == 'V') {
                result_.action = letter == 'h' ? Action::kShowHelp : Action::kShowVersion;
                return std::move(result_);
            }
            if (Problem problem = take_option(letter); problem && !is_tolerated(*problem)) {
                return Failure{UsageError{std::move(*problem)}};
            }
        }
        for (int i = optind; i < count; ++i) {
            Problem problem = take_positional(pointers_[static_cast<std::size_t>(i)]);
            if (problem && !is_tolerated(*problem)) {
                return Failure{UsageError{std::move(*problem)}};
            }
        }
        finish();
        return std::move(result_);
    }

  private:
    [[nodiscard]] bool is_checkconf() const { return result_.program == Program::kMiredoCheckconf; }

    bool is_tolerated(const std::string& problem) {
        if (is_checkconf()) {
            result_.complaints.push_back(problem);
        }
        return is_checkconf();
    }

    Problem take_option(int letter) {
        switch (letter) {
        case 'c':
            return set_once(configuration_file_, "-c");
        case 'f':
            result_.foreground = true;
            return std::nullopt;
        case 'p':
            return set_once(result_.pid_file, "-p");
        case 't':
            return set_once(chroot_, "-t");
        case 'u':
            return set_once(result_.user, "-u");
        case ':':
            return fmt::format("option {} needs an argument", failed_option());
        default:
            return bad_option();
        }
    }

    static Problem set_once(std::optional<std::string>& target, std::string_view option) {
        if (target) {
            return fmt::format("option {} is given more than once", option);
        }
        target = optarg;
        return std::nullopt;
    }

    // getopt_long sets optopt to 0 where a long option is at fault, except for a wrong use of one
    // that it knows: then it is that one's letter.
    [[nodiscard]] std::string bad_option() const {
        if (optopt != 0 && is_known(optopt)) {
            return fmt::format("option {} takes no argument", failed_option());
        }
        return fmt::format("option {} is unknown or ambiguous", failed_option());
    }

    static bool is_known(int letter) {
        return std::any_of(kLongOptions.begin(),
                           kLongOptions.end() - 1,
                           [letter](const option& known) { return known.val == letter; });
    }

    // As the user wrote it, without the value.
    [[nodiscard]] std::string failed_option() const {
        const std::string_view last = pointers_[static_cast<std::size_t>(optind) - 1];
        if (last.starts_with("--") && (optopt == 0 || is_known(optopt))) {
            return config::shown(last.substr(0, last.find('=')));
        }
        return config::shown(std::string{'-', static_cast<char>(optopt)});
    }

    Problem take_positional(const char* argument) {
        std::string& target = is_checkconf() ? positional_file_ : result_.server_name;
        if (!target.empty()) {
            return fmt::format("argument {} is one too many", config::shown(argument));
        }
        if (*argument == '\0') {
            return "an argument is empty";
        }
        target = argument;
        return std::nullopt;
    }

    void finish() {
        if (!positional_file_.empty()) {
            if (configuration_file_) {
                result_.complaints.push_back(fmt::format("option -c {} is ignored, {} is checked",
                                                         *configuration_file_,
                                                         positional_file_));
            }
            configuration_file_ = positional_file_;
        }
        result_.configuration_file =
            configuration_file_.value_or(std::string{default_configuration_file(result_.program)});
        if (chroot_ && !is_checkconf()) {
            result_.complaints.emplace_back(
                "option -t is ignored: the sandbox has replaced the change of the root directory");
        }
    }

    std::vector<std::string> arguments_;
    std::vector<char*> pointers_;
    CommandLine result_;
    std::optional<std::string> configuration_file_;
    std::optional<std::string> chroot_;
    std::string positional_file_;
};

}  // namespace

Program program_of(std::string_view argv0) {
    const std::string_view name = argv0.substr(argv0.rfind('/') + 1);
    for (const Program program : {Program::kMiredoServer, Program::kMiredoCheckconf}) {
        if (name == program_name(program)) {
            return program;
        }
    }
    return Program::kMiredo;
}

std::string_view program_name(Program program) {
    switch (program) {
    case Program::kMiredoServer:
        return "miredo-server";
    case Program::kMiredoCheckconf:
        return "miredo-checkconf";
    case Program::kMiredo:
        break;
    }
    return "miredo";
}

std::string_view default_configuration_file(Program program) {
    return program == Program::kMiredoServer ? "/etc/miredo/miredo-server.conf"
                                             : "/etc/miredo/miredo.conf";
}

Result<CommandLine, UsageError> parse_command_line(std::span<const char* const> arguments) {
    return Parser{arguments}.parse();
}

std::string usage(Program program) {
    if (program == Program::kMiredoCheckconf) {
        return fmt::format(
            "Usage: miredo-checkconf [-c FILE | FILE]\n"
            "Check a miredo.conf, or a file called miredo-server.conf, and say what is\n"
            "wrong with it. Exit status: 0 without any message, otherwise 255.\n"
            "\n"
            "  -c, --config FILE  the file to check, instead of {}\n"
            "  -h, --help         show this text\n"
            "  -V, --version      show the version\n",
            default_configuration_file(program));
    }
    const bool is_server = program == Program::kMiredoServer;
    return fmt::format("Usage: {0} [OPTION]... [{1}]\n"
                       "{2}\n"
                       "\n"
                       "  -c, --config FILE   read FILE instead of {3}\n"
                       "  -f, --foreground    stay in the foreground\n"
                       "  -h, --help          show this text\n"
                       "  -p, --pidfile FILE  write the process number to FILE\n"
                       "  -t, --chroot DIR    accepted and ignored\n"
                       "  -u, --user NAME     handle packets as user NAME\n"
                       "  -V, --version       show the version\n"
                       "\n"
                       "{1} replaces {4} of the file.\n",
                       program_name(program),
                       is_server ? "ADDRESS" : "SERVER",
                       is_server ? "Run a Teredo server."
                                 : "Run a Teredo client or relay: IPv6 through IPv4 NATs.",
                       default_configuration_file(program),
                       is_server ? "the bind addresses" : "the server addresses");
}

std::string version(Program program) {
    return fmt::format("{} {}\n", program_name(program), MIREDO_VERSION);
}

}  // namespace miredo
