// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/unique_fd.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

int make_fd() {
    return ::eventfd(0, EFD_CLOEXEC);
}
bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(UniqueFd, ClosesAtTheEndOfItsScope) {
    const int fd = make_fd();
    {
        const UniqueFd owner{fd};
        EXPECT_TRUE(is_open(fd));
    }
    EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, MoveLeavesOneOwner) {
    UniqueFd first{make_fd()};
    const int fd = first.get();
    const UniqueFd second{std::move(first)};
    EXPECT_EQ(second.get(), fd);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what a move leaves is the test
    EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, AssignmentClosesTheOldOne) {
    UniqueFd owner{make_fd()};
    const int old = owner.get();
    UniqueFd other{make_fd()};
    const int fd = other.get();
    owner = std::move(other);
    EXPECT_FALSE(is_open(old));
    EXPECT_EQ(owner.get(), fd);
    EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, ReleaseGivesUpOwnership) {
    UniqueFd owner{make_fd()};
    const UniqueFd next{owner.release()};
    EXPECT_FALSE(owner);
    EXPECT_TRUE(is_open(next.get()));
}

}  // namespace
}  // namespace miredo::io
