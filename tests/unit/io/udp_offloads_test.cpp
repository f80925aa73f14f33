// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// UDP_SEGMENT and UDP_GRO over the loopback interface, and what is left when the kernel refuses.
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <random>
#include <vector>

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <gtest/gtest.h>

#include "io/segment_limit.hpp"
#include "io/udp_socket.hpp"
#include "older_kernel.hpp"
#include "private_network.hpp"

namespace miredo::io {
namespace {

using Datagrams = std::vector<std::vector<std::byte>>;

constexpr Ipv4Address kLoopback{127, 0, 0, 1};

std::vector<std::byte> datagram(std::size_t size, int value) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(value + static_cast<int>(i));
    }
    return bytes;
}

Datagrams datagrams(const std::vector<std::size_t>& sizes) {
    Datagrams result;
    for (const std::size_t size : sizes) {
        result.push_back(datagram(size, static_cast<int>(result.size())));
    }
    return result;
}

// The loopback interface's MTU as long as it lives.
class LoopbackMtu {
  public:
    explicit LoopbackMtu(int mtu) { set(mtu); }
    LoopbackMtu(const LoopbackMtu&) = delete;
    LoopbackMtu& operator=(const LoopbackMtu&) = delete;
    LoopbackMtu(LoopbackMtu&&) = delete;
    LoopbackMtu& operator=(LoopbackMtu&&) = delete;
    ~LoopbackMtu() { set(65536); }

  private:
    static void set(int mtu) {
        const UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        ifreq request{};
        std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
        request.ifr_mtu = mtu;
        EXPECT_EQ(::ioctl(socket.get(), SIOCSIFMTU, &request), 0) << std::strerror(errno);
    }
};

class UdpOffloadsTest : public ::testing::Test {
  protected:
    void SetUp() override { MIREDO_NEEDS_PRIVATE_NETWORK(); }

    static UdpSocket open(bool sends_segments = true, bool coalesces_received = true) {
        UdpOptions options;
        options.sends_segments = sends_segments;
        options.coalesces_received = coalesces_received;
        return UdpSocket::open(kLoopback, 0, options).value();
    }

    SendCounts send(UdpSocket& sender, Endpoint to, const Datagrams& all) {
        out_.clear();
        for (const auto& each : all) {
            const std::size_t cut = each.size() / 3;
            EXPECT_TRUE(out_.append_borrowed(to, Bytes{each}.first(cut), Bytes{each}.subspan(cut)));
        }
        return sender.send(out_);
    }

