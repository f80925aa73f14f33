// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/daemon.hpp"

#include <csignal>
#include <memory_resource>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>

#include "daemon/client_instance.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/network_watch.hpp"
#include "daemon/notify.hpp"
#include "daemon/relay_instance.hpp"
#include "daemon/server_instance.hpp"
#include "io/huge_pages.hpp"
#include "teredo/peer_slab.hpp"
#include "wire/hmac_sha1.hpp"

namespace miredo::daemon {
namespace {

// One line for each change, and one that it is done.
void log_reload(const Log& log, const std::vector<config::Change>& report) {
    std::string waiting;
    for (const config::Change& change : report) {
        log.info("configuration",
                 "{}: {} -> {}{}",
                 change.key,
                 change.old_value,
                 change.new_value,
                 change.is_applied ? "" : " (restart needed)");
        if (!change.is_applied) {
            waiting += fmt::format("{}{}", waiting.empty() ? "" : ", ", change.key);
        }
    }
    if (!waiting.empty()) {
        log.event(message::kRestartNeeded,
                  "configuration",
                  {{"MIREDO_SETTINGS", waiting}},
                  "restart needed for: " + waiting);
    }
    log.event(message::kConfigurationReloaded, "configuration", {}, "reloaded");
}

class Daemon final : public Control {
  public:
    Daemon(const Log& log,
           ControlLoop& loop,
           broker::BrokerClient& broker,
           netlink::NetlinkSocket netlink,
           const DaemonOptions& options)
        : log_{log},
          loop_{loop},
          options_{options},
          names_{loop},
          netlink_{std::move(netlink)},
          context_{log,
                   loop,
                   broker,
                   names_,
                   netlink_,
                   {},
                   [this] { look_around(); },
                   [this](const Error& error, ExitCode code) { fail(error, code); },
                   [this](const Instance& instance) { tell_of(instance); },
                   options.loaded.secrets},
          in_force_{options.loaded.configuration},
          files_{options.loaded.files} {}

    Expected<void> prepare(int broker_end);
    ExitCode run();

    [[nodiscard]] sd_event* event_loop() override { return loop_.event(); }
    [[nodiscard]] std::vector<Instance*> instances() override;
    [[nodiscard]] const std::vector<std::string>& configuration_files() const override {
        return files_;
    }
    [[nodiscard]] Expected<std::vector<config::Change>> reload() override;

  private:
    Expected<void> watch_signals();
    void make_instances();
    void look_around();
    void tell_of(const Instance& instance);
    [[nodiscard]] Expected<std::vector<config::Change>> take_over();
    void fail(const Error& error, ExitCode code);

