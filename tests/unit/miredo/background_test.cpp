// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/background.hpp"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace miredo {
namespace {

// The exit status of a program that goes to the background and then does `rest`.
template <typename Rest>
int status_seen_by_the_caller(Rest rest) {
    const pid_t program = ::fork();
    if (program == 0) {
        auto background = Background::enter();
        if (!background) {
            ::_exit(100);
        }
        rest(*background);
        ::_exit(101);
    }
    int status = 0;
    ::waitpid(program, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST(Background, lets_the_caller_go_when_ready) {
    EXPECT_EQ(status_seen_by_the_caller([](Background& background) { background.ready(); }), 0);
}

TEST(Background, passes_on_the_exit_status_of_a_failed_start) {
    EXPECT_EQ(status_seen_by_the_caller([](Background&) { ::_exit(69); }), 69);
}

TEST(Background, makes_success_before_ready_a_failure) {
    EXPECT_EQ(status_seen_by_the_caller([](Background&) { ::_exit(0); }), 1);
}

TEST(Background, makes_a_crash_before_ready_a_failure) {
    EXPECT_EQ(status_seen_by_the_caller([](Background&) { (void)::raise(SIGKILL); }), 1);
}

}  // namespace
}  // namespace miredo
