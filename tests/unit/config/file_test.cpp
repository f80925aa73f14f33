// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/file.hpp"

#include <cerrno>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "temporary_file.hpp"

namespace miredo::config {
namespace {

using tests::TemporaryDirectory;

TEST(ReadFile, GivesTheContentByteForByte) {
    const TemporaryDirectory directory;
    const std::string text{"a\0b\r\n\xFF", 6};
    const Expected<std::string> read = read_file(directory.write("a.conf", text));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, text);
}

TEST(ReadFile, ReadsAnEmptyFileAndDevNull) {
    const TemporaryDirectory directory;
    EXPECT_EQ(*read_file(directory.write("a.conf", "")), "");
    EXPECT_EQ(*read_file("/dev/null"), "");
}

TEST(ReadFile, TakesOneMebibyteAndNotAByteMore) {
    const TemporaryDirectory directory;
    std::string text(kMaxFileSize, '#');
    EXPECT_TRUE(read_file(directory.write("a.conf", text)));
    text += '#';
    const Expected<std::string> read = read_file(directory.write("b.conf", text));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().where, directory.file("b.conf"));
    EXPECT_NE(read.error().what.find("1 MiB"), std::string::npos);
}

TEST(ReadFile, RefusesAnEndlessDevice) {
    EXPECT_FALSE(read_file("/dev/zero"));
}

TEST(ReadFile, NamesWhatIsMissing) {
    const TemporaryDirectory directory;
    const Expected<std::string> read = read_file(directory.file("none.conf"));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().error_number, ENOENT);
    EXPECT_EQ(read.error().where, directory.file("none.conf"));
}

TEST(ReadFile, RefusesADirectory) {
    const TemporaryDirectory directory;
    const Expected<std::string> read = read_file(directory.file("."));
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().what.find("directory"), std::string::npos);
}

TEST(ReadFile, RefusesALoopOfLinks) {
    const TemporaryDirectory directory;
    std::filesystem::create_symlink(directory.file("b"), directory.file("a"));
    std::filesystem::create_symlink(directory.file("a"), directory.file("b"));
    const Expected<std::string> read = read_file(directory.file("a"));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().error_number, ELOOP);
}

TEST(ReadFile, RefusesAPipeWithoutWaitingForAWriter) {
    const TemporaryDirectory directory;
    ASSERT_EQ(mkfifo(directory.file("pipe").c_str(), 0600), 0);
    const Expected<std::string> read = read_file(directory.file("pipe"));
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().what.find("regular file"), std::string::npos);
}

// Root may read everything, so it becomes somebody else for a moment.
TEST(ReadFile, SaysThatItMayNotRead) {
    constexpr uid_t kNobody = 65534;
    const TemporaryDirectory directory;
    const std::string path = directory.write("a.conf", "x");
    ASSERT_EQ(chmod(directory.file(".").c_str(), 0755), 0);
    ASSERT_EQ(chmod(path.c_str(), 0), 0);
    const uid_t user = geteuid();
    if (user == 0) {
        ASSERT_EQ(seteuid(kNobody), 0);
    }
    const Expected<std::string> read = read_file(path);
    ASSERT_EQ(seteuid(user), 0);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().error_number, EACCES);
}

TEST(ReadFile, RefusesAPathWithANulByte) {
    EXPECT_FALSE(read_file(std::string{"/dev/null\0x", 11}));
}

}  // namespace
}  // namespace miredo::config
