// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/service.hpp"

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "broker/fork.hpp"
#include "bus/serve.hpp"
#include "daemon/control_loop.hpp"
#include "daemon/daemon.hpp"
#include "daemon/log.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/notify.hpp"
#include "daemon/privileges.hpp"
#include "daemon/sandbox.hpp"
#include "miredo/background.hpp"
#include "miredo/configuration_loader.hpp"
#include "miredo/pid_file.hpp"

namespace miredo {
namespace {

using daemon::ExitCode;
using daemon::Identity;
using daemon::Log;
using daemon::LogIdentity;
namespace message = daemon::message;

constexpr const char* kClientHook = "/etc/miredo/client-hook";
constexpr const char* kFallbackUser = "nobody";

// Whom to become. Started without root there is no choice.
Expected<Identity> choose_identity(const Log& log, const CommandLine& command_line) {
    if (::geteuid() != 0) {
        return daemon::current_identity();
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
    log.event(message::kCannotGoOn, {}, {}, error);
    daemon::ServiceManager{}.failed(error);
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

// The privileged half: a child of ours, or the service behind miredo-broker.socket.
struct Broker {
    std::optional<broker::ForkedBroker> forked;
    broker::BrokerClient service{io::UniqueFd{}};

    broker::BrokerClient& client() { return forked ? forked->client : service; }
    [[nodiscard]] int end() const { return forked ? forked->pidfd.get() : -1; }
};

// A missing socket of the broker is no missing device (69): the next start may find it.
ExitCode exit_code_for_broker(const Error& error) {
    return error.error_number == ENOENT ? ExitCode::kFailure
                                        : daemon::exit_code_for(error.error_number);
}

// As another user than root the service is what there is. Without it, in the foreground, the child
// may do with capabilities that this process was given.
Expected<Broker>
find_broker(const Log& log, const Identity& identity, const broker::Privileges& privileges) {
    Broker broker;
    if (::geteuid() != 0) {
        auto service = broker::BrokerClient::connect();
        if (service) {
            broker.service = std::move(*service);
            return broker;
        }
        if (std::getenv("NOTIFY_SOCKET") != nullptr) {
            return Failure{service.error()};
        }
        log.event(message::kNotStartedAsRoot,
                  {},
                  daemon::fields_of(service.error()),
                  fmt::format("not started as root: running as {} with the capabilities it has; {}",
                              identity.name,
                              service.error().to_string()));
    }
    auto forked = broker::fork_broker({identity.uid, identity.gid, privileges});
    if (!forked) {
        return Failure{forked.error()};
    }
    broker.forked = std::move(*forked);
    return broker;
}

LogIdentity log_identity(const CommandLine& command_line, const config::Configuration& from) {
    return {std::string{program_name(command_line.program)}, from.syslog_facility};
}

// Up to here whoever started it has seen what there was to say; now the terminal is theirs again.
void leave_terminal(Log& log, const LogIdentity& identity) {
    if (auto syslog = daemon::choose_background_target(identity)) {
        log.switch_to(std::move(syslog));
    }
}

// The daemon works without a bus, too; what is missing then is said.
std::unique_ptr<daemon::Observer> show_on_bus(const Log& log, daemon::Control& control) {
    auto observer = bus::serve(control, log);
    if (!observer) {
        log.error("bus", observer.error());
        return nullptr;
    }
    return std::move(*observer);
}

// The part behind the fork of the background form.
ExitCode serve(Log& log,
               const CommandLine& command_line,
               ConfigurationLoader& loader,
               daemon::LoadedConfiguration loaded,
               const Identity& identity,
               Background background) {
    const config::Configuration& wanted = loaded.configuration;
    const broker::Privileges privileges{wanted.server.has_value(),
                                        wanted.relay && wanted.relay->shards.count != 1};
    auto broker = find_broker(log, identity, privileges);
    if (!broker) {
        return fail(log, broker.error(), exit_code_for_broker(broker.error()));
    }
    if (auto done = confine(identity); !done) {
        return fail(log, done.error(), ExitCode::kNoPermission);
    }
    if (auto done = log.start(); !done) {
        return fail(log, done.error(), ExitCode::kFailure);
    }
    const LogIdentity speaker = log_identity(command_line, loaded.configuration);
    const daemon::DaemonOptions options{
        std::move(loaded),
        [&] { return loader.read_again(); },
        [&](daemon::Control& control) { return show_on_bus(log, control); },
        [&] {
            if (!command_line.foreground) {
                leave_terminal(log, speaker);
            }
            background.ready();
        },
    };
    const ExitCode code = daemon::run_daemon(log, broker->client(), broker->end(), options);
    if (broker->forked) {
        (void)broker::reap_broker(std::move(*broker->forked));
    }
    return code;
}

}  // namespace

ExitCode run_service(const CommandLine& command_line) {
    Log log{daemon::choose_target(log_identity(command_line, {}))};
    warn_about_classic_ways(log, command_line);
    ConfigurationLoader loader{log, command_line};
    auto configuration = loader.read();
    if (!configuration) {
        return ExitCode::kConfiguration;
    }
    log.switch_to(daemon::choose_target(log_identity(command_line, configuration->configuration)));
    const auto identity = choose_identity(log, command_line);
    if (!identity) {
        return fail(log, identity.error(), ExitCode::kNoPermission);
    }
    if (!loader.read_secrets(*configuration, identity->uid)) {
        return ExitCode::kConfiguration;
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
    return serve(
        log, command_line, loader, std::move(*configuration), *identity, std::move(background));
}

}  // namespace miredo
