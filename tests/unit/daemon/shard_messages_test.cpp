// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/shard_messages.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

constexpr std::size_t kSmall = 2;

struct ShardMessagesTest : testing::Test {
    static std::unique_ptr<io::Mailbox<FromShard>> make_mailbox() {
        auto made = io::Mailbox<FromShard>::create(kSmall);
        EXPECT_TRUE(made);
        return std::move(*made);
    }
    // What the control thread takes now, as words.
    std::vector<std::string> take() {
        std::vector<std::string> taken;
        messages.mailbox().drain([&](const FromShard& message) {
            if (const auto* error = std::get_if<Error>(&message)) {
                taken.push_back(error->what);
            } else {
                taken.emplace_back(std::holds_alternative<Reply>(message) ? "reply" : "event");
            }
        });
        return taken;
    }
    void fill() {
        messages.reply([] {});
        messages.reply([] {});
        messages.deliver(pending);
    }

    ShardMessages messages{make_mailbox()};
    PendingEvents pending;
};

using Words = std::vector<std::string>;

TEST_F(ShardMessagesTest, delivers_events_once) {
    pending.nat_type = teredo::NatTypeLearnt{};
    pending.server_name_needed = true;
    messages.deliver(pending);
    EXPECT_EQ(take(), (Words{"event", "event"}));
    EXPECT_FALSE(pending.nat_type);
    EXPECT_FALSE(pending.server_name_needed);
    messages.deliver(pending);
    EXPECT_EQ(take(), Words{});
}

TEST_F(ShardMessagesTest, keeps_what_finds_the_mailbox_full) {
    fill();
    pending.nat_type = teredo::NatTypeLearnt{};
    messages.reply([] {});
    messages.deliver(pending);
    EXPECT_TRUE(pending.nat_type);
    EXPECT_EQ(take(), (Words{"reply", "reply"}));
    messages.deliver(pending);
    EXPECT_EQ(take(), (Words{"event", "reply"}));
}

TEST_F(ShardMessagesTest, tells_a_failure_at_once_and_once) {
    messages.fail(Error{"failed", {}, 0, {}});
    EXPECT_EQ(take(), Words{"failed"});
    messages.deliver(pending);
    EXPECT_EQ(take(), Words{});
}

TEST_F(ShardMessagesTest, keeps_the_first_failure_that_finds_the_mailbox_full) {
    fill();
    messages.fail(Error{"first", {}, 0, {}});
    messages.fail(Error{"second", {}, 0, {}});
    EXPECT_EQ(take(), (Words{"reply", "reply"}));
    messages.deliver(pending);
    EXPECT_EQ(take(), Words{"first"});
}

}  // namespace
}  // namespace miredo::daemon
