// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/service.hpp"

#include <optional>
#include <string>
#include <utility>

#include <unistd.h>

#include "broker/fork.hpp"
#include "config/classic.hpp"
#include "daemon/control_loop.hpp"
#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "daemon/privileges.hpp"
#include "daemon/sandbox.hpp"
#include "miredo/background.hpp"
#include "miredo/pid_file.hpp"

namespace miredo {
namespace {

using daemon::ExitCode;
using daemon::Identity;
using daemon::Log;

constexpr const char* kClientHook = "/etc/miredo/client-hook";
constexpr const char* kFallbackUser = "nobody";

// Nothing where it has errors; they are reported with all warnings.
std::optional<config::Configuration> load_configuration(const Log& log,
                                                        const CommandLine& command_line) {
    const auto program = command_line.program == Program::kMiredoServer
                             ? config::ClassicProgram::kMiredoServer
                             : config::ClassicProgram::kMiredo;
    config::Parsed parsed =
        config::load_classic(command_line.configuration_file, program, command_line.server_name);
    for (const config::Diagnostic& diagnostic : parsed.diagnostics) {
        const bool is_error = diagnostic.severity == config::Severity::kError;
        log.write(
            is_error ? daemon::Level::kError : daemon::Level::kWarning, {}, diagnostic.to_string());
    }
    if (config::has_errors(parsed.diagnostics)) {
        return std::nullopt;
    }
    return std::move(parsed.configuration);
}

// Whom to become. Started without root there is no choice.
Expected<Identity> choose_identity(const Log& log, const CommandLine& command_line) {
    if (::geteuid() != 0) {
        const Identity identity = daemon::current_identity();
        log.warning(
            {}, "not started as root: running as {} with the capabilities it has", identity.name);
        return identity;
    }
    if (command_line.user) {
        return daemon::find_user(*command_line.user);
    }
    auto identity = daemon::find_user(MIREDO_USER);
    if (!identity) {
        log.warning({}, "{}; running as {}", identity.error().to_string(), kFallbackUser);
        return daemon::find_user(kFallbackUser);
    }
    return identity;
}

void warn_about_classic_ways(const Log& log, const CommandLine& command_line) {
    for (const std::string& complaint : command_line.complaints) {
        log.warning({}, "{}", complaint);
    }
    if (command_line.program == Program::kMiredo && ::access(kClientHook, X_OK) == 0) {
        log.warning({},
                    "{} is not run: addresses and routes are set by miredo itself; put what else "
                    "it does into a networkd-dispatcher or NetworkManager dispatcher script",
                    kClientHook);
    }
}

ExitCode fail(const Log& log, const Error& error, ExitCode code) {
    log.error({}, error);
    return code;
}

Expected<void> confine(const Identity& identity) {
    if (auto done = daemon::drop_privileges(identity); !done) {
        return done;
    }
    return daemon::confine_process();
}

Expected<std::optional<PidFile>> create_pid_file(const CommandLine& command_line) {
    if (!command_line.pid_file && command_line.foreground) {
        return std::optional<PidFile>{};
    }
    auto file = PidFile::create(command_line.pid_file.value_or(
        "/run/" + std::string{program_name(command_line.program)} + ".pid"));
    if (!file) {
        return Failure{file.error()};
    }
    return std::optional<PidFile>{std::move(*file)};
}

// The part behind the fork of the background form.
ExitCode serve(const Log& log,
               const CommandLine& command_line,
               config::Configuration configuration,
               const Identity& identity,
               Background background) {
    auto forked =
        broker::fork_broker({identity.uid, identity.gid, configuration.server.has_value()});
    if (!forked) {
        return fail(log, forked.error(), daemon::exit_code_for(forked.error().error_number));
    }
    if (auto done = confine(identity); !done) {
        return fail(log, done.error(), ExitCode::kNoPermission);
    }
    const daemon::DaemonOptions options{
        std::move(configuration),
        [&] { return load_configuration(log, command_line); },
        [&] { background.ready(); },
    };
    const ExitCode code = daemon::run_daemon(log, forked->client, forked->pidfd.get(), options);
    (void)broker::reap_broker(std::move(*forked));
    return code;
}

}  // namespace

ExitCode run_service(const CommandLine& command_line) {
    const Log log = Log::to_standard_error();
    warn_about_classic_ways(log, command_line);
    auto configuration = load_configuration(log, command_line);
    if (!configuration) {
        return ExitCode::kConfiguration;
    }
    const auto identity = choose_identity(log, command_line);
    if (!identity) {
        return fail(log, identity.error(), ExitCode::kNoPermission);
    }
    auto pid_file = create_pid_file(command_line);
    if (!pid_file) {
        return fail(log, pid_file.error(), ExitCode::kFailure);
    }
    daemon::block_signals();
    Background background;
    if (!command_line.foreground) {
        auto entered = Background::enter();
        if (!entered) {
            return fail(log, entered.error(), ExitCode::kFailure);
        }
        background = std::move(*entered);
    }
    if (*pid_file) {
        if (auto done = (*pid_file)->write(); !done) {
            return fail(log, done.error(), ExitCode::kFailure);
        }
    }
    return serve(log, command_line, std::move(*configuration), *identity, std::move(background));
}

}  // namespace miredo
