// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log_thread.hpp"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/message_ids.hpp"
#include "log_capture.hpp"

namespace miredo::daemon {
namespace {

using testing::ElementsAre;

LogRecord line(const std::string& text) {
    return {Level::kInfo, {}, {}, text, {}, {}};
}

class LogThreadTest : public testing::Test {
  protected:
    void start(std::size_t capacity) {
        auto thread = LogThread::start(target_, capacity);
        ASSERT_TRUE(thread) << thread.error().to_string();
        thread_ = std::move(*thread);
    }

    std::shared_ptr<CapturingTarget> target_ = std::make_shared<CapturingTarget>();
    std::unique_ptr<LogThread> thread_;
};

TEST_F(LogThreadTest, writes_all_lines_in_order_before_it_stops) {
    start(LogThread::kCapacity);
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < LogThread::kCapacity; ++i) {
        expected.push_back(std::to_string(i));
        thread_->put(line(expected.back()));
    }
    EXPECT_EQ(thread_->stop(), target_);
    EXPECT_EQ(target_->lines(), expected);
}

TEST_F(LogThreadTest, stops_when_nothing_was_said) {
    start(4);
    EXPECT_EQ(thread_->stop(), target_);
    EXPECT_TRUE(target_->lines().empty());
}

TEST_F(LogThreadTest, counts_what_a_full_ring_drops_and_says_so) {
    start(3);
    target_->hold();
    thread_->put(line("being written"));
    target_->wait_until_writing();
    for (int i = 0; i < 10; ++i) {
        thread_->put(line(std::to_string(i)));
    }
    target_->release();
    (void)thread_->stop();
    EXPECT_THAT(target_->lines(), ElementsAre("being written", "0", "1", "2", "7 log lines lost"));
    const LogRecord last = target_->records().back();
    EXPECT_EQ(last.message_id, message::kLinesLost.id);
    EXPECT_EQ(last.level, Level::kWarning);
    EXPECT_THAT(last.fields, ElementsAre(Field{"MIREDO_LOST", "7"}));
}

TEST_F(LogThreadTest, tells_of_lost_lines_once_and_goes_on) {
    start(1);
    target_->hold();
    thread_->put(line("first"));
    target_->wait_until_writing();
    thread_->put(line("second"));
    thread_->put(line("lost"));
    target_->release();
    target_->wait_for_lines(3);
    thread_->put(line("next"));
    (void)thread_->stop();
    EXPECT_THAT(target_->lines(), ElementsAre("first", "second", "1 log lines lost", "next"));
}

TEST_F(LogThreadTest, switches_between_two_lines) {
    start(8);
    const auto next = std::make_shared<CapturingTarget>();
    thread_->put(line("before"));
    EXPECT_TRUE(thread_->switch_to(next));
    thread_->put(line("after"));
    EXPECT_EQ(thread_->stop(), next);
    EXPECT_THAT(target_->lines(), ElementsAre("before"));
    EXPECT_THAT(next->lines(), ElementsAre("(takes over)", "after"));
}

TEST_F(LogThreadTest, keeps_its_target_when_the_ring_is_full) {
    start(1);
    target_->hold();
    thread_->put(line("being written"));
    target_->wait_until_writing();
    thread_->put(line("waiting"));
    EXPECT_FALSE(thread_->switch_to(std::make_shared<CapturingTarget>()));
    target_->release();
    EXPECT_EQ(thread_->stop(), target_);
}

TEST_F(LogThreadTest, does_not_wait_for_ever_for_a_target_that_hangs) {
    start(4);
    target_->hold();
    thread_->put(line("never written in time"));
    EXPECT_EQ(thread_->stop(std::chrono::milliseconds{20}), nullptr);
    thread_.reset();
    target_->release();  // the thread that stayed behind ends by itself
}

}  // namespace
}  // namespace miredo::daemon
