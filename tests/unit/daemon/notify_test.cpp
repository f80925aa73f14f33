// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/notify.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "io/unique_fd.hpp"

namespace miredo::daemon {
namespace {

class NotifyTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "miredo-notify.XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        const std::string path = directory_ + "/notify";
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        ASSERT_EQ(
            ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::setenv("NOTIFY_SOCKET", path.c_str(), 1), 0);
    }

    void TearDown() override {
        ::unsetenv("NOTIFY_SOCKET");
        std::filesystem::remove_all(directory_);
    }

    // The next message; empty where there is none.
    [[nodiscard]] std::string told() const {
        std::array<char, 4096> text{};
        const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), 0);
        return size < 0 ? std::string{} : std::string{text.data(), static_cast<std::size_t>(size)};
    }

    ServiceManager manager_;
    std::string directory_;
    io::UniqueFd socket_;
};

TEST_F(NotifyTest, TellsOfTheLifeCycle) {
    manager_.ready();
    EXPECT_EQ(told(), "READY=1");
    manager_.reloading();
    const std::string reloading = told();
    const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
    ASSERT_EQ(reloading.rfind(head, 0), 0U) << reloading;
    EXPECT_GT(std::stoull(reloading.substr(head.size())), 0U);
    manager_.stopping();
    EXPECT_EQ(told(), "STOPPING=1");
}

TEST_F(NotifyTest, TellsTheStatusWhenItChangesOnly) {
    manager_.set_state("client", "probing");
    EXPECT_EQ(told(), "STATUS=client: probing");
    manager_.set_state("client", "probing");
    EXPECT_EQ(told(), "");
    manager_.set_state("server", "running");
    EXPECT_EQ(told(), "STATUS=client: probing; server: running");
    manager_.set_state("client", "qualified");
    EXPECT_EQ(told(), "STATUS=client: qualified; server: running");
}

TEST_F(NotifyTest, AStateCannotAddAssignments) {
    manager_.set_state("client", "off\nREADY=1");
    EXPECT_EQ(told(), "STATUS=client: off READY=1");
}

TEST_F(NotifyTest, TellsOfAFailureWithItsNumber) {
    manager_.failed(Error{"cannot", "teredo", EPERM, {}});
    const std::string message = told();
    EXPECT_EQ(message.rfind("STATUS=teredo: cannot", 0), 0U) << message;
    EXPECT_NE(message.find("\nERRNO=1"), std::string::npos) << message;
    manager_.failed(Error{"cannot", {}, 0, {}});
    EXPECT_EQ(told().find("ERRNO"), std::string::npos);
}

TEST_F(NotifyTest, WithoutAServiceManagerNothingHappens) {
    ::unsetenv("NOTIFY_SOCKET");
    manager_.ready();
    manager_.set_state("client", "probing");
    manager_.stopping();
    EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace miredo::daemon