    const Log& log_;
    ControlLoop& loop_;
    const DaemonOptions& options_;
    ServiceManager service_manager_;
    Names names_;
    netlink::NetlinkSocket netlink_;
    Context context_;
    config::Configuration in_force_;
    std::vector<std::string> files_;
    std::vector<std::unique_ptr<Instance>> instances_;
    std::unique_ptr<Observer> observer_;
    std::optional<ExitCode> failed_;
};

Expected<void> Daemon::prepare(int broker_end) {
    if (auto done = watch_signals(); !done) {
        return done;
    }
    if (auto done = watch_network(loop_, [this] { look_around(); }); !done) {
        return done;
    }
    if (broker_end < 0) {
        return {};
    }
    return loop_.on_readable(broker_end, [this] {
        fail(Error{"the broker has ended", {}, 0, "Start miredo again"}, ExitCode::kFailure);
    });
}

Expected<void> Daemon::watch_signals() {
    for (const int signal_number : {SIGTERM, SIGINT, SIGQUIT}) {
        if (auto done = loop_.on_signal(signal_number, [this] { loop_.exit(0); }); !done) {
            return done;
        }
    }
    // What there is to say of it is in the log.
    return loop_.on_signal(SIGHUP, [this] { (void)reload(); });
}

void Daemon::make_instances() {
    const config::Configuration& configuration = options_.loaded.configuration;
    if (configuration.server) {
        instances_.push_back(std::make_unique<ServerInstance>(context_, *configuration.server));
    }
    if (configuration.relay) {
        instances_.push_back(std::make_unique<RelayInstance>(context_, *configuration.relay));
    }
    if (configuration.client) {
        instances_.push_back(std::make_unique<ClientInstance>(context_, *configuration.client));
    }
}

ExitCode Daemon::run() {
    make_instances();
    for (const auto& instance : instances_) {
        if (!failed_) {
            tell_of(*instance);
            instance->begin();
        }
    }
    // Only now: a bus that is slow holds nobody's packets up.
    if (!failed_ && options_.observe) {
        observer_ = options_.observe(*this);
    }
    if (!failed_) {
        options_.ready();
        service_manager_.ready();
        if (loop_.run() < 0 && !failed_) {
            failed_ = ExitCode::kFailure;
        }
    }
    service_manager_.stopping();
    for (const auto& instance : instances_) {
        instance->end();
        log_.event(message::kStopped, instance->name(), {}, "stopped");
    }
    observer_.reset();
    return failed_.value_or(ExitCode::kSuccess);
}

void Daemon::look_around() {
    for (const auto& instance : instances_) {
        instance->look_around();
    }
}

std::vector<Instance*> Daemon::instances() {
    std::vector<Instance*> all;
    for (const auto& instance : instances_) {
        all.push_back(instance.get());
    }
    return all;
}

void Daemon::tell_of(const Instance& instance) {
    const InstanceStatus status = instance.status();
    std::string line{to_string(status.state)};
    if (!status.reason.empty()) {
        line += fmt::format(" ({})", status.reason);
    }
    service_manager_.set_state(instance.name(), line);
    if (observer_) {
        observer_->instance_changed(instance);
    }
}

Expected<std::vector<config::Change>> Daemon::reload() {
    service_manager_.reloading();
    auto report = take_over();
    service_manager_.ready();
    return report;
}

Expected<std::vector<config::Change>> Daemon::take_over() {
    auto loaded = options_.reload();
    if (!loaded) {
        log_.event(message::kReloadRefused,
                   "configuration",
                   {},
                   "not reloaded: the old one stays in force");
        return Failure{loaded.error()};
    }
    context_.secrets = std::move(loaded->secrets);
    const config::Configuration before = in_force_;
    for (const auto& instance : instances_) {
        instance->reload(loaded->configuration, in_force_);
    }
    std::vector<config::Change> report =
        config::report_reload(before, in_force_, loaded->configuration);
    log_reload(log_, report);
    if (files_ != loaded->files) {
        files_ = std::move(loaded->files);
        if (observer_) {
            observer_->configuration_files_changed();
        }
    }
    return report;
}

void Daemon::fail(const Error& error, ExitCode code) {
    if (failed_) {
        return;
    }
    log_.event(message::kCannotGoOn, {}, {}, error);
    service_manager_.failed(error);
    failed_ = code;
    loop_.exit(0);
}

// Chunks of peers are mapped for themselves, so that the kernel has them back at once: very many of
// them in huge pages.
void keep_peers_apart() {
    constexpr int kMapped = 64 << 10;
    ::mallopt(M_MMAP_THRESHOLD, kMapped);
    static io::HugePages pages{teredo::PeerSlab::chunk_memory()};
    std::pmr::set_default_resource(&pages);
}

}  // namespace

ExitCode run_daemon(const Log& log,
                    broker::BrokerClient& broker,
                    int broker_end,
                    const DaemonOptions& options) {
    const auto stop = [&](const Error& error) {
        log.event(message::kCannotGoOn, {}, {}, error);
        ServiceManager{}.failed(error);
        return ExitCode::kFailure;
    };
    keep_peers_apart();
    // Here, since it looks into files, which no shard may.
    if (!wire::initialize_cryptography()) {
        return stop(Error{"cannot initialize libgcrypt", {}, 0, {}});
    }
    auto loop = ControlLoop::create();
    if (!loop) {
        return stop(loop.error());
    }
    auto netlink = netlink::NetlinkSocket::open();
    if (!netlink) {
        return stop(netlink.error());
    }
    Daemon daemon{log, **loop, broker, std::move(*netlink), options};
    if (auto done = daemon.prepare(broker_end); !done) {
        return stop(done.error());
    }
    return daemon.run();
}

}  // namespace miredo::daemon
