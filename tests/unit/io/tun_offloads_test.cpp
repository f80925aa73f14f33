// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Super-packets from and to this kernel: its sockets on the one side of a tun device, the test on
// the other.
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <gtest/gtest.h>

#include "io/boottime_clock.hpp"
#include "io/tun_device.hpp"
#include "older_kernel.hpp"
#include "private_network.hpp"

namespace miredo::io {
namespace {

using Packet = std::vector<std::byte>;

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kAck = 0x10;
constexpr std::uint16_t kOurPort = 5001;     // of the test's end
constexpr std::uint16_t kMaxSegment = 1200;  // that the test's end of TCP announces

in6_addr address(std::uint8_t last) {
    in6_addr result{};
    result.s6_addr[0] = 0x20;
    result.s6_addr[1] = 0x01;
    result.s6_addr[2] = 0x0D;
    result.s6_addr[3] = 0xB8;
    result.s6_addr[15] = last;
    return result;
}

sockaddr_in6 socket_address(std::uint8_t last, std::uint16_t port) {
    sockaddr_in6 result{};
    result.sin6_family = AF_INET6;
    result.sin6_addr = address(last);
    result.sin6_port = htons(port);
    return result;
}

std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    }
    return bytes;
}

std::uint32_t add_words(std::uint32_t sum, Bytes bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8U : 0U);
        sum = (sum & 0xFFFFU) + (sum >> 16U);
    }
    return sum;
}

// RFC 8200 §8.1, folded.
std::uint16_t pseudo_header_sum(Bytes packet) {
    const auto length = static_cast<std::uint32_t>(packet.size() - 40);
    const auto protocol = std::to_integer<std::uint32_t>(packet[6]);
    std::uint32_t sum = add_words(length + protocol, packet.subspan(8, 32));
    sum = (sum & 0xFFFFU) + (sum >> 16U);
    return static_cast<std::uint16_t>((sum & 0xFFFFU) + (sum >> 16U));
}

// 0xFFFF where the checksum is right.
std::uint16_t whole_sum(Bytes packet) {
    return static_cast<std::uint16_t>(add_words(pseudo_header_sum(packet), packet.subspan(40)));
}