    Datagrams receive(UdpSocket& receiver, std::size_t count) {
        Datagrams all;
        runs_ = 0;
        pollfd waiting{receiver.fd(), POLLIN, 0};
        while (all.size() < count && ::poll(&waiting, 1, 10'000) == 1) {
            EXPECT_EQ(receiver.receive(in_).truncated, 0U);
            runs_ += in_.runs().size();
            EXPECT_EQ(in_.size(), static_cast<std::size_t>(std::distance(in_.begin(), in_.end())));
            for (const ReceivedDatagram& each : in_) {
                all.emplace_back(each.bytes.begin(), each.bytes.end());
            }
        }
        return all;
    }

    // What is sent arrives, whatever the kernel says to segments on the way.
    void expect_delivery(UdpSocket& sender, UdpSocket& receiver, const Datagrams& all) {
        EXPECT_EQ(send(sender, receiver.local_endpoint(), all).sent, all.size());
        EXPECT_EQ(receive(receiver, all.size()), all);
    }

    DatagramSendBatch out_;
    DatagramReceiveBatch in_;
    std::size_t runs_ = 0;  // of the last receive()
};

TEST(SegmentLimit, LearnsFromRefusalsForAWhile) {
    struct Case {
        int error_number;
        bool about_size;
    };
    for (const Case& each : {Case{EINVAL, true},
                             Case{EMSGSIZE, true},
                             Case{EIO, false},
                             Case{EOPNOTSUPP, false},
                             Case{ENOPROTOOPT, false}}) {
        SCOPED_TRACE(each.error_number);
        EXPECT_TRUE(SegmentLimit::is_refusal(each.error_number));
        SegmentLimit limit{true, 0};
        EXPECT_EQ(limit.state(), (Offload{true, 0}));
        limit.refuse(1400, each.error_number);
        EXPECT_FALSE(limit.allows(1400));
        EXPECT_EQ(limit.allows(1399), each.about_size);
        EXPECT_EQ(limit.smallest_refused(), each.about_size ? 1400U : 0U);
        EXPECT_EQ(limit.state(),
                  each.about_size ? (Offload{true, 0}) : (Offload{false, each.error_number}));
        limit.refuse(1500, each.error_number);
        EXPECT_FALSE(limit.allows(1400));
        const std::size_t pause =
            each.about_size ? SegmentLimit::kSizePause : SegmentLimit::kRefusalPause;
        limit.advance(pause - 1);
        EXPECT_FALSE(limit.allows(1400));
        limit.advance(1);
        EXPECT_TRUE(limit.allows(1400));
        EXPECT_EQ(limit.state(), (Offload{true, 0}));
    }
    for (const int error_number : {EAGAIN, ENOBUFS, EPERM, EACCES, ENETUNREACH}) {
        EXPECT_FALSE(SegmentLimit::is_refusal(error_number));
    }
}

TEST(SegmentLimit, StaysOffWhereItIsNotWantedOrNotKnown) {
    SegmentLimit unknown{true, ENOPROTOOPT};
    SegmentLimit unwanted{false, 0};
    unknown.advance(2 * SegmentLimit::kRefusalPause);
    EXPECT_FALSE(unknown.allows(1));
    EXPECT_EQ(unknown.state(), (Offload{false, ENOPROTOOPT}));
    EXPECT_FALSE(unwanted.allows(1));
    EXPECT_EQ(unwanted.state(), (Offload{false, 0}));
}

static_assert(std::forward_iterator<DatagramReceiveBatch::Iterator>);

TEST_F(UdpOffloadsTest, CarriesTheTosOctetOfEachDatagram) {
    constexpr std::array<std::uint8_t, 7> kTos{0, 0, 2, 2, 2, 1, 3};
    UdpSocket sender = open();
    UdpSocket receiver = open();
    const Datagrams all = datagrams(std::vector<std::size_t>(kTos.size(), 100));
    out_.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {
        ASSERT_TRUE(out_.append_borrowed(receiver.local_endpoint(), all[i], kTos.at(i)));
    }
    EXPECT_EQ(sender.send(out_).sent, all.size());
    std::vector<std::uint8_t> tos;
    pollfd waiting{receiver.fd(), POLLIN, 0};
    while (tos.size() < all.size() && ::poll(&waiting, 1, 10'000) == 1) {
        receiver.receive(in_);
        for (const ReceivedDatagram& each : in_) {
            EXPECT_EQ(Datagrams::value_type(each.bytes.begin(), each.bytes.end()), all[tos.size()]);
            tos.push_back(each.tos);
        }
    }
    EXPECT_EQ(tos, std::vector<std::uint8_t>(kTos.begin(), kTos.end()));
}

TEST_F(UdpOffloadsTest, CarriesDatagramsOfEverySizeInOrderWithAndWithoutOffloads) {
    struct Case {
        std::vector<std::size_t> sizes;
        std::size_t runs;
    };
    const std::vector<Case> cases{{std::vector<std::size_t>(51, 1280), 1},
                                  {std::vector<std::size_t>(64, 1), 1},
                                  {std::vector<std::size_t>(65, 1), 2},
                                  {{1280, 1280, 100}, 1},
                                  {{1280, 100, 1280, 1280}, 2},
                                  {{100, 200}, 2},
                                  {{0}, 1},
                                  {{100, 100, 0, 0, 100, 100, 1, 0}, 5},
                                  {{30000, 30000, 5489}, 1},
                                  {{30000, 30000, 5490, 1}, 2},
                                  {{65507, 1}, 2}};
    for (const bool segments : {true, false}) {
        for (const bool coalesced : {true, false}) {
            auto sender = open(segments);
            auto receiver = open(true, coalesced);
            EXPECT_EQ(sender.offloads().segments_sent, (Offload{segments, 0}));
            EXPECT_EQ(receiver.offloads().received_coalesced, (Offload{coalesced, 0}));
            for (const Case& each : cases) {
                expect_delivery(sender, receiver, datagrams(each.sizes));
                EXPECT_EQ(runs_, segments && coalesced ? each.runs : each.sizes.size())
                    << each.sizes.front() << " segments " << segments << " coalesced " << coalesced;
            }
            EXPECT_EQ(sender.offloads().segmentation_fallbacks, 0U);
        }
    }
}

TEST_F(UdpOffloadsTest, ARunHasTheSourceOfItsDatagrams) {
    auto sender = open();
    auto receiver = open();
    send(sender, receiver.local_endpoint(), datagrams({700, 700, 20}));
    ASSERT_EQ(receive(receiver, 3).size(), 3U);
    ASSERT_EQ(in_.runs().size(), 1U);
    const DatagramRun& run = in_.runs().front();
    EXPECT_EQ(run.bytes.size(), 1420U);
    EXPECT_EQ(run.segment_size, 700U);
    EXPECT_EQ(run.from, sender.local_endpoint());
    for (const ReceivedDatagram& each : in_) {
        EXPECT_EQ(each.from, sender.local_endpoint());
    }
}

TEST_F(UdpOffloadsTest, ReceivesLessAtATimeWhileMuchComes) {
    auto sender = open();
    auto plain = open(false);
    auto receiver = open();
    const int bytes = 1 << 22;
    ASSERT_EQ(::setsockopt(receiver.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes), 0);
    const auto run = datagrams(std::vector<std::size_t>(51, 1280));
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(send(sender, receiver.local_endpoint(), run).sent, run.size());
    }
    EXPECT_TRUE(receiver.receive(in_).drained);
    EXPECT_EQ(in_.size(), 10 * run.size());
    send(plain, receiver.local_endpoint(), run);
    EXPECT_FALSE(receiver.receive(in_).drained);
    EXPECT_EQ(in_.size(), 16U);
    EXPECT_TRUE(receiver.receive(in_).drained);
    EXPECT_EQ(in_.size(), run.size() - 16);
}

TEST_F(UdpOffloadsTest, RandomTrainsToSeveralArriveAsTheyWere) {
    auto sender = open();
    std::vector<UdpSocket> receivers;
    receivers.push_back(open());
    receivers.push_back(open(true, false));
    std::mt19937 random{1};
    for (int round = 0; round < 100; ++round) {
        std::vector<Datagrams> sent(2);
        out_.clear();
        Datagrams kept;
        kept.reserve(100);
        while (kept.size() < 100) {
            const std::size_t to = random() % 2;
            const std::size_t size = random() % 4 == 0 ? random() % 400 : 300;
            for (std::size_t run = random() % 20; run > 0 && kept.size() < 100; --run) {
                kept.push_back(datagram(size, static_cast<int>(random() % 256)));
                sent[to].push_back(kept.back());
                ASSERT_TRUE(out_.append_borrowed(receivers[to].local_endpoint(), kept.back()));
            }
        }
        ASSERT_EQ(sender.send(out_).sent, kept.size());
        for (std::size_t to = 0; to < 2; ++to) {
            ASSERT_EQ(receive(receivers[to], sent[to].size()), sent[to]);
        }
    }
}

// The device's MTU, not the largest datagram, bounds a segment.
TEST_F(UdpOffloadsTest, SendsSinglyWhatWouldHaveToBeFragmented) {
    const LoopbackMtu mtu{1500};
    auto sender = open();
    auto receiver = open();
    expect_delivery(sender, receiver, datagrams({2000, 2000, 2000, 1000, 1000}));
    UdpOffloads offloads = sender.offloads();
    EXPECT_EQ(offloads.segments_sent, (Offload{true, 0}));
    EXPECT_EQ(offloads.smallest_refused, 2000U);
    EXPECT_EQ(offloads.segmentation_fallbacks, 1U);
    // Not again for these sizes, still for smaller ones, until it is tried again.
    expect_delivery(sender, receiver, datagrams({2000, 2000, 2100, 2100, 1000, 1000}));
    EXPECT_EQ(sender.offloads().segmentation_fallbacks, 1U);
    expect_delivery(sender, receiver, datagrams({1900, 1900}));
    EXPECT_EQ(sender.offloads().smallest_refused, 1900U);
    EXPECT_EQ(sender.offloads().segmentation_fallbacks, 2U);
    for (std::size_t sent = 0; sent < SegmentLimit::kSizePause; sent += 64) {
        expect_delivery(sender, receiver, datagrams(std::vector<std::size_t>(64, 10)));
    }
    EXPECT_EQ(sender.offloads().smallest_refused, 0U);
    expect_delivery(sender, receiver, datagrams({2000, 2000}));
    EXPECT_EQ(sender.offloads().segmentation_fallbacks, 3U);
}

TEST_F(UdpOffloadsTest, SendsSinglyWhenTheKernelWillNotSegmentAtAll) {
    auto sender = open();
    auto receiver = open();
    const int yes = 1;
    ASSERT_EQ(::setsockopt(sender.fd(), SOL_SOCKET, SO_NO_CHECK, &yes, sizeof yes), 0);
    const auto all = datagrams(std::vector<std::size_t>(60, 500));
    expect_delivery(sender, receiver, all);
    EXPECT_EQ(sender.offloads().smallest_refused, 500U);
    EXPECT_EQ(sender.offloads().segmentation_fallbacks, 1U);
    expect_delivery(sender, receiver, all);
    EXPECT_EQ(sender.offloads().segmentation_fallbacks, 1U);
}

TEST_F(UdpOffloadsTest, LearnsNothingFromADestinationThatFailsAnyway) {
    auto sender = open();
    const auto all = datagrams({500, 500, 500});
    const SendCounts counts = send(sender, {kLoopback, 0}, all);
    EXPECT_EQ(counts.refused, 3U);
    EXPECT_EQ(counts.last_error, EINVAL);
    EXPECT_EQ(sender.offloads().smallest_refused, 0U);
    EXPECT_EQ(sender.offloads().segmentation_fallbacks, 0U);
    // Nor from a refusal of the whole.
    EXPECT_EQ(send(sender, {Ipv4Address{192, 0, 2, 1}, 9}, all).unreachable, 3U);
}

// A device without checksum offload under an older kernel, IPsec: one piece is refused (one
// message), datagrams one by one (several messages) are not.
TEST_F(UdpOffloadsTest, SendsSinglyForLongWhereNothingCanBeSegmented) {
    for (const int error_number : {EIO, EOPNOTSUPP}) {
        auto sender = open();
        auto receiver = open();
        const auto all = datagrams({500, 500, 500, 20});
        const auto body = [&] {
            expect_delivery(sender, receiver, all);
            EXPECT_EQ(sender.offloads().segments_sent, (Offload{false, error_number}));
            EXPECT_EQ(sender.offloads().segmentation_fallbacks, 1U);
            expect_delivery(sender, receiver, all);
        };
        if (!test::run_where_refused({{__NR_sendmmsg, {{2, 1}}, error_number}}, body)) {
            GTEST_SKIP() << "no system call filter: " << std::strerror(errno);
        }
        expect_delivery(sender, receiver, all);
        EXPECT_EQ(runs_, all.size());
        EXPECT_EQ(sender.offloads().segmentation_fallbacks, 1U);
    }
}

TEST_F(UdpOffloadsTest, DoesWithoutWhatAnOlderKernelDoesNotKnow) {
    const auto body = [this] {
        auto sender = open();
        auto receiver = open();
        const UdpOffloads offloads = sender.offloads();
        EXPECT_EQ(offloads.segments_sent, (Offload{false, ENOPROTOOPT}));
        EXPECT_EQ(offloads.received_coalesced, (Offload{false, ENOPROTOOPT}));
        const auto all = datagrams({500, 500, 500, 20});
        expect_delivery(sender, receiver, all);
        EXPECT_EQ(runs_, all.size());
    };
    if (!test::run_where_refused(
            {{__NR_setsockopt, {{1, IPPROTO_UDP}, {2, UDP_SEGMENT}}, ENOPROTOOPT},
             {__NR_setsockopt, {{1, IPPROTO_UDP}, {2, UDP_GRO}}, ENOPROTOOPT}},
            body)) {
        GTEST_SKIP() << "no system call filter: " << std::strerror(errno);
    }
}

}  // namespace
}  // namespace miredo::io
