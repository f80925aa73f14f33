// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/calls.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "dbus/names.hpp"

namespace miredo::bus {
namespace {

// The bus answers at once; one that does not is not waited for.
constexpr std::chrono::seconds kPatience{10};

sdbus::Error refusal() {
    return dbus::make_error(dbus::error::kAccessDenied,
                            "only root and the user that miredo runs as may do this");
}

}  // namespace

void OwedReply::refuse(const sdbus::Error& error) {
    answer([&] { send(error); });
}

void OwedReply::answer(const std::function<void()>& send) {
    try {
        send();
    } catch (const sdbus::Error&) {  // NOLINT(bugprone-empty-catch)
        // The caller or the bus has gone.
    }
    calls_.settle(*this);
}

Calls::Calls(sdbus::IConnection& connection, uid_t own_user)
    : own_user_{own_user},
      driver_{dbus::make_proxy(connection, dbus::kDriverName, dbus::kDriverPath)} {}

void Calls::owe(const std::shared_ptr<OwedReply>& reply) {
    const auto of_one = std::count_if(owed_.begin(), owed_.end(), [&](const auto& other) {
        return other->caller() == reply->caller();
    });
    if (owed_.size() >= kMost || static_cast<std::size_t>(of_one) >= kMostOfOne) {
        throw dbus::make_error(dbus::error::kBusy,
                               "too many calls are under way; try again when they are answered");
    }
    owed_.push_back(reply);
}

void Calls::settle(const OwedReply& reply) {
    std::erase_if(owed_, [&](const auto& owed) { return owed.get() == &reply; });
}

void Calls::ask(const std::shared_ptr<OwedReply>& reply, std::function<void()> admitted) {
    const auto decide = [this, owed = std::weak_ptr{reply}, admitted = std::move(admitted)](
                            dbus::CallError error, const std::uint32_t& user) {
        const auto still_owed = owed.lock();
        if (!still_owed) {
            return;
        }
        // Without an answer nobody is let in.
        if (error || (user != 0 && user != own_user_)) {
            still_owed->refuse(refusal());
            return;
        }
        admitted();
    };
    try {
        driver_->callMethodAsync("GetConnectionUnixUser")
            .onInterface(dbus::kDriverName)
            .withTimeout(kPatience)
            .withArguments(reply->caller())
            .uponReplyInvoke(decide);
    } catch (const sdbus::Error&) {
        settle(*reply);
        throw;
    }
}

}  // namespace miredo::bus
