// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/serve.hpp"

#include <algorithm>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "bus/connector.hpp"
#include "bus/exported.hpp"
#include "daemon/message_ids.hpp"
#include "dbus/event_loop.hpp"
#include "dbus/names.hpp"

namespace miredo::bus {
namespace {

constexpr const char* kSubject = "bus";

std::uint64_t microseconds(std::chrono::milliseconds delay) {
    return static_cast<std::uint64_t>(std::chrono::microseconds{delay}.count());
}

// A connection and what depends on it, destroyed in the right order.
struct Presence {
    Connection connection;
    std::unique_ptr<Exported> exported;
    std::unique_ptr<dbus::LoopAttachment> attachment;
};

class Bus final : public daemon::Observer {
  public:
    Bus(daemon::Control& control, const daemon::Log& log, const ServeOptions& options)
        : control_{control}, log_{log}, options_{options}, delay_{options.first_retry} {}
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    Bus(Bus&&) = delete;
    Bus& operator=(Bus&&) = delete;
    ~Bus() override { sd_event_source_disable_unref(retry_); }

    [[nodiscard]] Expected<void> begin();

    void instance_changed(const daemon::Instance& instance) override {
        if (presence_) {
            presence_->exported->instance_changed(instance);
        }
    }
    void configuration_files_changed() override {
        if (presence_) {
            presence_->exported->configuration_files_changed();
        }
    }

  private:
    void end_try(NoBus&& refusal);
    void end_try(NameTaken&& refusal);
    void end_try(Connection&& connection);
    [[nodiscard]] Expected<void> appear(Connection connection);
    void lose(const std::string& reason);
    void try_later();

    daemon::Control& control_;
    const daemon::Log& log_;
    ServeOptions options_;
    std::chrono::milliseconds delay_;
    std::string complaint_;  // the last one that was logged, since the bus was there
    sd_event_source* retry_ = nullptr;
    std::unique_ptr<Connector> connector_;
    std::optional<Presence> presence_;
};

Expected<void> Bus::begin() {
    auto connector = Connector::create(control_.event_loop(), [this](Outcome outcome) {
        std::visit([this](auto&& result) { end_try(std::forward<decltype(result)>(result)); },
                   std::move(outcome));
    });
    if (!connector) {
        return Failure{connector.error()};
    }
    connector_ = std::move(*connector);
    const int result = sd_event_add_time(
        control_.event_loop(),
        &retry_,
        CLOCK_BOOTTIME,
        UINT64_MAX,
        1000,  // accuracy; 0 would mean 250 ms
        [](sd_event_source*, std::uint64_t, void* self) {
            static_cast<Bus*>(self)->connector_->begin();
            return 0;
        },
        this);
    if (result < 0) {
        return Failure{Error{"cannot make a timer", {}, -result, {}}};
    }
    sd_event_source_set_enabled(retry_, SD_EVENT_OFF);
    connector_->begin();
    connector_->wait(options_.start_limit);
    return {};
}

void Bus::end_try(NoBus&& refusal) {
    // Said once, not with every try.
    if (std::string text = refusal.error.to_string(); text != complaint_) {
        log_.event(daemon::message::kBusNotAvailable, kSubject, {}, refusal.error);
        complaint_ = std::move(text);
    }
    try_later();
}

void Bus::end_try(NameTaken&& refusal) {
    const std::string owner =
        refusal.owner_pid != 0 ? std::to_string(refusal.owner_pid) : "unknown";
    log_.event(daemon::message::kBusNameTaken,
               kSubject,
               {{"MIREDO_OWNER_PID", owner}},
               Error{fmt::format("another process (PID {}) has the name on the system bus", owner),
                     dbus::kBusName,
                     0,
                     "miredoctl talks to that one; end it and start this daemon again to control "
                     "this one"});
}

void Bus::end_try(Connection&& connection) {
    if (auto there = appear(std::move(connection)); !there) {
        end_try(NoBus{there.error()});
        return;
    }
    delay_ = options_.first_retry;
    if (!std::exchange(complaint_, {}).empty()) {
        log_.info(kSubject, "{} is on the system bus now", dbus::kBusName);
    }
}

Expected<void> Bus::appear(Connection connection) {
    Presence presence;
    presence.connection = std::move(connection);
    try {
        presence.exported = std::make_unique<Exported>(*presence.connection, control_, ::geteuid());
    } catch (const sdbus::Error& error) {
        return Failure{Error{"cannot appear on the system bus: " + error.getMessage(), {}, 0, {}}};
    }
    auto attachment =
        dbus::LoopAttachment::create(control_.event_loop(),
                                     *presence.connection,
                                     [this](const std::string& reason) { lose(reason); });
    if (!attachment) {
        return Failure{attachment.error()};
    }
    presence.attachment = std::move(*attachment);
    presence_ = std::move(presence);
    return {};
}

void Bus::lose(const std::string& reason) {
    presence_.reset();
    const Error error{"the system bus is gone: " + reason,
                      {},
                      0,
                      "miredoctl does not work until it is back; it is looked for"};
    log_.event(daemon::message::kBusNotAvailable, kSubject, {}, error);
    complaint_ = error.to_string();
    try_later();
}

void Bus::try_later() {
    sd_event_source_set_time_relative(retry_, microseconds(delay_));
    sd_event_source_set_enabled(retry_, SD_EVENT_ONESHOT);
    delay_ = std::min(delay_ * 2, options_.longest_retry);
}

}  // namespace

Expected<std::unique_ptr<daemon::Observer>>
serve(daemon::Control& control, const daemon::Log& log, const ServeOptions& options) {
    auto bus = std::make_unique<Bus>(control, log, options);
    if (auto begun = bus->begin(); !begun) {
        return Failure{begun.error()};
    }
    return std::unique_ptr<daemon::Observer>{std::move(bus)};
}

}  // namespace miredo::bus
