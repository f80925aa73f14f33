// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/udp_socket.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "io/multicast_membership.hpp"
#include "private_network.hpp"

namespace miredo::io {
namespace {

constexpr Ipv4Address kLocalHost{127, 0, 0, 1};
constexpr UdpOptions kWithoutOffloads{std::nullopt, false, false, false};

class UdpSocketTest : public ::testing::Test {
  protected:
    void SetUp() override { MIREDO_NEEDS_PRIVATE_NETWORK(); }

    static UdpSocket open(Ipv4Address address = kLocalHost, const UdpOptions& options = {}) {
        return UdpSocket::open(address, 0, options).value();
    }

    static bool wait_for_datagram(const UdpSocket& socket) {
        pollfd waiting{socket.fd(), POLLIN, 0};
        return ::poll(&waiting, 1, 10'000) == 1;
    }

    static int option(const UdpSocket& socket, int level, int name) {
        int value = -1;
        socklen_t size = sizeof value;
        EXPECT_EQ(::getsockopt(socket.fd(), level, name, &value, &size), 0);
        return value;
    }

    std::vector<std::byte> payload_ = std::vector<std::byte>(100, std::byte{0x5A});
    DatagramSendBatch out_;
    DatagramReceiveBatch in_;
};

TEST_F(UdpSocketTest, CarriesADatagramWithItsSource) {
    auto sender = open();
    auto receiver = open(Ipv4Address{});
    ASSERT_TRUE(out_.append_borrowed({Ipv4Address{127, 1, 2, 3}, receiver.local_endpoint().port},
                                     payload_));
    const SendCounts counts = sender.send(out_);
    EXPECT_EQ(counts.sent, 1U);
    EXPECT_EQ(counts.bytes, payload_.size());
    ASSERT_TRUE(wait_for_datagram(receiver));
    const ReceiveOutcome outcome = receiver.receive(in_);
    EXPECT_TRUE(outcome.drained);
    ASSERT_EQ(in_.size(), 1U);
    EXPECT_EQ(in_.front().from, sender.local_endpoint());
    EXPECT_TRUE(equal(in_.front().bytes, payload_));
}

TEST_F(UdpSocketTest, GivesNothingWhenNothingHasCome) {
    auto socket = open();
    const ReceiveOutcome outcome = socket.receive(in_);
    EXPECT_TRUE(outcome.drained);
    EXPECT_EQ(outcome.error_number, 0);
    EXPECT_EQ(in_.size(), 0U);
}

TEST_F(UdpSocketTest, CarriesTheSmallestAndTheLargestDatagram) {
    conformance::shows("W30");
    auto sender = open();
    auto receiver = open(kLocalHost, {1U << 20U});
    const std::vector<std::byte> largest(65507, std::byte{7});
    ASSERT_TRUE(out_.append_borrowed(receiver.local_endpoint(), {}));
    ASSERT_TRUE(out_.append_copied(receiver.local_endpoint(), largest));
    EXPECT_EQ(sender.send(out_).sent, 2U);
    ASSERT_TRUE(wait_for_datagram(receiver));
    EXPECT_EQ(receiver.receive(in_).truncated, 0U);
    ASSERT_EQ(in_.size(), 2U);
    EXPECT_TRUE(in_.front().bytes.empty());
    EXPECT_TRUE(equal((*std::next(in_.begin())).bytes, largest));
}

TEST_F(UdpSocketTest, SaysWhenABatchWasNotEnough) {
    auto sender = open(kLocalHost, kWithoutOffloads);
    auto receiver = open();
    for (std::size_t i = 0; i < DatagramReceiveBatch::kCapacity + 1; ++i) {
        ASSERT_TRUE(out_.append_borrowed(receiver.local_endpoint(), payload_));
    }
    EXPECT_EQ(sender.send(out_).sent, out_.size());
    EXPECT_FALSE(receiver.receive(in_).drained);
    EXPECT_EQ(in_.size(), DatagramReceiveBatch::kCapacity);
    EXPECT_TRUE(receiver.receive(in_).drained);
    EXPECT_EQ(in_.size(), 1U);
}

TEST_F(UdpSocketTest, GetsPastEveryKindOfFailingDatagram) {
    auto sender = open();
    auto receiver = open();
    const std::vector<std::byte> too_big(65508);
    const Endpoint good = receiver.local_endpoint();
    const Endpoint broadcast{Ipv4Address{127, 255, 255, 255}, 9};
    const Endpoint unreachable{Ipv4Address{192, 0, 2, 1}, 9};
    const Endpoint no_port{kLocalHost, 0};
    ASSERT_TRUE(out_.append_borrowed(broadcast, payload_));
    ASSERT_TRUE(out_.append_borrowed(good, payload_));
    ASSERT_TRUE(out_.append_borrowed(good, too_big));
    ASSERT_TRUE(out_.append_borrowed(no_port, payload_));
    ASSERT_TRUE(out_.append_borrowed(unreachable, payload_));
    ASSERT_TRUE(out_.append_borrowed(good, payload_));
    ASSERT_TRUE(out_.append_borrowed(broadcast, payload_));
    const SendCounts counts = sender.send(out_);
    EXPECT_EQ(counts.sent, 2U);
    EXPECT_EQ(counts.forbidden, 2U);
    EXPECT_EQ(counts.too_big, 1U);
    EXPECT_EQ(counts.refused, 1U);
    EXPECT_EQ(counts.unreachable, 1U);
    EXPECT_EQ(counts.last_error, EACCES);
    ASSERT_TRUE(wait_for_datagram(receiver));
    receiver.receive(in_);
    EXPECT_EQ(in_.size(), 2U);
}

TEST_F(UdpSocketTest, AClosedPortAtThePeerDoesNotDisturbTheNextSend) {
    auto sender = open();
    Endpoint closed;
    { closed = open().local_endpoint(); }
    ASSERT_TRUE(out_.append_borrowed(closed, payload_));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(sender.send(out_).sent, 1U);
        EXPECT_EQ(sender.receive(in_).error_number, 0);
    }
}

TEST_F(UdpSocketTest, CountsExactlyWhatTheKernelDropped) {
    constexpr std::uint64_t kRounds = 10;
    // A run that is dropped would count as one.
    auto sender = open(kLocalHost, kWithoutOffloads);
    auto receiver = open(kLocalHost, {4096});
    for (std::size_t i = 0; i < 100; ++i) {
        ASSERT_TRUE(out_.append_borrowed(receiver.local_endpoint(), payload_));
    }
    std::uint64_t sent = 0;
    for (std::uint64_t i = 0; i < kRounds; ++i) {
        sent += sender.send(out_).sent;
    }
    EXPECT_EQ(sent, kRounds * 100);
    std::uint64_t received = 0;
    while (receiver.receive(in_), in_.size() > 0) {
        received += in_.size();
    }
    EXPECT_GT(receiver.kernel_drops(), 0U);
    EXPECT_EQ(received + receiver.kernel_drops(), sent);
    EXPECT_EQ(received + receiver.kernel_drops(), sent);  // asking does not count twice
}

TEST_F(UdpSocketTest, NamesAPortInUse) {
    auto first = open();
    const auto second = UdpSocket::open(kLocalHost, first.local_endpoint().port);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().error_number, EADDRINUSE);
    EXPECT_EQ(second.error().where, first.local_endpoint().to_string());
    EXPECT_FALSE(second.error().remedy.empty());
}

TEST_F(UdpSocketTest, LetsOthersJoinAndSteersAmongThem) {
    UdpSocket first = open();
    const Endpoint shared = first.local_endpoint();
    UdpOptions joining;
    joining.joins = true;
    EXPECT_FALSE(UdpSocket::open(kLocalHost, shared.port, joining));  // not before it is let
    ASSERT_TRUE(first.let_others_join());
    auto second = UdpSocket::open(kLocalHost, shared.port, joining);
    ASSERT_TRUE(second) << second.error().to_string();
    EXPECT_EQ(second->local_endpoint(), shared);
    // Another program that does not know of them.
    const auto other = UdpSocket::open(kLocalHost, shared.port);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().error_number, EADDRINUSE);