// From the test's end, with room for the transport header.
Packet ipv6_packet(std::uint8_t protocol, std::size_t header_size, Bytes payload) {
    Packet packet(40 + header_size);
    packet[0] = std::byte{0x60};
    packet[6] = static_cast<std::byte>(protocol);
    packet[7] = std::byte{64};
    const in6_addr from = address(2);
    const in6_addr to = address(1);
    std::memcpy(packet.data() + 8, &from, sizeof from);
    std::memcpy(packet.data() + 24, &to, sizeof to);
    packet.insert(packet.end(), payload.begin(), payload.end());
    store_be16(MutableBytes{packet}.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
    return packet;
}

class TunOffloadsTest : public ::testing::Test {
  protected:
    void SetUp() override { MIREDO_NEEDS_PRIVATE_NETWORK(); }

    // False, and the test is skipped, where there can be no such device.
    bool make(const TunOptions& options, int flags = IFF_VNET_HDR) {
        UniqueFd fd = test::make_tun("to0", IFF_TUN | IFF_NO_PI | flags);
        if (!fd) {
            return false;
        }
        device_ = std::make_unique<TunDevice>(TunDevice::adopt(std::move(fd), options).value());
        test::bring_up("to0");
        // struct in6_ifreq, whose header doesn't go with netinet/in.h.
        struct {
            in6_addr address;
            std::uint32_t prefix_length;
            int index;
        } request{address(1), 64, static_cast<int>(device_->index())};
        const UniqueFd socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::ioctl(socket.get(), SIOCSIFADDR, &request), 0) << std::strerror(errno);
        return true;
    }

    // Reads until `count` packets of `protocol` have come to the test's end.
    std::vector<std::pair<Packet, Segmentation>> read(std::uint8_t protocol, std::size_t count) {
        std::vector<std::pair<Packet, Segmentation>> packets;
        pollfd waiting{device_->fd(), POLLIN, 0};
        while (packets.size() < count && ::poll(&waiting, 1, 10'000) == 1) {
            const TunReadOutcome outcome = device_->read(in_);
            EXPECT_EQ(outcome.state, TunState::kUsable);
            EXPECT_EQ(outcome.malformed, 0U);
            for (const ReceivedPacket& each : in_) {
                EXPECT_EQ(reinterpret_cast<std::uintptr_t>(each.bytes.data()) % 64, 0U);
                if (each.bytes[6] == static_cast<std::byte>(protocol)) {
                    packets.emplace_back(Packet(each.bytes.begin(), each.bytes.end()), each.about);
                }
            }
        }
        return packets;
    }

    // `socket` sends `payload` to the test's end as one piece, to be cut into `segment` bytes each.
    static void send_datagrams(const UniqueFd& socket, std::uint16_t segment, Bytes payload) {
        const int size = segment;
        ASSERT_EQ(::setsockopt(socket.get(), IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size), 0);
        const sockaddr_in6 to = socket_address(2, 9);
        ASSERT_EQ(::sendto(socket.get(),
                           payload.data(),
                           payload.size(),
                           0,
                           reinterpret_cast<const sockaddr*>(&to),
                           sizeof to),
                  static_cast<ssize_t>(payload.size()))
            << std::strerror(errno);
    }

    static UniqueFd open(int type) {
        UniqueFd socket{::socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const sockaddr_in6 name = socket_address(1, 0);
        // The address is usable a little after it was set.
        const Instant limit = boottime_now() + std::chrono::seconds{10};
        int bound = -1;
        while (bound < 0 && boottime_now() < limit) {
            bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
        }
        EXPECT_EQ(bound, 0) << std::strerror(errno);
        return socket;
    }

    static std::uint16_t port_of(const UniqueFd& socket) {
        sockaddr_in6 name{};
        socklen_t size = sizeof name;
        EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
        return ntohs(name.sin6_port);
    }

    static Packet receive(const UniqueFd& socket) {
        pollfd waiting{socket.get(), POLLIN, 0};
        EXPECT_EQ(::poll(&waiting, 1, 10'000), 1);
        Packet buffer(65536);
        const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        buffer.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return buffer;
    }

    TunWriteOutcome write(const Segmentation& about, std::span<const Bytes> pieces) {
        out_.clear();
        EXPECT_TRUE(out_.append_pieces(about, pieces));
        return device_->write(out_);
    }

    // A TCP segment from the test's end; `about` a super-packet, the checksum is to be done.
    Packet segment(std::uint8_t flags, Bytes payload, const Segmentation& about = {}) const {
        const std::size_t options = (flags & kSyn) != 0 ? 4 : 0;
        Packet packet = ipv6_packet(kTcp, 20 + options, payload);
        const MutableBytes header = MutableBytes{packet}.subspan(40);
        store_be16(header, kOurPort);
        store_be16(header.subspan(2), their_port_);
        store_be32(header.subspan(4), our_sequence_);
        store_be32(header.subspan(8), their_sequence_);
        header[12] = static_cast<std::byte>((20 + options) << 2U);
        header[13] = static_cast<std::byte>(flags);
        store_be16(header.subspan(14), 65535);
        if (options != 0) {
            store_be16(header.subspan(20), 0x0204);  // maximum segment size
            store_be16(header.subspan(22), kMaxSegment);
        }
        const std::uint16_t sum = about.needs_checksum
                                      ? pseudo_header_sum(packet)
                                      : static_cast<std::uint16_t>(~whole_sum(packet));
        store_be16(header.subspan(16), sum);
        return packet;
    }

    // A TCP connection of this kernel with the test's end.
    UniqueFd connect() {
        UniqueFd socket = open(SOCK_STREAM);
        const sockaddr_in6 to = socket_address(2, kOurPort);
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), -1);
        EXPECT_EQ(errno, EINPROGRESS);
        const auto syn = read(kTcp, 1);
        if (syn.empty()) {
            ADD_FAILURE() << "no SYN";
            return socket;
        }
        const Bytes header = Bytes{syn.front().first}.subspan(40);
        their_port_ = load_be16(header);
        their_sequence_ = load_be32(header.subspan(4)) + 1;
        const Packet answer = segment(kSyn | kAck, {});
        const std::array<Bytes, 1> pieces{answer};
        EXPECT_EQ(write({}, pieces).counts.sent, 1U);
        ++our_sequence_;
        EXPECT_EQ(read(kTcp, 1).size(), 1U);
        return socket;
    }

    std::unique_ptr<TunDevice> device_;
    PacketReceiveBatch in_;
    PacketSendBatch out_;
    std::uint16_t their_port_ = 0;
    std::uint32_t their_sequence_ = 0;
    std::uint32_t our_sequence_ = 1000;
};

TEST_F(TunOffloadsTest, HaveWhatDeviceAndOptionsAllow) {
    for (const bool tcp : {true, false}) {
        for (const bool udp : {true, false}) {
            if (!make({tcp, udp})) {
                GTEST_SKIP() << "no tun device";
            }
            const TunOffloads& offloads = device_->offloads();
            EXPECT_TRUE(offloads.header);
            EXPECT_EQ(offloads.tcp, (Offload{tcp, 0}));
            // Linux 6.2 and later.
            const int error_number = udp && !offloads.udp.on ? EINVAL : 0;
            EXPECT_EQ(offloads.udp, (Offload{udp && error_number == 0, error_number}));
            device_.reset();
        }
    }
    ASSERT_TRUE(make({}, 0));
    const Offload refused{false, EOPNOTSUPP};
    EXPECT_EQ(device_->offloads(), (TunOffloads{false, refused, refused, 0, 0}));
}

// TUNSETOFFLOAD refuses all where it does not know one.
TEST_F(TunOffloadsTest, AreLessWhereTheKernelKnowsLess) {
    struct Case {
        std::uint32_t unknown;
        Offload tcp;
        Offload udp;
    };
    for (const Case& each : {Case{0x20, {true, 0}, {false, EINVAL}},
                             Case{TUN_F_CSUM, {false, EINVAL}, {false, EINVAL}}}) {
        bool made = false;
        const auto body = [&] { made = make({}); };
        const test::RefusedCall call{
            __NR_ioctl,
            {{1, static_cast<std::uint32_t>(TUNSETOFFLOAD)}, {2, each.unknown, each.unknown}},
            EINVAL};
        if (!test::run_where_refused({call}, body) || !made) {
            GTEST_SKIP() << "no system call filter, or no tun device";
        }
        EXPECT_EQ(device_->offloads().tcp, each.tcp);
        EXPECT_EQ(device_->offloads().udp, each.udp);
        const UniqueFd socket = open(SOCK_DGRAM);
        send_datagrams(socket, 500, pattern(2100));
        EXPECT_EQ(read(kUdp, 5).size(), 5U);
        device_.reset();
    }
}

TEST_F(TunOffloadsTest, GiveDatagramsAsOneWhereTheyMay) {
    const auto payload = pattern(2100);
    struct Case {
        TunOptions options;
        int flags;
    };
    for (const Case& each : {Case{{true, true}, IFF_VNET_HDR},
                             Case{{true, false}, IFF_VNET_HDR},
                             Case{{false, false}, IFF_VNET_HDR},
                             Case{{true, true}, 0}}) {
        if (!make(each.options, each.flags)) {
            GTEST_SKIP() << "no tun device";
        }
        const UniqueFd socket = open(SOCK_DGRAM);
        send_datagrams(socket, 500, payload);
        const bool whole = device_->offloads().udp.on;
        const auto packets = read(kUdp, whole ? 1 : 5);
        ASSERT_EQ(packets.size(), whole ? 1U : 5U);
        std::vector<std::byte> joined;
        for (const auto& [packet, about] : packets) {
            joined.insert(joined.end(), packet.begin() + 48, packet.end());
            if (about.needs_checksum) {
                EXPECT_EQ(load_be16(Bytes{packet}.subspan(46)), pseudo_header_sum(packet));
                EXPECT_EQ(about.checksum_start, 40U);
                EXPECT_EQ(about.checksum_offset, 6U);
            } else {
                EXPECT_EQ(whole_sum(packet), 0xFFFFU);
            }
            EXPECT_EQ(about.kind, whole ? SegmentationKind::kUdp : SegmentationKind::kNone);
            EXPECT_EQ(about.segment_size, whole ? 500U : 0U);
        }
        EXPECT_EQ(joined, payload);
        device_.reset();
    }
}

TEST_F(TunOffloadsTest, ManyLargePacketsShareTheBufferWithSmallOnes) {
    if (!make({})) {
        GTEST_SKIP() << "no tun device";
    }
    if (!device_->offloads().udp.on) {
        GTEST_SKIP() << "this kernel gives no super-packets of datagrams";
    }
    const UniqueFd socket = open(SOCK_DGRAM);
    const auto large = pattern(64'000);
    const auto small = pattern(10);
    for (int i = 0; i < 40; ++i) {
        send_datagrams(socket, 1000, i % 2 == 0 ? Bytes{large} : Bytes{small});
    }
    const auto packets = read(kUdp, 40);
    ASSERT_EQ(packets.size(), 40U);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        EXPECT_TRUE(
            equal(Bytes{packets[i].first}.subspan(48), i % 2 == 0 ? Bytes{large} : Bytes{small}));
    }
}

TEST_F(TunOffloadsTest, GiveAndTakeRunsOfTcpSegments) {
    for (const bool tcp : {true, false}) {
        if (!make({tcp, true})) {
            GTEST_SKIP() << "no tun device";
        }
        const UniqueFd socket = connect();
        const auto payload = pattern(6000);
        ASSERT_EQ(::send(socket.get(), payload.data(), payload.size(), 0), 6000);
        const auto packets = read(kTcp, tcp ? 1 : 5);
        ASSERT_EQ(packets.size(), tcp ? 1U : 5U);
        std::vector<std::byte> joined;
        for (const auto& [packet, about] : packets) {
            joined.insert(joined.end(), packet.begin() + 60, packet.end());
            EXPECT_EQ(about.kind, tcp ? SegmentationKind::kTcp : SegmentationKind::kNone);
            EXPECT_EQ(about.segment_size, tcp ? kMaxSegment : 0U);
            EXPECT_EQ(about.needs_checksum,
                      load_be16(Bytes{packet}.subspan(56)) == pseudo_header_sum(packet));
        }
        EXPECT_EQ(joined, payload);
        their_sequence_ += 6000;

        // The other way: header and first payload, then payloads, as they lie in a batch.
        const Segmentation about{SegmentationKind::kTcp, true, 1000, 60, 40, 16};
        const Packet super = segment(kAck, pattern(2500), about);
        const std::array<Bytes, 4> pieces{Bytes{super}.first(60),
                                          Bytes{super}.subspan(60, 1000),
                                          Bytes{super}.subspan(1060, 1000),
                                          Bytes{super}.subspan(2060)};
        const TunWriteOutcome outcome = write(about, pieces);
        EXPECT_EQ(outcome.counts.sent, tcp ? 3U : 0U);
        EXPECT_EQ(outcome.refused.size(), tcp ? 0U : 1U);
        if (tcp) {
            EXPECT_EQ(outcome.counts.bytes, super.size());
            EXPECT_EQ(receive(socket), pattern(2500));
        }
        device_.reset();
    }
}

TEST_F(TunOffloadsTest, TakeRunsOfDatagramsAndSinglePacketsInOrder) {
    if (!make({})) {
        GTEST_SKIP() << "no tun device";
    }
    if (!device_->offloads().udp.on) {
        GTEST_SKIP() << "this kernel takes no super-packets of datagrams";
    }
    const UniqueFd socket = open(SOCK_DGRAM);
    const auto datagram = [&socket](Bytes payload, bool unfinished) {
        Packet packet = ipv6_packet(kUdp, 8, payload);
        const MutableBytes header = MutableBytes{packet}.subspan(40);
        store_be16(header, kOurPort);
        store_be16(header.subspan(2), port_of(socket));
        store_be16(header.subspan(4), static_cast<std::uint16_t>(8 + payload.size()));
        store_be16(header.subspan(6),
                   unfinished ? pseudo_header_sum(packet)
                              : static_cast<std::uint16_t>(~whole_sum(packet)));
        return packet;
    };
    const auto payload = pattern(250);
    const Packet first = datagram(pattern(3), false);
    const Packet super = datagram(payload, true);
    const Packet unfinished = datagram(pattern(5), true);
    const Segmentation about{SegmentationKind::kUdp, true, 100, 48, 40, 6};
    Segmentation wrong = about;
    wrong.checksum_start = 1000;
    Segmentation sizeless = about;
    sizeless.segment_size = 0;
    const std::array<Bytes, 2> pieces{Bytes{super}.first(148), Bytes{super}.subspan(148)};
    const std::array<Bytes, 1> single{unfinished};
    ASSERT_TRUE(out_.append_borrowed(first));
    ASSERT_TRUE(out_.append_pieces(wrong, pieces));
    ASSERT_TRUE(out_.append_pieces(about, pieces));
    ASSERT_TRUE(out_.append_pieces(sizeless, pieces));
    ASSERT_TRUE(out_.append_pieces({SegmentationKind::kNone, true, 0, 48, 40, 6}, single));
    const TunWriteOutcome outcome = device_->write(out_);
    EXPECT_EQ(outcome.state, TunState::kUsable);
    EXPECT_EQ(outcome.counts.sent, 5U);
    EXPECT_EQ(outcome.counts.not_sent(), 0U);
    EXPECT_EQ(std::vector(outcome.refused.begin(), outcome.refused.end()),
              (std::vector<std::uint16_t>{1, 3}));
    EXPECT_EQ(device_->offloads().refused_super_packets, 2U);
    std::vector<Packet> received;
    received.reserve(5);
    for (int i = 0; i < 5; ++i) {
        received.push_back(receive(socket));
    }
    EXPECT_EQ(received,
              (std::vector<Packet>{pattern(3),
                                   {payload.begin(), payload.begin() + 100},
                                   {payload.begin() + 100, payload.begin() + 200},
                                   {payload.begin() + 200, payload.end()},
                                   pattern(5)}));
}

}  // namespace
}  // namespace miredo::io
