// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/raw_ipv6_socket.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "base/ipv6_address.hpp"
#include "private_network.hpp"

namespace miredo::io {
namespace {

constexpr int kExperimental = 253;  // RFC 3692
constexpr Ipv6Address kLoopback{0, 1};

std::vector<std::byte> make_packet(const Ipv6Address& destination, Bytes payload) {
    std::vector<std::byte> packet(40 + payload.size());
    packet[0] = std::byte{0x60};
    store_be16(MutableBytes{packet}.subspan(4), static_cast<std::uint16_t>(payload.size()));
    packet[6] = static_cast<std::byte>(kExperimental);
    packet[7] = std::byte{64};
    std::copy_n(kLoopback.bytes().begin(), 16, packet.begin() + 8);
    std::copy_n(destination.bytes().begin(), 16, packet.begin() + 24);
    std::copy(payload.begin(), payload.end(), packet.begin() + 40);
    return packet;
}

class RawIpv6SocketTest : public ::testing::Test {
  protected:
    void SetUp() override { MIREDO_NEEDS_PRIVATE_NETWORK(); }

    static UniqueFd raw(int protocol) {
        return UniqueFd{::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, protocol)};
    }
};

TEST_F(RawIpv6SocketTest, SendsWholePacketsAndGetsPastFailures) {
    auto socket = RawIpv6Socket::adopt(raw(IPPROTO_RAW));
    ASSERT_TRUE(socket) << socket.error().to_string();
    const UniqueFd receiver = raw(kExperimental);
    const std::array payload{std::byte{1}, std::byte{2}, std::byte{3}};
    const auto good = make_packet(kLoopback, payload);
    const auto lost = make_packet(Ipv6Address{0x20010DB800000000, 1}, payload);
    PacketSendBatch batch;
    ASSERT_TRUE(batch.append_borrowed(lost));
    ASSERT_TRUE(batch.append_borrowed(Bytes{good}.first(39)));
    const std::array<Bytes, 2> pieces{Bytes{good}.first(40), Bytes{good}.subspan(40)};
    ASSERT_TRUE(batch.append_pieces({}, pieces));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(batch.append_borrowed(good));
    }
    const SendCounts counts = socket->send(batch);
    EXPECT_EQ(counts.sent, 100U);
    EXPECT_EQ(counts.unreachable, 1U);
    EXPECT_EQ(counts.refused, 2U);

    pollfd waiting{receiver.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 10'000), 1);
    std::array<std::byte, 100> buffer{};
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const ssize_t count = ::recvfrom(
        receiver.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    ASSERT_EQ(count, 3);
    EXPECT_TRUE(equal(Bytes{buffer}.first(3), payload));
}

TEST_F(RawIpv6SocketTest, RefusesOtherSockets) {
    EXPECT_FALSE(RawIpv6Socket::adopt(raw(kExperimental)));
    EXPECT_FALSE(RawIpv6Socket::adopt(UniqueFd{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)}));
    EXPECT_FALSE(RawIpv6Socket::adopt(UniqueFd{}));
}

}  // namespace
}  // namespace miredo::io