    // The payload's first octet.
    const std::vector<sock_filter> program{{BPF_LD | BPF_B | BPF_ABS, 0, 0, 0},
                                           {BPF_RET | BPF_A, 0, 0, 0}};
    const auto steered = first.steer(program);
    ASSERT_TRUE(steered) << steered.error().to_string();
    UdpSocket sender = open();
    for (unsigned i = 0; i < 20; ++i) {
        payload_[0] = static_cast<std::byte>(i % 2);
        out_.clear();
        ASSERT_TRUE(out_.append_borrowed(shared, payload_));
        EXPECT_EQ(sender.send(out_).sent, 1U);
        UdpSocket& meant = i % 2 == 0 ? first : *second;
        ASSERT_TRUE(wait_for_datagram(meant)) << i;
        (void)meant.receive(in_);
        EXPECT_EQ(in_.size(), 1U) << i;
    }
    EXPECT_FALSE(sender.steer(program));  // nobody has joined it
}

TEST_F(UdpSocketTest, NamesAnAddressThatIsNotLocal) {
    const auto socket = UdpSocket::open(Ipv4Address{192, 0, 2, 1}, 3544);
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().error_number, EADDRNOTAVAIL);
    EXPECT_EQ(socket.error().where, "192.0.2.1:3544");
    EXPECT_FALSE(socket.error().remedy.empty());
}

