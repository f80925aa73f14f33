// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/thread.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

sigset_t mask() {
    sigset_t result;
    (void)::pthread_sigmask(SIG_SETMASK, nullptr, &result);
    return result;
}

TEST(StartThread, blocks_signals_in_the_new_thread_alone) {
    const sigset_t before = mask();
    sigset_t inside{};
    auto thread = start_thread("the test's", [&] { inside = mask(); });
    ASSERT_TRUE(thread);
    thread->join();
    const sigset_t after = mask();
    for (const int signal_number : {SIGTERM, SIGHUP, SIGINT}) {
        EXPECT_EQ(sigismember(&inside, signal_number), 1) << signal_number;
        EXPECT_EQ(sigismember(&after, signal_number), sigismember(&before, signal_number));
    }
}

}  // namespace
}  // namespace miredo::io
