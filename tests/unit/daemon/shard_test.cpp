// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/shard.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace miredo::daemon {
namespace {

constexpr Ipv4Address kShardAddress{127, 0, 0, 1};
constexpr int kShardPatienceMs = 5000;

// Sends every datagram back, and what apply() says with a timer.
class EchoRole {
  public:
    EchoRole(int /*settings*/, RandomSource& /*random*/, Instant now) : started_{now} {}

    void
    handle_datagram(Instant /*now*/, const teredo::Datagram& datagram, teredo::Output& output) {
        ++counters_.datagrams_received;
        if (datagram.bytes.size() == 1) {
            output.send(datagram.socket, datagram.from, datagram.bytes);
        } else {
            output.forward_to_udp(datagram.from, datagram.bytes);
        }
    }
    void handle_packet(Instant /*now*/, Bytes /*packet*/, teredo::Output& /*output*/) {}
    void handle_timeout(Instant now, teredo::Output& output) {
        if (deadline_ && now >= *deadline_) {
            deadline_.reset();
            output.notify(teredo::ServerNameNeeded{});
        }
    }
    [[nodiscard]] std::optional<Instant> next_deadline() const { return deadline_; }
    [[nodiscard]] const teredo::Counters& counters() const { return counters_; }
    [[nodiscard]] teredo::ServerStatus status() const { return {kShardAddress, std::nullopt}; }
    void set_deadline(Instant deadline) { deadline_ = deadline; }

  private:
    Instant started_;
    teredo::Counters counters_;
    std::optional<Instant> deadline_;
};

io::UdpSocket open_at_shard_address() {
    auto socket = io::UdpSocket::open(kShardAddress, 0);
    EXPECT_TRUE(socket);
    return std::move(*socket);
}

bool wait_readable(int descriptor) {
    pollfd waited{descriptor, POLLIN, 0};
    return ::poll(&waited, 1, kShardPatienceMs) == 1;
}

struct Fixture : testing::Test {
    void SetUp() override {
        auto made = Shard<EchoRole>::create(
            ShardEdges{
                open_at_shard_address(), open_at_shard_address(), std::nullopt, std::nullopt},
            0);
        ASSERT_TRUE(made);
        shard = std::move(*made);
        primary = shard->edges().primary.local_endpoint();
        secondary = shard->edges().secondary->local_endpoint();
    }

    // What comes back for `bytes` sent to `to`, and from where.
    std::pair<Endpoint, std::size_t> exchange(Endpoint to, Bytes bytes) {
        io::DatagramSendBatch sending;
        EXPECT_TRUE(sending.append_borrowed(to, bytes));
        EXPECT_EQ(peer.send(sending).sent, 1U);
        if (!wait_readable(peer.fd())) {
            return {};
        }
        peer.receive(received);
        return received.size() == 1
                   ? std::pair{received.front().from, received.front().bytes.size()}
                   : std::pair<Endpoint, std::size_t>{};
    }

