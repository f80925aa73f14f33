// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/listen.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "broker/client.hpp"
#include "broker/seqpacket.hpp"

namespace miredo::broker {
namespace {

constexpr Duration kShort = std::chrono::milliseconds{20};
constexpr Duration kLong = std::chrono::seconds{20};

class ListenTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = ::testing::TempDir() + "miredo-listen.XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        path_ = directory_ + "/broker.sock";
        listening_ = listen_on(SOCK_SEQPACKET);
    }

    void TearDown() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] io::UniqueFd listen_on(int type) const {
        std::filesystem::remove(path_);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        io::UniqueFd socket{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
                  0);
        EXPECT_EQ(::listen(socket.get(), 4), 0);
        return socket;
    }

    // Serves until it is idle, beside `body`.
    template <typename Body>
    void beside_broker(uid_t owner, Duration idle, Body body) {
        std::thread broker{[&] {
            const auto served =
                serve_connections(listening_.get(), {owner, idle, [this](const Error& error) {
                                                         reports_.push_back(error.to_string());
                                                     }});
            EXPECT_TRUE(served) << served.error().to_string();
        }};
        body();
        broker.join();
    }

    // What a served request that makes no sense comes back with: it needs no privilege.
    static void expect_served(BrokerClient& client) {
        const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
        const auto result = client.bring_up(null.get());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().error_number, EINVAL) << result.error().to_string();
        EXPECT_FALSE(client.broken());
    }

    // A service that takes one connection and closes it after it has taken a request.
    [[nodiscard]] std::thread take_and_close() const {
        return std::thread{[this] {
            const io::UniqueFd peer{::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            std::array<std::byte, 4096> bytes{};
            (void)receive_message(peer.get(), bytes);
        }};
    }

    std::string directory_;
    std::string path_;
    io::UniqueFd listening_;
    std::vector<std::string> reports_;
};

TEST_F(ListenTest, EndsWhenNobodyConnects) {
    beside_broker(::getuid(), kShort, [] {});
    EXPECT_TRUE(reports_.empty());
}

TEST_F(ListenTest, ServesOneConnectionAfterTheOtherAndThenEnds) {
    beside_broker(::getuid(), std::chrono::milliseconds{500}, [this] {
        for (int i = 0; i < 3; ++i) {
            auto client = BrokerClient::connect(path_, kLong);
            ASSERT_TRUE(client) << client.error().to_string();
            expect_served(*client);
        }
    });
    EXPECT_TRUE(reports_.empty());
}

TEST_F(ListenTest, RefusesAnotherUserThanTheOwnerAndSaysSo) {
    beside_broker(::getuid() + 1, std::chrono::milliseconds{500}, [this] {
        auto client = BrokerClient::connect(path_, kLong);
        ASSERT_TRUE(client);
        const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
        const auto result = client->bring_up(null.get());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().error_number, EPIPE);
        EXPECT_TRUE(client->broken());
    });
    ASSERT_FALSE(reports_.empty());
    EXPECT_NE(reports_[0].find("connection refused"), std::string::npos);
    EXPECT_NE(reports_[0].find(std::to_string(::getuid())), std::string::npos);
}

TEST_F(ListenTest, KnowsTheOwnerOfTheSocket) {
    const auto owner = socket_owner(listening_.get());
    ASSERT_TRUE(owner) << owner.error().to_string();
    EXPECT_EQ(*owner, ::getuid());
}

TEST_F(ListenTest, TakesNoOtherKindOfDescriptor) {
    const io::UniqueFd stream = listen_on(SOCK_STREAM);
    EXPECT_FALSE(socket_owner(stream.get()));
    const io::UniqueFd file{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    EXPECT_FALSE(socket_owner(file.get()));
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
    const io::UniqueFd one{pair[0]};
    const io::UniqueFd other{pair[1]};
    EXPECT_FALSE(socket_owner(one.get()));
}

TEST_F(ListenTest, AMissingSocketHasItsRemedy) {
    const auto client = BrokerClient::connect(directory_ + "/none");
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().error_number, ENOENT);
    EXPECT_NE(client.error().remedy.find("systemctl start miredo-broker.socket"),
              std::string::npos);
}

TEST_F(ListenTest, ASocketWithoutAListenerHasItsRemedy) {
    listening_.reset();
    const auto client = BrokerClient::connect(path_);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().error_number, ECONNREFUSED);
    EXPECT_NE(client.error().remedy.find("restart miredo-broker.socket"), std::string::npos);
}

TEST_F(ListenTest, ASilentServiceIsFoundOut) {
    auto client = BrokerClient::connect(path_, kShort);
    ASSERT_TRUE(client);
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const auto result = client->bring_up(null.get());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error_number, ETIMEDOUT);
    EXPECT_NE(result.error().remedy.find("miredo-broker.service"), std::string::npos);
    EXPECT_TRUE(client->broken());
}

// decisions: a dead broker is started again by the next request.
TEST_F(ListenTest, ARequestThatMeetsADeadBrokerIsAskedAgain) {
    auto client = BrokerClient::connect(path_, kLong);
    ASSERT_TRUE(client);
    std::thread dying = take_and_close();
    std::thread next{[&] {
        dying.join();
        const auto served = serve_connections(listening_.get(), {::getuid(), kLong / 40, {}});
        EXPECT_TRUE(served);
    }};
    expect_served(*client);
    // The connection that came of it is used from here on.
    expect_served(*client);
    client = BrokerClient{io::UniqueFd{}};
    next.join();
}

TEST_F(ListenTest, TwoDeadBrokersInARowAreTheEnd) {
    auto client = BrokerClient::connect(path_, kLong);
    ASSERT_TRUE(client);
    std::thread dying{[this] {
        take_and_close().join();
        take_and_close().join();
    }};
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const auto result = client->bring_up(null.get());
    dying.join();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error_number, EPIPE);
    EXPECT_TRUE(client->broken());
}

}  // namespace
}  // namespace miredo::broker
