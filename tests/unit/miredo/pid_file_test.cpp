// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/pid_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace miredo {
namespace {

struct PidFileTest : testing::Test {
    void SetUp() override {
        std::string pattern = testing::TempDir() + "miredo-pid-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory = pattern;
        path = directory + "/miredo.pid";
    }
    void TearDown() override {
        (void)::unlink(path.c_str());
        (void)::rmdir(directory.c_str());
    }
    std::string content() const {
        std::ifstream file{path};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    bool exists() const { return ::access(path.c_str(), F_OK) == 0; }

    std::string directory;
    std::string path;
};

TEST_F(PidFileTest, holds_the_pid_without_a_newline_and_is_removed) {
    {
        const auto file = PidFile::create(path);
        ASSERT_TRUE(file);
        ASSERT_TRUE(file->write());
        EXPECT_EQ(content(), std::to_string(::getpid()));
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0133U, 0U);
    }
    EXPECT_FALSE(exists());
}

TEST_F(PidFileTest, takes_over_a_stale_one) {
    std::ofstream{path} << "123456789012";
    const auto file = PidFile::create(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write());
    EXPECT_EQ(content(), std::to_string(::getpid()));
}

TEST_F(PidFileTest, tells_a_second_instance_apart) {
    const auto first = PidFile::create(path);
    ASSERT_TRUE(first);
    ASSERT_TRUE(first->write());
    const auto second = PidFile::create(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().error_number, EAGAIN);
    EXPECT_EQ(second.error().where, path);
    EXPECT_EQ(content(), std::to_string(::getpid()));
}

TEST_F(PidFileTest, does_not_follow_a_link) {
    const std::string target = directory + "/target";
    ASSERT_EQ(::symlink(target.c_str(), path.c_str()), 0);
    const auto file = PidFile::create(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().error_number, ELOOP);
    EXPECT_NE(::access(target.c_str(), F_OK), 0);
}

TEST_F(PidFileTest, names_a_path_that_cannot_be) {
    const auto file = PidFile::create(directory + "/missing/miredo.pid");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().error_number, ENOENT);
}

}  // namespace
}  // namespace miredo
