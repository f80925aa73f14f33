// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The native targets have fixed paths: they are tried in a child with a file system view of its
// own, behind the daemon's system call filter.
#include "daemon/log_target.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "child.hpp"
#include "daemon/log.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/sandbox.hpp"

namespace miredo::daemon {
namespace {

struct Pipe {
    io::UniqueFd reading;
    io::UniqueFd writing;

    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
            reading.reset(ends[0]);
            writing.reset(ends[1]);
        }
    }

    [[nodiscard]] std::string read() const {
        std::array<char, 4096> buffer{};
        const ssize_t count = ::read(reading.get(), buffer.data(), buffer.size());
        return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
};

std::string journal_stream_of(int descriptor) {
    struct stat status {};
    (void)::fstat(descriptor, &status);
    return fmt::format("{}:{}", status.st_dev, status.st_ino);
}

LogRecord two_lines() {
    return {Level::kWarning, {}, "client", "two\nlines", {}, {}};
}

TEST(TextTarget, writes_the_line_as_it_is) {
    const Pipe pipe;
    TextTarget{pipe.writing.get(), TextTarget::Prefix::kNone}.write(two_lines());
    EXPECT_EQ(pipe.read(), "client: two\nlines\n");
}

TEST(TextTarget, can_prefix_the_priority) {
    const Pipe pipe;
    TextTarget{pipe.writing.get(), TextTarget::Prefix::kLevel}.write(two_lines());
    EXPECT_EQ(pipe.read(), "<4>client: two\nlines\n");
}

TEST(IsJournalStream, believes_what_names_the_descriptor_only) {
    const Pipe pipe;
    const Pipe other;
    const std::string stream = journal_stream_of(pipe.writing.get());
    EXPECT_TRUE(is_journal_stream(stream.c_str(), pipe.writing.get()));
    EXPECT_FALSE(is_journal_stream(stream.c_str(), other.writing.get()));
    EXPECT_FALSE(is_journal_stream(nullptr, pipe.writing.get()));
    EXPECT_FALSE(is_journal_stream("", pipe.writing.get()));
    EXPECT_FALSE(is_journal_stream("8:1", pipe.writing.get()));
    EXPECT_FALSE(is_journal_stream((stream + "0").c_str(), pipe.writing.get()));
    EXPECT_FALSE(is_journal_stream(stream.c_str(), -1));
}

// In a child: from here on file systems can be mounted, seen by nobody else.
bool enter_own_mounts() {
    const int namespaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
    return ::unshare(namespaces) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool mount_empty(const char* path) {
    return ::mount("tmpfs", path, "tmpfs", 0, nullptr) == 0;
}

io::UniqueFd listen_on(const char* path) {
    io::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        socket.reset();
    }
    return socket;
}

std::string receive(const io::UniqueFd& socket) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

bool can_mount() {
    return in_child([] { return enter_own_mounts() && mount_empty("/run") ? 0 : 1; }) == 0;
}

// Standard error of this (child) process goes to the pipe, which $JOURNAL_STREAM calls the
// journal's.
void pretend_journal_stream(const Pipe& pipe) {
    (void)::dup2(pipe.writing.get(), STDERR_FILENO);
    (void)::setenv("JOURNAL_STREAM", journal_stream_of(STDERR_FILENO).c_str(), 1);
}

int send_to_journal() {
    const Pipe standard_error;
    if (!enter_own_mounts() || !mount_empty("/run") || ::mkdir("/run/systemd", 0755) != 0 ||
        ::mkdir("/run/systemd/journal", 0755) != 0) {
        return 1;
    }
    const io::UniqueFd journal = listen_on("/run/systemd/journal/socket");
    pretend_journal_stream(standard_error);
    Log log{choose_target({"miredo", 3})};
    if (!journal || !confine_process() || !log.start()) {
        return 2;
    }
    log.event(message::kAddressLost, "client", {{"MIREDO_ADDRESS", "2001::1"}}, "address lost");
    log.write(Level::kInfo, {}, "two\nlines");
    log.stop();
    const std::string first = receive(journal);
    for (const char* field : {"MESSAGE=client: address lost\n",
                              "MESSAGE_ID=80891da30256415bad7c8f8950bb5ae2\n",
                              "PRIORITY=4\n",
                              "SYSLOG_IDENTIFIER=miredo\n",
                              "MIREDO_INSTANCE=client\n",
                              "MIREDO_ADDRESS=2001::1\n"}) {
        if (first.find(field) == std::string::npos) {
            return 3;
        }
    }
    const std::string second = receive(journal);
    const std::string length{"\x09\0\0\0\0\0\0\0", 8};
    if (second.find("MESSAGE\n" + length + "two\nlines\n") == std::string::npos) {
        return 4;
    }
    return standard_error.read().empty() ? 0 : 5;
}

TEST(JournalTarget, sends_fields_to_the_native_socket) {
    if (!can_mount()) {
        GTEST_SKIP() << "no mount namespace";
    }
    EXPECT_EQ(in_child(send_to_journal), 0);
}

TEST(JournalTarget, leaves_prefixed_text_where_there_is_no_native_socket) {
    if (!can_mount()) {
        GTEST_SKIP() << "no mount namespace";
    }
    EXPECT_EQ(in_child([] {
                  const Pipe standard_error;
                  if (!enter_own_mounts() || !mount_empty("/run")) {
                      return 1;
                  }
                  pretend_journal_stream(standard_error);
                  choose_target({})->write(two_lines());
                  return standard_error.read() == "<4>client: two\nlines\n" ? 0 : 2;
              }),
              0);
}

// Nothing is in /dev but what is needed: not the host's /dev/log.
bool mount_own_dev() {
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!null || !mount_empty("/dev") || !std::ofstream{"/dev/null"}) {
        return false;
    }
    const std::string source = fmt::format("/proc/self/fd/{}", null.get());
    return ::mount(source.c_str(), "/dev/null", nullptr, MS_BIND, nullptr) == 0;
}

int send_to_syslog() {
    const Pipe standard_error;
    if (!enter_own_mounts() || !mount_own_dev()) {
        return 1;
    }
    (void)::unsetenv("JOURNAL_STREAM");
    (void)::dup2(standard_error.writing.get(), STDERR_FILENO);
    const LogIdentity identity{"miredo", 19};
    if (choose_background_target(identity) != nullptr) {
        return 2;
    }
    const io::UniqueFd syslog = listen_on("/dev/log");
    Log log{choose_target(identity)};
    if (!syslog || !confine_process() || !log.start()) {
        return 3;
    }
    log.info("client", "before");
    log.switch_to(choose_background_target(identity));
    log.warning("client", "after");
    log.stop();
    (void)!::write(STDERR_FILENO, "gone", 4);
    const std::string line = receive(syslog);
    // 19 × 8 + 4; then comes the time.
    if (!line.starts_with("<156>") ||
        line.find(fmt::format(" miredo[{}]: client: after", ::getpid())) == std::string::npos) {
        return 4;
    }
    return standard_error.read() == "client: before\n" ? 0 : 5;
}

TEST(SyslogTarget, takes_over_from_standard_error) {
    if (!can_mount()) {
        GTEST_SKIP() << "no mount namespace";
    }
    EXPECT_EQ(in_child(send_to_syslog), 0);
}

TEST(ChooseBackgroundTarget, stays_with_the_journal) {
    EXPECT_EQ(in_child([] {
                  const Pipe standard_error;
                  pretend_journal_stream(standard_error);
                  return choose_background_target({}) == nullptr ? 0 : 1;
              }),
              0);
}

}  // namespace
}  // namespace miredo::daemon
