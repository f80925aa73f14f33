// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/state_keeper.hpp"

#include <utility>

#include "daemon/instance.hpp"
#include "daemon/message_ids.hpp"

namespace miredo::daemon {

void StateKeeper::set(InstanceState state, std::string_view reason, std::string message) {
    const bool is_another = state != state_ || reason != reason_;
    if (!is_another && message == message_) {
        return;
    }
    state_ = state;
    reason_ = reason;
    message_ = std::move(message);
    if (is_another) {
        since_ = Timestamp::now();
        std::string text{to_string(state)};
        std::vector<Field> fields{{"MIREDO_STATE", text}};
        if (!reason.empty()) {
            text += ": ";
            text += reason;
            fields.push_back({"MIREDO_REASON", std::string{reason}});
        }
        // What was wished for is not worse.
        const bool is_worse = !reason.empty() && state != InstanceState::kDormant;
        context_.log.event(message::kStateChanged.at(is_worse ? Level::kWarning : Level::kInfo),
                           owner_.name(),
                           std::move(fields),
                           text);
    }
    touch();
}

void StateKeeper::describe(InstanceStatus& status) const {
    status.name = owner_.name();
    status.state = state_;
    status.reason = reason_;
    status.message = message_;
    status.since = since_;
}

}  // namespace miredo::daemon