    std::unique_ptr<Shard<EchoRole>> shard;
    io::UdpSocket peer = open_at_shard_address();
    io::DatagramReceiveBatch received;
    Endpoint primary;
    Endpoint secondary;
};

using ShardTest = Fixture;

TEST_F(ShardTest, answers_from_the_socket_the_role_names) {
    ASSERT_TRUE(shard->start());
    const std::array<std::byte, 1> one{};
    EXPECT_EQ(exchange(primary, one), (std::pair{primary, std::size_t{1}}));
    EXPECT_EQ(exchange(secondary, one), (std::pair{secondary, std::size_t{1}}));
    const std::array<std::byte, 1280> many{};
    EXPECT_EQ(exchange(primary, many), (std::pair{primary, std::size_t{1280}}));
    shard->stop();
    EXPECT_EQ(shard->role().counters().datagrams_received, 3U);
}

TEST_F(ShardTest, has_further_sockets_that_come_and_go) {
    using teredo::ServiceSocket;
    ASSERT_TRUE(shard->start());
    io::UdpSocket other = open_at_shard_address();
    const Endpoint attached = other.local_endpoint();
    const int descriptor = ::fcntl(other.fd(), F_DUPFD_CLOEXEC, 0);
    // A task can be copied, so a socket can't be in it.
    auto held = std::make_shared<io::UdpSocket>(std::move(other));
    ASSERT_TRUE(shard->post([this, held](EchoRole&, Instant, teredo::Output&) {
        shard->attach(ServiceSocket::kSecondary, std::move(*held));
    }));
    const std::array<std::byte, 1> one{};
    EXPECT_EQ(exchange(attached, one), (std::pair{attached, std::size_t{1}}));
    ASSERT_TRUE(shard->post([this](EchoRole&, Instant, teredo::Output&) {
        shard->detach(ServiceSocket::kSecondary);
        shard->detach(ServiceSocket::kDiscovery);
        shard->reply([] {});
    }));
    ASSERT_TRUE(wait_readable(shard->messages().fd()));
    // The shard reads no more, although the kernel still has the socket.
    io::DatagramSendBatch sending;
    ASSERT_TRUE(sending.append_borrowed(attached, one));
    EXPECT_EQ(peer.send(sending).sent, 1U);
    EXPECT_TRUE(wait_readable(descriptor));
    EXPECT_EQ(exchange(primary, one), (std::pair{primary, std::size_t{1}}));
    ::close(descriptor);
    shard->stop();
    EXPECT_FALSE(shard->edges().secondary);
    EXPECT_EQ(shard->role().counters().datagrams_received, 2U);
}

TEST_F(ShardTest, does_posted_work_and_delivers_events) {
    ASSERT_TRUE(shard->start());
    ASSERT_TRUE(shard->post([](EchoRole& role, Instant now, teredo::Output&) {
        role.set_deadline(now + std::chrono::milliseconds{1});
    }));
    ASSERT_TRUE(wait_readable(shard->messages().fd()));
    std::size_t count = 0;
    shard->messages().drain([&](const FromShard& message) {
        const auto* event = std::get_if<teredo::Event>(&message);
        ASSERT_NE(event, nullptr);
        EXPECT_TRUE(std::holds_alternative<teredo::ServerNameNeeded>(*event));
        ++count;
    });
    EXPECT_EQ(count, 1U);
}

struct Circle {
    Endpoint to;
    std::function<void()> tell;
};

// Says when the first datagram has come, and sends all to `to`.
class CircleRole : public EchoRole {
  public:
    CircleRole(Circle circle, RandomSource& random, Instant now)
        : EchoRole{0, random, now}, circle_{std::move(circle)} {}

    void
    handle_datagram(Instant /*now*/, const teredo::Datagram& datagram, teredo::Output& output) {
        if (!std::exchange(told_, true)) {
            circle_.tell();
        }
        output.forward_to_udp(circle_.to, datagram.bytes);
    }

