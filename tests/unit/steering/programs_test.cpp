// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "steering/programs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "interpreters.hpp"
#include "io/unique_fd.hpp"
#include "private_network.hpp"
#include "steering/hash.hpp"

namespace miredo::steering {
namespace {

using Random = std::mt19937;  // the same addresses with every run

Endpoint random_endpoint(Random& random) {
    return {Ipv4Address{static_cast<std::uint32_t>(random())},
            static_cast<std::uint16_t>(random())};
}

void put(std::byte* to, std::uint32_t value, unsigned octets) {
    for (unsigned i = 0; i < octets; ++i) {
        to[i] = static_cast<std::byte>(value >> (8 * (octets - 1 - i)));
    }
}

// An IPv4 header with `option_words`, and a UDP header.
struct OuterHeaders {
    OuterHeaders(Endpoint from, unsigned option_words) : size{20 + 4 * option_words + 8} {
        bytes[0] = static_cast<std::byte>(0x40 | (5 + option_words));
        put(&bytes[12], from.address.value(), 4);
        std::fill_n(&bytes[20], 4 * option_words, std::byte{0xA5});
        put(&bytes[20 + 4 * option_words], from.port, 2);
    }
    [[nodiscard]] Bytes view() const { return Bytes{bytes}.first(size); }

    std::array<std::byte, 68> bytes{};
    std::size_t size;
};

// A bubble's header, to a peer with that mapping.
std::array<std::byte, 40> packet_to(Endpoint mapped) {
    std::array<std::byte, 40> packet{};
    packet[0] = std::byte{0x60};
    packet[6] = std::byte{59};
    put(&packet[24], 0x20010000, 4);
    put(&packet[34], mapped.port ^ 0xFFFFU, 2);
    put(&packet[36], ~mapped.address.value(), 4);
    return packet;
}

TEST(Programs, AgreeWithTheFunction) {
    Random random{1};
    std::vector<std::vector<sock_filter>> programs;
    for (std::uint32_t shards = 1; shards <= 16; ++shards) {
        programs.push_back(datagram_program(shards));
    }
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        const Endpoint peer = random_endpoint(random);
        const std::uint32_t shards = 1 + i % 16;
        const std::uint32_t wanted = shard_of(peer, shards);
        const OuterHeaders datagram{peer, (i >> 4U) % 11};
        ASSERT_EQ(test::run_classic(programs[shards - 1], datagram.view()), wanted)
            << peer.to_string();
        // As the kernel does (drivers/net/tun.c): 16 bits of it, modulo the number of queues.
        const std::uint32_t said = test::run_extended(packet_program(), packet_to(peer));
        ASSERT_EQ(said & 0xFFFFU, said);
        ASSERT_EQ(said % shards, wanted) << peer.to_string();
    }
}

TEST(Programs, TakeWhatIsTooShortForTheFirstShard) {
    const auto packet = packet_to({Ipv4Address{0xC0000201}, 4096});
    ASSERT_NE(test::run_extended(packet_program(), packet), 0U);
    EXPECT_EQ(test::run_extended(packet_program(), Bytes{packet}.first(39)), 0U);
}

TEST(Hash, SpreadsNeighbours) {
    for (const std::uint32_t shards : {2U, 3U, 8U, 16U}) {
        std::vector<std::uint32_t> by_port(shards);
        std::vector<std::uint32_t> by_address(shards);
        constexpr std::uint32_t kNeighbours = 4096;
        for (std::uint32_t i = 0; i < kNeighbours; ++i) {
            const auto port = static_cast<std::uint16_t>(20000 + i);
            ++by_port[shard_of({Ipv4Address{0xC6336401}, port}, shards)];
            ++by_address[shard_of({Ipv4Address{0xC6336401 + i}, 3545}, shards)];
        }
        for (std::uint32_t i = 0; i < shards; ++i) {
            const double fair = static_cast<double>(kNeighbours) / shards;
            EXPECT_NEAR(by_port[i], fair, fair / 4) << shards;
            EXPECT_NEAR(by_address[i], fair, fair / 4) << shards;
        }
    }
}

// What the interpreters can't know: that the kernel takes the programs, and what it shows them.
class Kernel : public ::testing::Test {
  protected:
    void SetUp() override { MIREDO_NEEDS_PRIVATE_NETWORK(); }
};

std::uint64_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

io::UniqueFd load_packet_program() {
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    attributes.insns = address_of(packet_program().data());
    attributes.insn_cnt = static_cast<std::uint32_t>(packet_program().size());
    attributes.license = address_of("GPL");
    return io::UniqueFd{
        static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes))};
}