TEST_F(UdpSocketTest, IsSetUpForATunnel) {
    conformance::shows("W26", "T-B13");
    auto socket = open(kLocalHost, {65536});
    EXPECT_EQ(option(socket, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_DONT);
    EXPECT_EQ(option(socket, SOL_SOCKET, SO_BROADCAST), 0);
    EXPECT_EQ(option(socket, IPPROTO_IP, IP_RECVERR), 0);
    EXPECT_EQ(socket.receive_buffer(), 2U * 65536U);
}

// RFC 4380 §5.2.8: bound to the group, so that nothing by unicast comes, and a member where it
// said.
TEST_F(UdpSocketTest, HearsTheGroupItHasJoinedAndNothingElse) {
    const auto tap = test::make_tun("group0", IFF_TAP | IFF_NO_PI);
    if (!tap) {
        GTEST_SKIP() << "no tun devices here";
    }
    const std::uint32_t index = ::if_nametoindex("group0");
    constexpr Endpoint kGroup{Ipv4Address{224, 0, 0, 253}, 3544};
    UdpOptions options;
    options.shares_port = true;
    auto hearer = UdpSocket::open(kGroup.address, kGroup.port, options).value();
    auto another = UdpSocket::open(kGroup.address, kGroup.port, options).value();
    auto membership = MulticastMembership::of(hearer, kGroup.address).value();
    ASSERT_TRUE(membership.join(index));
    EXPECT_TRUE(membership.join(index));
    EXPECT_FALSE(membership.join(index + 1000));

    // Straight from the link: Ethernet, IPv4 without options, UDP.
    std::vector<std::uint8_t> frame{0x01, 0x00, 0x5E, 0x00, 0x00, 0xFD, 0x02, 0x00, 0x00, 0x00,
                                    0x00, 0x01, 0x08, 0x00, 0x45, 0x00, 0x00, 0x20, 0x00, 0x00,
                                    0x00, 0x00, 0x01, 0x11, 0x00, 0x00, 192,  168,  1,    3,
                                    224,  0,    0,    253,  0x0D, 0xD9, 0x0D, 0xD8, 0x00, 0x0C,
                                    0x00, 0x00, 'b',  'u',  'b',  'b'};
    std::uint32_t sum = 0;
    for (std::size_t i = 14; i < 34; i += 2) {
        sum += (std::uint32_t{frame[i]} << 8U) | frame[i + 1];
    }
    sum = (sum & 0xFFFFU) + (sum >> 16U);
    frame[24] = static_cast<std::uint8_t>(~sum >> 8U);
    frame[25] = static_cast<std::uint8_t>(~sum);
    // Nobody here has a route to the sender, which strict hosts want to see.
    for (const char* scope : {"all", "group0"}) {
        std::ofstream{std::string{"/proc/sys/net/ipv4/conf/"} + scope + "/rp_filter"} << 0;
    }
    test::bring_up("group0");
    ASSERT_EQ(::write(tap.get(), frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
    ASSERT_TRUE(wait_for_datagram(hearer));
    hearer.receive(in_);
    ASSERT_EQ(in_.size(), 1U);
    EXPECT_EQ(in_.front().from, (Endpoint{Ipv4Address{192, 168, 1, 3}, 3545}));
    // Joined by another one only: IP_MULTICAST_ALL is off.
    another.receive(in_);
    EXPECT_EQ(in_.size(), 0U);
}

TEST_F(UdpSocketTest, KeepsMulticastsOnTheLinkAndOffThisHost) {
    const auto socket = open();
    EXPECT_EQ(option(socket, IPPROTO_IP, IP_MULTICAST_TTL), 1);
    EXPECT_EQ(option(socket, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
    EXPECT_EQ(option(socket, IPPROTO_IP, IP_MULTICAST_ALL), 0);
}

}  // namespace
}  // namespace miredo::io
