// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/control_loop.hpp"

#include <csignal>

#include <sys/eventfd.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "child.hpp"
#include "io/unique_fd.hpp"

namespace miredo::daemon {
namespace {

TEST(ControlLoop, calls_back_for_a_timer_that_is_set_again) {
    auto loop = ControlLoop::create();
    ASSERT_TRUE(loop);
    int calls = 0;
    Expected<ControlLoop::Timer> timer = (*loop)->add_timer([&] {
        if (++calls == 3) {
            (*loop)->exit(7);
        } else {
            timer->set(std::chrono::milliseconds{1});
        }
    });
    ASSERT_TRUE(timer);
    timer->set({});
    EXPECT_EQ((*loop)->run(), 7);
    EXPECT_EQ(calls, 3);
}

TEST(ControlLoop, calls_back_for_a_descriptor) {
    auto loop = ControlLoop::create();
    ASSERT_TRUE(loop);
    const io::UniqueFd event{::eventfd(1, EFD_CLOEXEC)};
    ASSERT_TRUE((*loop)->on_readable(event.get(), [&] { (*loop)->exit(5); }));
    EXPECT_EQ((*loop)->run(), 5);
}

TEST(ControlLoop, takes_signals_and_ignores_the_users) {
    EXPECT_EQ(in_child([] {
                  block_signals();
                  auto loop = ControlLoop::create();
                  if (!loop || !(*loop)->on_signal(SIGTERM, [&] { (*loop)->exit(9); })) {
                      return 1;
                  }
                  ::kill(::getpid(), SIGUSR1);
                  ::kill(::getpid(), SIGUSR2);
                  ::kill(::getpid(), SIGTERM);
                  return (*loop)->run();
              }),
              9);
}

}  // namespace
}  // namespace miredo::daemon
