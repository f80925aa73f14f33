// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/shard_messages.hpp"

namespace miredo::daemon {

template <typename Message>
void ShardMessages::deliver(std::optional<Message>& message) {
    if (message && mailbox_->try_push(*message)) {
        message.reset();
    }
}

void ShardMessages::fail(const Error& error) {
    if (!failure_) {
        failure_ = error;
    }
    deliver(failure_);
}

void ShardMessages::deliver(PendingEvents& pending) {
    deliver(failure_);
    deliver(pending.address);
    deliver(pending.state);
    deliver(pending.nat_type);
    deliver(pending.secondary_port);
    if (pending.server_name_needed) {
        pending.server_name_needed = !mailbox_->try_push(teredo::Event{teredo::ServerNameNeeded{}});
    }
    while (!replies_.empty() && mailbox_->try_push(replies_.front())) {
        replies_.pop_front();
    }
}

}  // namespace miredo::daemon
