// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/event_loop.hpp"

#include <cerrno>
#include <thread>
#include <vector>

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <gtest/gtest.h>

#include "io/boottime_clock.hpp"

namespace miredo::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EventLoopTest : public ::testing::Test {
  protected:
    // Runs the loop until `done`, at most ten seconds.
    template <typename Condition>
    bool run_until(Condition done) {
        const Instant limit = boottime_now() + seconds{10};
        while (!done() && boottime_now() < limit) {
            EXPECT_TRUE(loop_->run_once(milliseconds{100}));
        }
        return done();
    }

    std::unique_ptr<EventLoop> loop_ = EventLoop::create().value();
    UniqueFd first_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    UniqueFd second_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

TEST_F(EventLoopTest, CallsTheHandlerOfAReadableDescriptor) {
    std::vector<std::uint32_t> events;
    ASSERT_TRUE(loop_->add(first_.get(), EPOLLIN, [&](std::uint32_t bits) {
        events.push_back(bits);
        eventfd_t value = 0;
        EXPECT_EQ(::eventfd_read(first_.get(), &value), 0);
    }));
    EXPECT_FALSE(loop_->run_once(milliseconds{0}).value());
    ASSERT_EQ(::eventfd_write(first_.get(), 1), 0);
    EXPECT_TRUE(loop_->run_once(seconds{10}).value());
    EXPECT_EQ(events, std::vector<std::uint32_t>{EPOLLIN});
    EXPECT_FALSE(loop_->run_once(milliseconds{0}).value());
}

TEST_F(EventLoopTest, ModifyChangesWhatIsWaitedFor) {
    int calls = 0;
    ASSERT_TRUE(loop_->add(first_.get(), EPOLLIN, [&](std::uint32_t) { ++calls; }));
    ASSERT_TRUE(loop_->modify(first_.get(), EPOLLIN | EPOLLOUT));  // an eventfd is writable
    EXPECT_TRUE(loop_->run_once(seconds{10}).value());
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(loop_->modify(second_.get(), EPOLLIN));
}

TEST_F(EventLoopTest, RefusesABadDescriptor) {
    const auto added = loop_->add(-1, EPOLLIN, [](std::uint32_t) {});
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().error_number, EBADF);
}

// Both are ready in the same turn; whichever runs first takes the other away.
TEST_F(EventLoopTest, ARemovedHandlerIsNotCalledEvenForAFetchedEvent) {
    int calls = 0;
    ASSERT_TRUE(loop_->add(first_.get(), EPOLLIN, [&](std::uint32_t) {
        ++calls;
        loop_->remove(second_.get());
    }));
    ASSERT_TRUE(loop_->add(second_.get(), EPOLLIN, [&](std::uint32_t) {
        ++calls;
        loop_->remove(first_.get());
    }));
    ASSERT_EQ(::eventfd_write(first_.get(), 1), 0);
    ASSERT_EQ(::eventfd_write(second_.get(), 1), 0);
    EXPECT_TRUE(loop_->run_once(seconds{10}).value());
    EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, AHandlerMayRemoveItselfAndAddOthers) {
    std::vector<int> order;
    const std::vector<int> captured(100, 7);  // makes the handler's state live on the heap
    ASSERT_TRUE(loop_->add(first_.get(), EPOLLIN, [&, captured](std::uint32_t) {
        loop_->remove(first_.get());
        EXPECT_TRUE(
            loop_->add(second_.get(), EPOLLOUT, [&](std::uint32_t) { order.push_back(2); }));
        order.push_back(captured[99]);
    }));
    ASSERT_EQ(::eventfd_write(first_.get(), 1), 0);
    EXPECT_TRUE(run_until([&] { return order.size() >= 2; }));
    EXPECT_EQ(order[0], 7);
    EXPECT_EQ(order[1], 2);
}

TEST_F(EventLoopTest, FiresTheDeadlineOnceAndNotBefore) {
    const Instant deadline = boottime_now() + milliseconds{20};
    std::vector<Instant> fired;
    loop_->set_deadline_handler([&] { fired.push_back(boottime_now()); });
    loop_->set_deadline(deadline);
    ASSERT_TRUE(run_until([&] { return !fired.empty(); }));
    EXPECT_GE(fired[0], deadline);
    EXPECT_FALSE(loop_->run_once(milliseconds{30}).value());
    EXPECT_EQ(fired.size(), 1U);
}

TEST_F(EventLoopTest, ADeadlineInThePastFiresAtOnce) {
    for (const Instant past : {Instant::min(), Instant{}, boottime_now()}) {
        bool fired = false;
        loop_->set_deadline_handler([&] { fired = true; });
        loop_->set_deadline(past);
        EXPECT_TRUE(run_until([&] { return fired; }));
    }
}

TEST_F(EventLoopTest, ALaterDeadlineReplacesAnEarlierOne) {
    Instant fired{};
    loop_->set_deadline_handler([&] { fired = boottime_now(); });
    loop_->set_deadline(boottime_now() + milliseconds{5});
    const Instant later = boottime_now() + milliseconds{60};
    loop_->set_deadline(later);
    ASSERT_TRUE(run_until([&] { return fired != Instant{}; }));
    EXPECT_GE(fired, later);
}

TEST_F(EventLoopTest, AnEarlierDeadlineReplacesALaterOne) {
    bool fired = false;
    loop_->set_deadline_handler([&] { fired = true; });
    loop_->set_deadline(Instant::max());
    loop_->set_deadline(boottime_now() + milliseconds{5});
    EXPECT_TRUE(run_until([&] { return fired; }));
}

TEST_F(EventLoopTest, AWithdrawnDeadlineDoesNotFire) {
    bool fired = false;
    loop_->set_deadline_handler([&] { fired = true; });
    loop_->set_deadline(boottime_now() + milliseconds{5});
    loop_->set_deadline(std::nullopt);
    EXPECT_FALSE(loop_->run_once(milliseconds{40}).value());
    EXPECT_FALSE(loop_->run_once(milliseconds{0}).value());
    EXPECT_FALSE(fired);
}

TEST_F(EventLoopTest, TheDeadlineHandlerMaySetTheNextOne) {
    int fired = 0;
    loop_->set_deadline_handler([&] {
        if (++fired < 3) {
            loop_->set_deadline(boottime_now() + milliseconds{1});
        }
    });
    loop_->set_deadline(boottime_now());
    EXPECT_TRUE(run_until([&] { return fired == 3; }));
}

TEST_F(EventLoopTest, StopsFromAnotherThreadAndRunsAgain) {
    for (int round = 0; round < 2; ++round) {
        std::thread other{[&] { loop_->stop(); }};
        EXPECT_TRUE(loop_->run());
        other.join();
    }
}

TEST_F(EventLoopTest, AStopBeforeTheRunIsNotLost) {
    loop_->stop();
    EXPECT_TRUE(loop_->run());
}

}  // namespace
}  // namespace miredo::io