TEST_F(Kernel, RunsThePacketProgram) {
    const io::UniqueFd program = load_packet_program();
    if (!program && (errno == EPERM || errno == ENOSYS)) {
        GTEST_SKIP() << "programs can't be loaded: " << std::strerror(errno);
    }
    ASSERT_TRUE(program) << std::strerror(errno);
    Random random{2};
    for (int i = 0; i < 4000; ++i) {
        const Endpoint peer = random_endpoint(random);
        // The test run takes an Ethernet frame and takes its header off.
        std::array<std::byte, 14 + 40> frame{};
        put(&frame[12], 0x86DD, 2);
        const auto packet = packet_to(peer);
        std::copy(packet.begin(), packet.end(), &frame[14]);
        bpf_attr attributes{};
        attributes.test.prog_fd = static_cast<std::uint32_t>(program.get());
        attributes.test.data_in = address_of(frame.data());
        attributes.test.data_size_in = frame.size();
        if (::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) != 0) {
            GTEST_SKIP() << "programs can't be tried: " << std::strerror(errno);
        }
        ASSERT_EQ(attributes.test.retval, hash(peer)) << peer.to_string();
    }
}

io::UniqueFd open_socket(Endpoint at, bool shares) {
    io::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(at.port);
    name.sin_addr.s_addr = htonl(at.address.value());
    const int on = shares ? 1 : 0;
    EXPECT_EQ(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
    const bool bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
    return bound ? std::move(fd) : io::UniqueFd{};
}

TEST_F(Kernel, RunsTheDatagramProgram) {
    constexpr std::uint32_t kShards = 5;
    const Endpoint service{Ipv4Address{0x7F000001}, 3544};
    std::vector<io::UniqueFd> shards;
    for (std::uint32_t i = 0; i < kShards; ++i) {
        shards.push_back(open_socket(service, true));
        ASSERT_TRUE(shards.back());
    }
    std::vector<sock_filter> program = datagram_program(kShards);
    const sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
    ASSERT_EQ(
        ::setsockopt(
            shards[0].get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached),
        0)
        << std::strerror(errno);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(service.port);
    to.sin_addr.s_addr = htonl(service.address.value());
    Random random{3};
    for (int i = 0; i < 4000; ++i) {
        const Endpoint peer{
            Ipv4Address{static_cast<std::uint32_t>(0x7F000002 + random() % 0xFFFF00)},
            static_cast<std::uint16_t>(1024 + random() % 64000)};
        const io::UniqueFd sender = open_socket(peer, false);
        if (!sender) {
            continue;  // its port is the service's
        }
        // Every second one has options in its IPv4 header: no operation, and the end.
        constexpr std::array<std::uint8_t, 8> kOptions{1, 1, 1, 1, 1, 1, 1, 0};
        if (i % 2 == 1) {
            ASSERT_EQ(::setsockopt(
                          sender.get(), IPPROTO_IP, IP_OPTIONS, kOptions.data(), kOptions.size()),
                      0);
        }
        const char byte = 0;
        ASSERT_EQ(::sendto(sender.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
                  1);
        for (std::uint32_t shard = 0; shard < kShards; ++shard) {
            char room = 0;
            const bool has_come = ::recv(shards[shard].get(), &room, 1, 0) == 1;
            ASSERT_EQ(has_come, shard == shard_of(peer, kShards)) << peer.to_string() << ' ' << i;
        }
    }
}

}  // namespace
}  // namespace miredo::steering
