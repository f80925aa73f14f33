// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/watch.hpp"

#include <utility>

#include <fmt/format.h>

#include "ctl/bus.hpp"
#include "ctl/style.hpp"
#include "dbus/event_loop.hpp"

namespace miredo::ctl {
namespace {

using Changed = std::function<void(const ValueChange&)>;

ValueChange change_of(const std::string& instance,
                      const std::string& before,
                      const std::string& after,
                      const std::string& reason) {
    return {instance, printable(before), printable(after), printable(reason)};
}

class WatchedInstance final : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Instance_proxy> {
  public:
    WatchedInstance(sdbus::IConnection& connection,
                    const std::string& owner,
                    const sdbus::ObjectPath& path,
                    std::string name,
                    Changed changed)
        : ProxyInterfaces{connection, dbus::ServiceName{owner}, path},
          name_{std::move(name)},
          changed_{std::move(changed)} {
        registerProxy();
    }
    WatchedInstance(const WatchedInstance&) = delete;
    WatchedInstance& operator=(const WatchedInstance&) = delete;
    WatchedInstance(WatchedInstance&&) = delete;
    WatchedInstance& operator=(WatchedInstance&&) = delete;
    ~WatchedInstance() { unregisterProxy(); }

  private:
    void onStateChanged(const std::string& old,
                        const std::string& now,
                        const std::string& reason) override {
        changed_(change_of(name_, old, now, reason));
    }

    std::string name_;
    Changed changed_;
};

class WatchedClient final : public sdbus::ProxyInterfaces<org::miredo::Miredo1::Client_proxy> {
  public:
    WatchedClient(sdbus::IConnection& connection,
                  const std::string& owner,
                  const sdbus::ObjectPath& path,
                  std::string name,
                  Changed changed)
        : ProxyInterfaces{connection, dbus::ServiceName{owner}, path},
          name_{std::move(name)},
          changed_{std::move(changed)} {
        registerProxy();
    }
    WatchedClient(const WatchedClient&) = delete;
    WatchedClient& operator=(const WatchedClient&) = delete;
    WatchedClient(WatchedClient&&) = delete;
    WatchedClient& operator=(WatchedClient&&) = delete;
    ~WatchedClient() { unregisterProxy(); }

  private:
    void onAddressChanged(const std::string& old,
                          const std::string& now,
                          const std::string& reason) override {
        changed_(change_of(name_, old, now, reason));
    }

    std::string name_;
    Changed changed_;
};

}  // namespace

// One connection to the bus, and what is known of the name's present owner.
class Watch::Session {
  public:
    Session(std::unique_ptr<sdbus::IConnection> connection, WatchHandlers handlers)
        : connection_{std::move(connection)}, handlers_{std::move(handlers)} {}

    Outcome<void> start(sd_event* loop) {
        try {
            // Before the first look: what changes after it is not missed.
            name_changes_ =
                dbus::add_match(*connection_,
                                fmt::format("type='signal',sender='{}',path='{}',interface='{}',"
                                            "member='NameOwnerChanged',arg0='{}'",
                                            dbus::kDriverName,
                                            dbus::kDriverPath,
                                            dbus::kDriverName,
                                            dbus::kBusName),
                                [this](sdbus::Message& message) { owner_changed(message); });
            const std::optional<std::string> owner = owner_of_service(*connection_);
            follow(owner.value_or(""));
        } catch (const sdbus::Error& error) {
            return Failure{problem_of(error, *connection_)};
        }
        auto attachment =
            dbus::LoopAttachment::create(loop, *connection_, [this](const std::string& reason) {
                handlers_.failed({ExitStatus::kFailure, "the system bus went away: " + reason});
            });
        if (!attachment) {
            return Failure{Problem{ExitStatus::kFailure, attachment.error().to_string()}};
        }
        attachment_ = std::move(*attachment);
        return {};
    }

  private:
    void owner_changed(sdbus::Message& message) {
        try {
            std::string name;
            std::string before;
            std::string after;
            message >> name >> before >> after;
            follow(after);
        } catch (const sdbus::Error& error) {
            handlers_.failed(problem_of(error, *connection_));
        }
    }

    void follow(const std::string& owner) {
        instances_.clear();
        clients_.clear();
        if (owner.empty()) {
            handlers_.vanished();
            return;
        }
        try {
            ManagerProxy manager{*connection_, owner};
            subscribe(owner, states_of(manager));
            // Once more: of what was before the subscription there was no signal.
            handlers_.appeared(states_of(manager));
        } catch (const sdbus::Error& error) {
            const Problem problem = problem_of(error, *connection_);
            // That it has gone meanwhile, the bus will say by itself.
            if (problem.status != ExitStatus::kNotRunning) {
                handlers_.failed(problem);
            }
        }
    }

    static std::vector<InstanceState> states_of(ManagerProxy& manager) {
        std::vector<InstanceState> result;
        for (const auto& instance : manager.ListInstances()) {
            result.push_back({printable(instance.get<0>()),
                              printable(instance.get<1>()),
                              printable(instance.get<2>())});
        }
        return result;
    }

    void subscribe(const std::string& owner, const std::vector<InstanceState>& instances) {
        for (const InstanceState& instance : instances) {
            const sdbus::ObjectPath path{dbus::kInstancePathPrefix + instance.name};
            instances_.push_back(std::make_unique<WatchedInstance>(
                *connection_, owner, path, instance.name, handlers_.state_changed));
            if (instance.role == "client") {
                clients_.push_back(std::make_unique<WatchedClient>(
                    *connection_, owner, path, instance.name, handlers_.address_changed));
            }
        }
    }

    std::unique_ptr<sdbus::IConnection> connection_;
    WatchHandlers handlers_;
    sdbus::Slot name_changes_;
    std::vector<std::unique_ptr<WatchedInstance>> instances_;
    std::vector<std::unique_ptr<WatchedClient>> clients_;
    std::unique_ptr<dbus::LoopAttachment> attachment_;  // first to go
};

Watch::Watch() = default;
Watch::~Watch() = default;

Outcome<std::unique_ptr<Watch>>
Watch::create(sd_event* loop, WatchHandlers handlers, std::chrono::milliseconds limit) {
    auto connection = connect_to_bus(limit);
    if (!connection) {
        return Failure{connection.error()};
    }
    std::unique_ptr<Watch> watch{new Watch};
    watch->session_ = std::make_unique<Session>(std::move(*connection), std::move(handlers));
    const Outcome<void> started = watch->session_->start(loop);
    if (!started) {
        return Failure{started.error()};
    }
    return watch;
}

}  // namespace miredo::ctl
