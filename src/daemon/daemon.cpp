// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/daemon.hpp"

#include <csignal>
#include <utility>

#include "daemon/client_instance.hpp"
#include "daemon/notify.hpp"
#include "daemon/relay_instance.hpp"
#include "daemon/server_instance.hpp"

namespace miredo::daemon {
namespace {

// Address events come in bursts; one look around afterwards is enough.
constexpr Duration kLookAroundDelay = std::chrono::milliseconds{200};

class Daemon {
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
                   [this](std::string_view instance, std::string_view state) {
                       service_manager_.set_state(instance, state);
                   }} {}

    Expected<void> prepare(int broker_end);
    ExitCode run();

  private:
    Expected<void> watch_signals();
    Expected<void> watch_addresses();
    void make_instances();
    void look_around();
    void reload();
    void fail(const Error& error, ExitCode code);

    const Log& log_;
    ControlLoop& loop_;
    const DaemonOptions& options_;
    ServiceManager service_manager_;
    Names names_;
    netlink::NetlinkSocket netlink_;
    Context context_;
    std::optional<netlink::Watch> watch_;
    std::vector<std::unique_ptr<Instance>> instances_;
    std::optional<ExitCode> failed_;
};

Expected<void> Daemon::prepare(int broker_end) {
    if (auto done = watch_signals(); !done) {
        return done;
    }
    if (auto done = watch_addresses(); !done) {
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
    return loop_.on_signal(SIGHUP, [this] {
        service_manager_.reloading();
        reload();
        service_manager_.ready();
    });
}

// Own addresses and attached subnets decide what may be sent where (RFC 4380 §5.2.4).
Expected<void> Daemon::watch_addresses() {
    auto watch = netlink::Watch::open();
    if (!watch) {
        return Failure{watch.error()};
    }
    watch_ = std::move(*watch);
    auto timer = loop_.add_timer([this] { look_around(); });
    if (!timer) {
        return Failure{timer.error()};
    }
    return loop_.on_readable(watch_->fd(), [this, timer = *timer]() mutable {
        bool has_changed = false;
        watch_->drain([&](const netlink::Change& change) {
            has_changed |= change.kind == netlink::ChangeKind::kAddressAdded ||
                           change.kind == netlink::ChangeKind::kAddressRemoved ||
                           change.kind == netlink::ChangeKind::kResync;
        });
        if (has_changed) {
            timer.set(kLookAroundDelay);
        }
    });
}

void Daemon::make_instances() {
    const config::Configuration& configuration = options_.configuration;
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
            service_manager_.set_state(instance->name(), "started");
            instance->begin();
        }
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
    }
    return failed_.value_or(ExitCode::kSuccess);
}

void Daemon::look_around() {
    for (const auto& instance : instances_) {
        instance->look_around();
    }
}

void Daemon::reload() {
    const std::optional<config::Configuration> configuration = options_.reload();
    if (!configuration) {
        log_.warning("configuration", "not reloaded: the old one stays in force");
        return;
    }
    const auto count = static_cast<std::size_t>(configuration->client.has_value()) +
                       static_cast<std::size_t>(configuration->relay.has_value()) +
                       static_cast<std::size_t>(configuration->server.has_value());
    if (count > instances_.size()) {
        log_.warning("configuration", "restart needed for: a new instance");
    }
    for (const auto& instance : instances_) {
        instance->reload(*configuration);
    }
    log_.info("configuration", "reloaded");
}

void Daemon::fail(const Error& error, ExitCode code) {
    if (failed_) {
        return;
    }
    log_.error({}, error);
    service_manager_.failed(error);
    failed_ = code;
    loop_.exit(0);
}

}  // namespace

ExitCode run_daemon(const Log& log,
                    broker::BrokerClient& broker,
                    int broker_end,
                    const DaemonOptions& options) {
    const auto stop = [&](const Error& error) {
        log.error({}, error);
        ServiceManager{}.failed(error);
        return ExitCode::kFailure;
    };
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
