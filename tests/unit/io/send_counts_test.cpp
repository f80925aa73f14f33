// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/send_counts.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

struct ErrorCase {
    int error_number;
    std::uint64_t SendCounts::*counter;
};

// The kernel's reasons, as found by trying each of them.
TEST(SendCounts, ClassifiesEveryErrorOfTheSendPath) {
    for (const ErrorCase& each : {ErrorCase{EAGAIN, &SendCounts::no_buffer},
                                  ErrorCase{ENOBUFS, &SendCounts::no_buffer},
                                  ErrorCase{ENOMEM, &SendCounts::no_buffer},
                                  ErrorCase{ENETUNREACH, &SendCounts::unreachable},
                                  ErrorCase{EHOSTUNREACH, &SendCounts::unreachable},
                                  ErrorCase{ECONNREFUSED, &SendCounts::unreachable},
                                  ErrorCase{ENETDOWN, &SendCounts::unreachable},
                                  ErrorCase{EADDRNOTAVAIL, &SendCounts::unreachable},
                                  ErrorCase{EIO, &SendCounts::unreachable},
                                  ErrorCase{EPERM, &SendCounts::forbidden},
                                  ErrorCase{EACCES, &SendCounts::forbidden},
                                  ErrorCase{EMSGSIZE, &SendCounts::too_big},
                                  ErrorCase{EINVAL, &SendCounts::refused},
                                  ErrorCase{EBADFD, &SendCounts::refused}}) {
        SendCounts counts;
        counts.count_error(each.error_number);
        EXPECT_EQ(counts.*each.counter, 1U) << each.error_number;
        EXPECT_EQ(counts.not_sent(), 1U) << each.error_number;
        EXPECT_EQ(counts.last_error, each.error_number);
    }
}

TEST(SendCounts, AddsUp) {
    SendCounts total;
    total.count_error(EPERM, 3);
    SendCounts more;
    more.sent = 2;
    more.bytes = 100;
    total += more;
    EXPECT_EQ(total.sent, 2U);
    EXPECT_EQ(total.bytes, 100U);
    EXPECT_EQ(total.forbidden, 3U);
    EXPECT_EQ(total.last_error, EPERM);
}

}  // namespace
}  // namespace miredo::io
