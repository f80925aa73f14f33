// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Sends UDP datagrams with 64 bytes of payload as fast as the kernel takes them, or counts them
// where they arrive: the flow of small packets of tests/bench. A datagram is a packet: none is cut
// off a larger one, nor received so.
//
//   small_packets send ADDRESS PORT SECONDS   prints how many the kernel took
//   small_packets count PORT                  says "ready"; ends when nothing more comes, and
//   prints
//                                             how many came and the seconds from first to last
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "io/unique_fd.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using miredo::io::UniqueFd;

constexpr std::size_t kPayload = 64;
constexpr std::size_t kBatch = 64;
// What is not fetched in time is lost by the counter, not by what is measured.
constexpr int kReceiveBuffer = 64 << 20;
constexpr timeval kFirstLimit{10, 0};
constexpr timeval kSilence{0, 300'000};

// Room for datagrams, and what the kernel wants to know about it.
class Batch {
  public:
    Batch() {
        for (std::size_t i = 0; i < kBatch; ++i) {
            parts_.at(i) = {payload_.at(i).data(), kPayload};
            messages_.at(i).msg_hdr.msg_iov = &parts_.at(i);
            messages_.at(i).msg_hdr.msg_iovlen = 1;
        }
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    Batch(Batch&&) = delete;
    Batch& operator=(Batch&&) = delete;
    ~Batch() = default;

    int send(int socket) { return ::sendmmsg(socket, messages_.data(), kBatch, 0); }
    int receive(int socket) {
        return ::recvmmsg(socket, messages_.data(), kBatch, MSG_WAITFORONE, nullptr);
    }

  private:
    std::array<std::array<std::uint8_t, kPayload>, kBatch> payload_{};
    std::array<iovec, kBatch> parts_{};
    std::array<mmsghdr, kBatch> messages_{};
};

std::optional<sockaddr_in6> endpoint(const char* address, const char* port) {
    sockaddr_in6 made{};
    made.sin6_family = AF_INET6;
    made.sin6_port = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
    if (::inet_pton(AF_INET6, address, &made.sin6_addr) != 1) {
        return std::nullopt;
    }
    return made;
}

int failed(const char* what) {
    std::perror(what);
    return 1;
}

int send(const sockaddr_in6& to, double seconds) {
    const UniqueFd socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        return failed("small_packets: connect");
    }
    Batch batch;
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
    std::uint64_t sent = 0;
    while (Clock::now() < end) {
        const int taken = batch.send(socket.get());
        if (taken > 0) {
            sent += static_cast<std::uint64_t>(taken);
        } else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED) {
            return failed("small_packets: sendmmsg");
        }
    }
    std::cout << sent << '\n';
    return 0;
}

bool wait_at_most(int socket, const timeval& limit) {
    return ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0;
}

int count(const sockaddr_in6& here) {
    const UniqueFd socket{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
        ::setsockopt(
            socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) !=
            0 ||
        !wait_at_most(socket.get(), kFirstLimit)) {
        return failed("small_packets: socket");
    }
    std::cout << "ready" << std::endl;
    Batch batch;
    std::uint64_t came = 0;
    Clock::time_point first;
    Clock::time_point last;
    for (int taken = batch.receive(socket.get()); taken > 0; taken = batch.receive(socket.get())) {
        last = Clock::now();
        if (came == 0) {
            first = last;
            wait_at_most(socket.get(), kSilence);
        }
        came += static_cast<std::uint64_t>(taken);
    }
    std::cout << came << ' ' << std::chrono::duration<double>(last - first).count() << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (arguments.size() == 4 && arguments[0] == "send") {
        if (const auto to = endpoint(argv[2], argv[3])) {
            return send(*to, std::strtod(argv[4], nullptr));
        }
    } else if (arguments.size() == 2 && arguments[0] == "count") {
        return count(*endpoint("::", argv[2]));
    }
    std::cerr << "usage: small_packets send ADDRESS PORT SECONDS | count PORT\n";
    return 2;
}