  private:
    Circle circle_;
    bool told_ = false;
};

// Each descriptor has its turn after a few batches, however much waits at another.
TEST(ShardBudgetTest, does_posted_work_while_datagrams_keep_coming) {
    io::UdpOptions options;
    options.sends_segments = false;  // joined, they would be one
    auto socket = io::UdpSocket::open(kShardAddress, 0, options);
    ASSERT_TRUE(socket);
    const Endpoint to = socket->local_endpoint();
    std::unique_ptr<Shard<CircleRole>> shard;
    std::promise<void> done;
    const auto tell = [&] {
        EXPECT_TRUE(shard->post([&](CircleRole&, Instant, teredo::Output&) { done.set_value(); }));
    };
    auto made = Shard<CircleRole>::create(
        ShardEdges{std::move(*socket), std::nullopt, std::nullopt, std::nullopt}, Circle{to, tell});
    ASSERT_TRUE(made);
    shard = std::move(*made);
    io::UdpSocket peer = open_at_shard_address();
    const std::array<std::byte, 2> bytes{};
    for (std::size_t i = 0; i < 2 * io::DatagramReceiveBatch::kCapacity; ++i) {
        io::DatagramSendBatch sending;
        ASSERT_TRUE(sending.append_borrowed(to, bytes));
        ASSERT_EQ(peer.send(sending).sent, 1U);
    }
    ASSERT_TRUE(shard->start());
    EXPECT_EQ(done.get_future().wait_for(std::chrono::milliseconds{kShardPatienceMs}),
              std::future_status::ready);
}

TEST_F(ShardTest, publishes_a_snapshot_soon_after_the_last_packet) {
    EXPECT_FALSE(shard->snapshot().has_value());
    ASSERT_TRUE(shard->start());
    const std::array<std::byte, 1> one{};
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(exchange(primary, one).second, 1U);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    const auto received_so_far = [this] {
        const auto snapshot = shard->snapshot();
        return snapshot ? snapshot->counters.datagrams_received : 0U;
    };
    while (received_so_far() != 3 && std::chrono::steady_clock::now() < until) {
        std::this_thread::yield();
    }
    EXPECT_EQ(received_so_far(), 3U);
    EXPECT_EQ(shard->snapshot()->status.primary, kShardAddress);
    EXPECT_EQ(shard->snapshot()->offloads.udp, peer.offloads());
    EXPECT_FALSE(shard->snapshot()->offloads.tun);
}

TEST_F(ShardTest, delivers_more_replies_than_the_mailbox_holds) {
    ASSERT_TRUE(shard->start());
    constexpr std::size_t kMany = 200;
    std::size_t run = 0;
    ASSERT_TRUE(shard->post([&](EchoRole&, Instant, teredo::Output&) {
        for (std::size_t i = 0; i < kMany; ++i) {
            shard->reply([&run] { ++run; });
        }
    }));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (run < kMany && std::chrono::steady_clock::now() < until) {
        (void)wait_readable(shard->messages().fd());
        shard->messages().drain([](const FromShard& message) { std::get<Reply>(message)(); });
        (void)shard->post([](EchoRole&, Instant, teredo::Output&) {});
    }
    EXPECT_EQ(run, kMany);
}

TEST_F(ShardTest, events_nobody_takes_replace_each_other) {
    ASSERT_TRUE(shard->start());
    constexpr int kMany = 1000;
    const auto learnt = [](int i) {
        return teredo::AddressLearnt{
            Ipv6Address{0x2001000000000000U, static_cast<std::uint64_t>(i)}, {}, {}, 1280};
    };
    for (int i = 1; i <= kMany; ++i) {
        // The shard takes tasks faster or slower than they are posted: full is try again.
        while (!shard->post([event = learnt(i)](EchoRole&, Instant, teredo::Output& output) {
            output.notify(event);
        })) {
            std::this_thread::yield();
        }
    }
    // Room again: the next turn delivers the latest, however many were replaced before it.
    Ipv6Address latest;
    std::size_t count = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (latest.low() != kMany && std::chrono::steady_clock::now() < until) {
        (void)shard->post([](EchoRole&, Instant, teredo::Output&) {});
        (void)wait_readable(shard->messages().fd());
        shard->messages().drain([&](const FromShard& message) {
            latest = std::get<teredo::AddressLearnt>(std::get<teredo::Event>(message)).address;
            ++count;
        });
    }
    EXPECT_EQ(latest.low(), static_cast<std::uint64_t>(kMany));
    EXPECT_LE(count, static_cast<std::size_t>(kMany));
}

TEST_F(ShardTest, stops_with_and_without_having_run) {
    shard->stop();
    ASSERT_TRUE(shard->start());
    shard->stop();
    shard->stop();
    // Whatever was posted meanwhile is not an error; nobody does it any more.
    EXPECT_TRUE(shard->post([](EchoRole&, Instant, teredo::Output&) {}));
}

}  // namespace
}  // namespace miredo::daemon
