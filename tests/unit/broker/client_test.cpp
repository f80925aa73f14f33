// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/client.hpp"

#include <array>
#include <cerrno>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "broker/seqpacket.hpp"

namespace miredo::broker {
namespace {

// The client against a broker that answers as each test says.
class BrokerClientTest : public ::testing::Test {
  protected:
    void SetUp() override {
        std::array<int, 2> pair{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
        client_ = BrokerClient{io::UniqueFd{pair[0]}, std::chrono::seconds{10}};
        broker_.reset(pair[1]);
    }

    // What bring_up() gives when the request is answered by `answer`.
    Expected<void> bring_up_answered(const std::function<void(const Request&)>& answer) {
        std::thread broker{[&] {
            Request request;
            const ReceivedMessage message =
                receive_message(broker_.get(), mutable_object_bytes(request));
            EXPECT_EQ(message.size, static_cast<int>(sizeof request));
            EXPECT_TRUE(message.descriptor);
            answer(request);
        }};
        auto result = client_.bring_up(tun_.get());
        broker.join();
        return result;
    }

    void send(const Reply& reply, int descriptor = -1) {
        EXPECT_EQ(send_message(broker_.get(), object_bytes(reply), descriptor), 0);
    }

    static Reply success(Operation operation) {
        Reply reply;
        reply.operation = operation;
        reply.ok = 1;
        return reply;
    }

    void expect_broken(const Expected<void>& result, int error_number) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().error_number, error_number);
        EXPECT_TRUE(client_.broken());
        const auto again = client_.bring_down(tun_.get());
        ASSERT_FALSE(again);
        EXPECT_FALSE(again.error().remedy.empty());
    }

    BrokerClient client_{io::UniqueFd{}};
    io::UniqueFd broker_;
    io::UniqueFd tun_{::open("/dev/null", O_RDWR | O_CLOEXEC)};  // this broker does not look
};

TEST_F(BrokerClientTest, TakesSuccess) {
    EXPECT_TRUE(bring_up_answered([&](const Request& request) {
        EXPECT_EQ(request.operation, Operation::kBringUp);
        send(success(request.operation));
    }));
    EXPECT_FALSE(client_.broken());
}

TEST_F(BrokerClientTest, ARefusalIsAnErrorButBreaksNothing) {
    const auto result = bring_up_answered([&](const Request& request) {
        Reply reply = success(request.operation);
        reply.ok = 0;
        reply.error_number = EPERM;
        reply.what[0] = 'w';
        send(reply);
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error_number, EPERM);
    EXPECT_EQ(result.error().what, "w");
    EXPECT_FALSE(client_.broken());
}

TEST_F(BrokerClientTest, AShortReplyBreaks) {
    expect_broken(bring_up_answered([&](const Request& request) {
                      const Reply reply = success(request.operation);
                      const Bytes bytes = object_bytes(reply).first(sizeof reply - 1);
                      EXPECT_EQ(send_message(broker_.get(), bytes, -1), 0);
                  }),
                  EPROTO);
}

TEST_F(BrokerClientTest, ALongReplyBreaks) {
    expect_broken(bring_up_answered([&](const Request& request) {
                      std::array<std::byte, sizeof(Reply) + 1> bytes{};
                      const Reply reply = success(request.operation);
                      std::copy_n(object_bytes(reply).begin(), sizeof reply, bytes.begin());
                      EXPECT_EQ(send_message(broker_.get(), bytes, -1), 0);
                  }),
                  EPROTO);
}

TEST_F(BrokerClientTest, AnotherVersionBreaks) {
    expect_broken(bring_up_answered([&](const Request& request) {
                      Reply reply = success(request.operation);
                      ++reply.version;
                      send(reply);
                  }),
                  EPROTO);
}

TEST_F(BrokerClientTest, AnAnswerToAnotherQuestionBreaks) {
    expect_broken(bring_up_answered([&](const Request&) { send(success(Operation::kBringDown)); }),
                  EPROTO);
}

TEST_F(BrokerClientTest, AnUnaskedDescriptorBreaks) {
    expect_broken(bring_up_answered([&](const Request& request) {
                      send(success(request.operation), tun_.get());
                  }),
                  EPROTO);
}

TEST_F(BrokerClientTest, AMissingDescriptorBreaks) {
    std::thread broker{[&] {
        Request request;
        (void)receive_message(broker_.get(), mutable_object_bytes(request));
        send(success(request.operation));
    }};
    const auto made = client_.make_device("teredo");
    broker.join();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().error_number, EPROTO);
    EXPECT_TRUE(client_.broken());
}

TEST_F(BrokerClientTest, AnEndedBrokerBreaks) {
    expect_broken(bring_up_answered([&](const Request&) { broker_.reset(); }), EPIPE);
}

TEST_F(BrokerClientTest, ASilentBrokerBreaksAfterTheLimit) {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
    client_ = BrokerClient{io::UniqueFd{pair[0]}, std::chrono::milliseconds{10}};
    const io::UniqueFd silent{pair[1]};
    expect_broken(client_.bring_up(tun_.get()), ETIMEDOUT);
}

TEST_F(BrokerClientTest, ABadNameIsNotEvenSent) {
    const auto made = client_.make_device("much-too-long-a-name");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().error_number, EINVAL);
    EXPECT_EQ(made.error().where, "much-too-long-a-name");
    EXPECT_FALSE(client_.broken());
}

}  // namespace
}  // namespace miredo::broker
