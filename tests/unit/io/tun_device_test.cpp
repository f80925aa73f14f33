// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/tun_device.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "io/boottime_clock.hpp"
#include "private_network.hpp"

namespace miredo::io {
namespace {

using test::bring_up;
using test::make_tun;

void delete_link(std::uint32_t index) {
    struct {
        nlmsghdr header;
        ifinfomsg link;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_DELLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.link.ifi_index = static_cast<int>(index);
    const UniqueFd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    ASSERT_EQ(::send(socket.get(), &request, sizeof request, 0),
              static_cast<ssize_t>(sizeof request));
}

// Multicast on the link needs neither address nor route of ours: the kernel's own will do.
void send_on_link(std::uint32_t index, Bytes payload) {
    const UniqueFd socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(9);
    to.sin6_addr.s6_addr[0] = 0xFF;
    to.sin6_addr.s6_addr[1] = 0x02;
    to.sin6_addr.s6_addr[15] = 1;
    to.sin6_scope_id = index;
    // The interface gets its address a little after it is up.
    const Instant limit = boottime_now() + std::chrono::seconds{10};
    ssize_t sent = -1;
    while (sent < 0 && boottime_now() < limit) {
        sent = ::sendto(socket.get(),
                        payload.data(),
                        payload.size(),
                        0,
                        reinterpret_cast<const sockaddr*>(&to),
                        sizeof to);
    }
    ASSERT_EQ(sent, static_cast<ssize_t>(payload.size()));
}

class TunDeviceTest : public ::testing::Test {
  protected:
    void SetUp() override {
        MIREDO_NEEDS_PRIVATE_NETWORK();
        UniqueFd fd = make_tun("tt0", IFF_TUN | IFF_NO_PI);
        if (!fd) {
            GTEST_SKIP() << "no tun device: " << std::strerror(errno);
        }
        device_.emplace_back(TunDevice::adopt(std::move(fd)).value());
    }

    TunDevice& device() { return device_.front(); }

    // A packet that the kernel accepts and then drops: it is for nobody here.
    std::vector<std::byte> packet() const {
        std::vector<std::byte> bytes(48);
        bytes[0] = std::byte{0x60};
        bytes[5] = std::byte{8};
        bytes[6] = std::byte{59};  // no next header
        bytes[7] = std::byte{64};
        bytes[8] = std::byte{0x20};
        bytes[24] = std::byte{0x20};
        return bytes;
    }

    std::vector<TunDevice> device_;
    PacketReceiveBatch in_;
    PacketSendBatch out_;
};

TEST_F(TunDeviceTest, KnowsItsInterface) {
    EXPECT_EQ(device().name(), "tt0");
    EXPECT_EQ(device().index(), ::if_nametoindex("tt0"));
}

TEST_F(TunDeviceTest, IsRefusedOnlyWhatItWants) {
    const TunDevice unwanted =
        TunDevice::adopt(UniqueFd{::fcntl(device().fd(), F_DUPFD_CLOEXEC, 0)}, {false, false})
            .value();
    EXPECT_EQ(unwanted.offloads().tcp, Offload{});
}

TEST_F(TunDeviceTest, ReadsWhatTheKernelSends) {
    bring_up("tt0");
    const std::array<std::byte, 5> payload{
        std::byte{'h'}, std::byte{'e'}, std::byte{'l'}, std::byte{'l'}, std::byte{'o'}};
    send_on_link(device().index(), payload);
    bool found = false;
    pollfd waiting{device().fd(), POLLIN, 0};
    while (!found && ::poll(&waiting, 1, 10'000) == 1) {
        EXPECT_EQ(device().read(in_).state, TunState::kUsable);
        for (const ReceivedPacket& packet : in_) {
            EXPECT_EQ(packet.bytes[0] >> 4, std::byte{6});
            EXPECT_EQ(packet.about, Segmentation{});
            found = found || (packet.bytes.size() == 53 && equal(packet.bytes.last(5), payload));
        }
    }
    EXPECT_TRUE(found);
    const TunReadOutcome outcome = device().read(in_);
    EXPECT_TRUE(outcome.drained);
    EXPECT_EQ(outcome.state, TunState::kUsable);
}

TEST_F(TunDeviceTest, ReadsNoMoreThanABatchAtATime) {
    bring_up("tt0");
    const std::array<std::byte, 1> payload{};
    for (std::size_t i = 0; i < PacketReceiveBatch::kCapacity; ++i) {
        send_on_link(device().index(), payload);
    }
    send_on_link(device().index(), payload);
    EXPECT_FALSE(device().read(in_).drained);
    EXPECT_EQ(in_.size(), PacketReceiveBatch::kCapacity);
    EXPECT_TRUE(device().read(in_).drained);
    EXPECT_GE(in_.size(), 1U);
}

TEST_F(TunDeviceTest, WritesPacketsAndGetsPastRefusedOnes) {
    bring_up("tt0");
    const auto good = packet();
    auto bad_version = packet();
    bad_version[0] = std::byte{0x10};
    ASSERT_TRUE(out_.append_borrowed(good));
    ASSERT_TRUE(out_.append_borrowed(bad_version));
    ASSERT_TRUE(out_.append_copied(good));
    const TunWriteOutcome outcome = device().write(out_);
    EXPECT_EQ(outcome.state, TunState::kUsable);
    EXPECT_EQ(outcome.counts.sent, 2U);
    EXPECT_EQ(outcome.counts.bytes, 2 * good.size());
    EXPECT_EQ(outcome.counts.refused, 1U);
    EXPECT_TRUE(outcome.refused.empty());
}

TEST_F(TunDeviceTest, GivesBackWhatOnlyAHeaderCouldTell) {
    bring_up("tt0");
    const Offload refused{false, EOPNOTSUPP};
    EXPECT_EQ(device().offloads(), (TunOffloads{false, refused, refused, 0, 0}));
    const auto good = packet();
    const std::array<Bytes, 2> pieces{Bytes{good}.first(40), Bytes{good}.subspan(40)};
    Segmentation about;
    ASSERT_TRUE(out_.append_pieces(about, pieces));
    about.needs_checksum = true;
    ASSERT_TRUE(out_.append_pieces(about, pieces));
    about.segment_size = 4;
    about.kind = SegmentationKind::kUdp;
    ASSERT_TRUE(out_.append_pieces(about, pieces));
    ASSERT_TRUE(out_.append_copied(good));
    const TunWriteOutcome outcome = device().write(out_);
    EXPECT_EQ(outcome.counts.sent, 2U);
    EXPECT_EQ(outcome.counts.not_sent(), 0U);
    ASSERT_EQ(outcome.refused.size(), 2U);
    EXPECT_EQ(outcome.refused[0], 1U);
    EXPECT_EQ(outcome.refused[1], 2U);
    EXPECT_EQ(device().offloads().refused_super_packets, 2U);
}

TEST_F(TunDeviceTest, SaysThatTheInterfaceIsDown) {
    const auto bytes = packet();
    ASSERT_TRUE(out_.append_borrowed(bytes));
    const TunWriteOutcome outcome = device().write(out_);
    EXPECT_EQ(outcome.state, TunState::kDown);
    EXPECT_EQ(outcome.counts.unreachable, 1U);
    bring_up("tt0");
    EXPECT_EQ(device().write(out_).state, TunState::kUsable);
}

TEST_F(TunDeviceTest, SaysThatTheDeviceIsGone) {
    bring_up("tt0");
    delete_link(device().index());
    const TunReadOutcome read = device().read(in_);
    EXPECT_EQ(read.state, TunState::kGone);
    EXPECT_TRUE(read.drained);
    const auto bytes = packet();
    ASSERT_TRUE(out_.append_borrowed(bytes));
    EXPECT_EQ(device().write(out_).state, TunState::kGone);
    pollfd waiting{device().fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 0), 1);
    EXPECT_NE(waiting.revents & POLLERR, 0);
}

TEST_F(TunDeviceTest, AdoptsNothingElse) {
    EXPECT_FALSE(TunDevice::adopt(UniqueFd{}));
    EXPECT_FALSE(TunDevice::adopt(UniqueFd{::open("/dev/null", O_RDWR | O_CLOEXEC)}));
    EXPECT_FALSE(TunDevice::adopt(UniqueFd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)}));
    EXPECT_FALSE(TunDevice::adopt(make_tun("tt1", IFF_TAP | IFF_NO_PI)));
}

}  // namespace
}  // namespace miredo::io
