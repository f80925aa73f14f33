// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/event_queue.hpp"

#include <string>

#include <gtest/gtest.h>

namespace miredo::sim {
namespace {

using std::chrono::seconds;

constexpr Instant at(int second) {
    return Instant{seconds{second}};
}

TEST(EventQueue, IsEmptyAtFirst) {
    const EventQueue queue;
    EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(EventQueue, RunsInOrderOfTime) {
    EventQueue queue;
    std::string order;
    queue.schedule(at(3), [&] { order += 'c'; });
    queue.schedule(at(1), [&] { order += 'a'; });
    queue.schedule(at(2), [&] { order += 'b'; });
    EXPECT_EQ(queue.next(), at(1));
    while (queue.next()) {
        queue.run_next();
    }
    EXPECT_EQ(order, "abc");
}

TEST(EventQueue, RunsSimultaneousEventsInTheOrderTheyWereScheduled) {
    EventQueue queue;
    std::string order;
    for (char c = 'a'; c <= 'z'; ++c) {
        queue.schedule(at(1), [&order, c] { order += c; });
    }
    while (queue.next()) {
        queue.run_next();
    }
    EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
}

TEST(EventQueue, AnEventMaySchedule) {
    EventQueue queue;
    std::string order;
    queue.schedule(at(1), [&] {
        order += 'a';
        queue.schedule(at(1), [&] { order += 'c'; });
    });
    queue.schedule(at(1), [&] { order += 'b'; });
    while (queue.next()) {
        queue.run_next();
    }
    EXPECT_EQ(order, "abc");
}

}  // namespace
}  // namespace miredo::sim
