// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/context.hpp"

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_broker.hpp"
#include "log_capture.hpp"

namespace miredo::daemon {
namespace {

const Error no_device{"can't open the device", "/dev/net/tun", ENODEV, "Load the module tun"};

class RetryTimerTest : public testing::Test {
  protected:
    RetryTimerTest() {
        context_.fail = [](const Error& error, ExitCode) { FAIL() << error.what; };
    }

    std::shared_ptr<CapturingTarget> target_ = std::make_shared<CapturingTarget>();
    Log log_{target_};
    std::unique_ptr<ControlLoop> loop_ = *ControlLoop::create();
    FakeBroker broker_;
    Names names_{*loop_};
    netlink::NetlinkSocket netlink_ = *netlink::NetlinkSocket::open();
    Context context_{log_, *loop_, broker_.client(), names_, netlink_, {}, {}, {}};
    RetryTimer timer_{context_, [this] { loop_->exit(0); }};
};

TEST_F(RetryTimerTest, says_what_went_wrong_with_its_errno) {
    timer_.wait("client", no_device);
    const LogRecord said = target_->records().at(0);
    EXPECT_EQ(said.message_id, message::kTryingAgain.id);
    EXPECT_THAT(said.text, testing::EndsWith("; trying again in 1 s"));
    EXPECT_THAT(said.fields,
                testing::UnorderedElementsAre(Field{"MIREDO_RETRY_SEC", "1"},
                                              Field{"ERRNO", std::to_string(ENODEV)}));
}

TEST_F(RetryTimerTest, takes_kind_and_fields_of_what_it_waits_for) {
    timer_.wait("client", no_device, message::kNameNotResolved, {{"MIREDO_SERVER", "a.example"}});
    const LogRecord said = target_->records().at(0);
    EXPECT_EQ(said.message_id, message::kNameNotResolved.id);
    EXPECT_THAT(said.fields, testing::Contains(Field{"MIREDO_SERVER", "a.example"}));
    EXPECT_THAT(said.fields, testing::Contains(Field{"MIREDO_RETRY_SEC", "1"}));
}

TEST_F(RetryTimerTest, waits_longer_each_time_up_to_half_a_minute) {
    for (const std::string_view delay : {"1", "2", "4", "8", "16", "30", "30"}) {
        timer_.wait("client", no_device);
        EXPECT_THAT(target_->records().back().fields,
                    testing::Contains(Field{"MIREDO_RETRY_SEC", std::string{delay}}));
    }
    timer_.reset();
    timer_.wait("client", no_device);
    EXPECT_THAT(target_->records().back().fields,
                testing::Contains(Field{"MIREDO_RETRY_SEC", "1"}));
}

}  // namespace
}  // namespace miredo::daemon
