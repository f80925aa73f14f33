// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a shard tells the control thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"
#include "daemon/tunnel_output.hpp"
#include "io/mailbox.hpp"
#include "teredo/event.hpp"

namespace miredo::daemon {

// The answer to a question, to be run on the control thread.
using Reply = std::function<void()>;

// An event of the role, why the shard can't go on, or an answer.
using FromShard = std::variant<teredo::Event, Error, Reply>;

// The shard's end of its mailbox, for its thread alone.
class ShardMessages {
  public:
    explicit ShardMessages(std::unique_ptr<io::Mailbox<FromShard>> mailbox)
        : mailbox_{std::move(mailbox)} {}

    // The control thread's end.
    [[nodiscard]] io::Mailbox<FromShard>& mailbox() { return *mailbox_; }

    // Goes with the next deliver(). The number of those that wait is bounded by that of the
    // questions.
    void reply(Reply reply) { replies_.push_back(std::move(reply)); }
    // Ends the program, so that those after the first are of no account.
    void fail(const Error& error);
    // What finds the mailbox full stays pending and is tried again with the next turn.
    void deliver(PendingEvents& pending);

  private:
    // Tells it, and forgets it when that is done.
    template <typename Message>
    void deliver(std::optional<Message>& message);

    std::unique_ptr<io::Mailbox<FromShard>> mailbox_;
    std::optional<Error> failure_;
    std::deque<Reply> replies_;
};

}  // namespace miredo::daemon
