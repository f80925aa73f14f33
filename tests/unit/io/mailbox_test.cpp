// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/mailbox.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

bool readable(int fd, int timeout_ms = 0) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) == 1;
}

TEST(Mailbox, KeepsTheOrder) {
    const auto box = Mailbox<std::string>::create(4).value().release();
    const std::unique_ptr<Mailbox<std::string>> owner{box};
    EXPECT_TRUE(box->try_push("first"));
    EXPECT_TRUE(box->try_push("second"));
    std::vector<std::string> taken;
    EXPECT_EQ(box->drain([&](std::string&& item) { taken.push_back(std::move(item)); }), 2U);
    EXPECT_EQ(taken, (std::vector<std::string>{"first", "second"}));
}

TEST(Mailbox, RefusesWhenFullAndTakesAgainAfterADrain) {
    auto box = Mailbox<int>::create(2);
    ASSERT_TRUE(box);
    EXPECT_TRUE((*box)->try_push(1));
    EXPECT_TRUE((*box)->try_push(2));
    EXPECT_FALSE((*box)->try_push(3));
    int sum = 0;
    (*box)->drain([&](int item) { sum += item; });
    EXPECT_EQ(sum, 3);
    EXPECT_TRUE((*box)->try_push(4));
}

TEST(Mailbox, IsReadableExactlyWhileThereIsSomething) {
    auto box = Mailbox<int>::create(8);
    ASSERT_TRUE(box);
    EXPECT_FALSE(readable((*box)->fd()));
    EXPECT_TRUE((*box)->try_push(1));
    EXPECT_TRUE((*box)->try_push(2));
    EXPECT_TRUE(readable((*box)->fd()));
    (*box)->drain([](int) {});
    EXPECT_FALSE(readable((*box)->fd()));
    EXPECT_EQ((*box)->drain([](int) {}), 0U);
}

TEST(Mailbox, WhatIsPushedWhileDrainingWakesAgain) {
    auto box = Mailbox<int>::create(8);
    ASSERT_TRUE(box);
    EXPECT_TRUE((*box)->try_push(1));
    EXPECT_EQ((*box)->drain([&](int item) { EXPECT_TRUE((*box)->try_push(item + 1)); }), 1U);
    EXPECT_TRUE(readable((*box)->fd()));
    int last = 0;
    (*box)->drain([&](int item) { last = item; });
    EXPECT_EQ(last, 2);
}

void push_all(Mailbox<int>& box, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        while (!box.try_push(i)) {
            std::this_thread::yield();
        }
    }
}

TEST(Mailbox, LosesNothingBetweenThreads) {
    constexpr int kSenders = 4;
    constexpr int kEach = 2000;
    auto box = Mailbox<int>::create(16);
    ASSERT_TRUE(box);
    std::vector<std::thread> senders;
    senders.reserve(kSenders);
    for (int sender = 0; sender < kSenders; ++sender) {
        senders.emplace_back([&box, sender] { push_all(**box, sender * kEach, kEach); });
    }
    std::vector<int> seen(std::size_t{kSenders} * kEach, 0);
    std::size_t count = 0;
    while (count < seen.size() && readable((*box)->fd(), 10'000)) {
        count += (*box)->drain([&](int item) { ++seen[static_cast<std::size_t>(item)]; });
    }
    for (std::thread& sender : senders) {
        sender.join();
    }
    EXPECT_EQ(seen, std::vector<int>(seen.size(), 1));
}

}  // namespace
}  // namespace miredo::io
