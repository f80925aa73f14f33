// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log.hpp"

#include <cerrno>
#include <memory>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/message_ids.hpp"
#include "log_capture.hpp"

namespace miredo::daemon {
namespace {

using testing::ElementsAre;

class LogTest : public testing::Test {
  protected:
    [[nodiscard]] LogRecord last() const { return target_->records().back(); }

    std::shared_ptr<CapturingTarget> target_ = std::make_shared<CapturingTarget>();
    Log log_{target_};
};

TEST_F(LogTest, writes_at_once_before_its_thread_is_started) {
    log_.info("client", "started on {}", 3544);
    EXPECT_THAT(target_->lines(), ElementsAre("client: started on 3544"));
}

TEST_F(LogTest, writes_everything_when_it_ends) {
    {
        Log log{target_};
        ASSERT_TRUE(log.start());
        log.info({}, "one");
        log.info({}, "two");
    }
    EXPECT_THAT(target_->lines(), ElementsAre("one", "two"));
}

TEST_F(LogTest, goes_on_without_a_thread_after_stop) {
    ASSERT_TRUE(log_.start());
    log_.info({}, "one");
    log_.stop();
    log_.info({}, "two");
    EXPECT_THAT(target_->lines(), ElementsAre("one", "two"));
}

TEST_F(LogTest, switches_targets_with_and_without_its_thread) {
    const auto second = std::make_shared<CapturingTarget>();
    const auto third = std::make_shared<CapturingTarget>();
    log_.switch_to(second);
    log_.info({}, "two");
    ASSERT_TRUE(log_.start());
    log_.switch_to(third);
    log_.info({}, "three");
    log_.stop();
    EXPECT_TRUE(target_->lines().empty());
    EXPECT_THAT(second->lines(), ElementsAre("(takes over)", "two"));
    EXPECT_THAT(third->lines(), ElementsAre("(takes over)", "three"));
}

TEST_F(LogTest, an_event_has_its_kind_and_its_fields) {
    log_.event(message::kAddressLost, "client", {{"MIREDO_ADDRESS", "2001::1"}}, "address lost");
    EXPECT_EQ(last().message_id, message::kAddressLost.id);
    EXPECT_EQ(last().level, Level::kWarning);
    EXPECT_EQ(text_of(last()), "client: address lost");
    EXPECT_THAT(last().fields, ElementsAre(Field{"MIREDO_ADDRESS", "2001::1"}));
}

TEST_F(LogTest, an_event_can_be_louder_than_its_kind) {
    log_.event(message::kStateChanged.at(Level::kWarning), "client", {}, "degraded");
    EXPECT_EQ(last().message_id, message::kStateChanged.id);
    EXPECT_EQ(last().level, Level::kWarning);
}

TEST_F(LogTest, errors_carry_their_number) {
    const Error error{"cannot open", "/dev/net/tun", ENOENT, "Load the module tun"};
    log_.error("client", error);
    EXPECT_EQ(text_of(last()), "client: " + error.to_string());
    EXPECT_EQ(last().level, Level::kError);
    EXPECT_TRUE(last().message_id.empty());
    EXPECT_THAT(last().fields, ElementsAre(Field{"ERRNO", "2"}));

    log_.event(message::kCannotGoOn, {}, {{"INTERFACE", "teredo"}}, error);
    EXPECT_EQ(text_of(last()), error.to_string());
    EXPECT_THAT(last().fields, ElementsAre(Field{"INTERFACE", "teredo"}, Field{"ERRNO", "2"}));
}

TEST_F(LogTest, each_way_to_speak_tells_its_place) {
    const auto expect_place = [this](int line) {
        EXPECT_TRUE(std::string_view{last().where.file}.ends_with("log_test.cpp"))
            << last().where.file;
        EXPECT_EQ(last().where.line, line);
    };
    log_.info({}, "{}", 1), expect_place(__LINE__);
    log_.warning({}, "two"), expect_place(__LINE__);
    log_.error({}, Error{}), expect_place(__LINE__);
    log_.write(Level::kInfo, {}, "four"), expect_place(__LINE__);
    log_.event(message::kStarted, {}, {}, "five"), expect_place(__LINE__);
    log_.event(message::kCannotGoOn, {}, {}, Error{}), expect_place(__LINE__);
}

}  // namespace
}  // namespace miredo::daemon
