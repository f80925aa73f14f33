// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "dbus/event_loop.hpp"

#include <cstdint>
#include <ctime>
#include <utility>

#include <sys/epoll.h>

#include "dbus/sdbus.hpp"

namespace miredo::dbus {
namespace {

// Microseconds of CLOCK_MONOTONIC. 0 where a message waits already, in the connection's own queue:
// the descriptor does not become readable for it.
std::uint64_t deadline_of(const sdbus::IConnection::PollData& wanted) {
#if MIREDO_SDBUS_MAJOR >= 2
    return wanted.timeout == std::chrono::microseconds::max()
               ? UINT64_MAX
               : static_cast<std::uint64_t>(wanted.timeout.count());
#else
    return wanted.timeout_usec;
#endif
}

void process_one(sdbus::IConnection& connection) {
#if MIREDO_SDBUS_MAJOR >= 2
    connection.processPendingEvent();
#else
    connection.processPendingRequest();
#endif
}

}  // namespace

LoopAttachment::LoopAttachment(sdbus::IConnection& connection, Lost lost)
    : connection_{connection}, lost_{std::move(lost)} {}

LoopAttachment::~LoopAttachment() {
    sd_event_source_disable_unref(descriptor_);
    sd_event_source_disable_unref(timer_);
}

Expected<std::unique_ptr<LoopAttachment>>
LoopAttachment::create(sd_event* loop, sdbus::IConnection& connection, Lost lost) {
    std::unique_ptr<LoopAttachment> attachment{new LoopAttachment{connection, std::move(lost)}};
    try {
        if (const int result = attachment->add_sources(loop); result < 0) {
            return Failure{Error{"cannot watch the D-Bus connection", {}, -result, {}}};
        }
    } catch (const sdbus::Error& error) {
        return Failure{
            Error{"cannot watch the D-Bus connection: " + error.getMessage(), {}, 0, {}}};
    }
    return attachment;
}

int LoopAttachment::add_sources(sd_event* loop) {
    const auto wanted = connection_.getEventLoopPollData();
    int result = sd_event_add_io(
        loop,
        &descriptor_,
        wanted.fd,
        static_cast<std::uint32_t>(wanted.events),
        [](sd_event_source*, int, std::uint32_t, void* self) {
            static_cast<LoopAttachment*>(self)->handle_one_message();
            return 0;
        },
        this);
    if (result < 0) {
        return result;
    }
    result = sd_event_source_set_prepare(descriptor_, [](sd_event_source*, void* self) {
        static_cast<LoopAttachment*>(self)->prepare();
        return 0;
    });
    if (result < 0) {
        return result;
    }
    result = sd_event_add_time(
        loop,
        &timer_,
        CLOCK_MONOTONIC,
        UINT64_MAX,
        1000,  // accuracy; 0 would mean 250 ms
        [](sd_event_source*, std::uint64_t, void* self) {
            static_cast<LoopAttachment*>(self)->handle_one_message();
            return 0;
        },
        this);
    return result < 0 ? result : sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
}

void LoopAttachment::prepare() {
    std::uint64_t deadline = 0;
    try {
        const auto wanted = connection_.getEventLoopPollData();
        deadline = deadline_of(wanted);
        sd_event_source_set_io_events(descriptor_, static_cast<std::uint32_t>(wanted.events));
    } catch (const sdbus::Error& error) {
        // Told at once, but by the timer: sd-event is in the middle of going through its sources.
        loss_ = error.getMessage();
        sd_event_source_set_enabled(descriptor_, SD_EVENT_OFF);
    }
    if (deadline == UINT64_MAX) {
        sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
        return;
    }
    sd_event_source_set_time(timer_, deadline);
    sd_event_source_set_enabled(timer_, SD_EVENT_ONESHOT);
}

void LoopAttachment::handle_one_message() {
    if (!loss_.empty()) {
        lose(std::move(loss_));
        return;
    }
    std::string reason;
    try {
        process_one(connection_);
        return;
    } catch (const sdbus::Error& error) {
        reason = error.getMessage();
    }
    lose(std::move(reason));
}

void LoopAttachment::lose(std::string&& reason) {
    sd_event_source_set_enabled(descriptor_, SD_EVENT_OFF);
    sd_event_source_set_enabled(timer_, SD_EVENT_OFF);
    // Both outlive `this`, which the handler may destroy.
    const Lost lost = std::move(lost_);
    const std::string reason_for_handler = std::move(reason);
    if (lost) {
        lost(reason_for_handler);
    }
}

}  // namespace miredo::dbus
