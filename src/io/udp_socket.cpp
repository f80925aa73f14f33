// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/udp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

namespace miredo::io {
namespace {

constexpr std::array kMulticastOptions{std::pair{IP_MULTICAST_TTL, 1},
                                       std::pair{IP_MULTICAST_LOOP, 0},
                                       std::pair{IP_MULTICAST_ALL, 0}};

sockaddr_in to_sockaddr(Endpoint endpoint) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(endpoint.port);
    result.sin_addr.s_addr = htonl(endpoint.address.value());
    return result;
}

Endpoint to_endpoint(const sockaddr_in& from) {
    return {Ipv4Address{ntohl(from.sin_addr.s_addr)}, ntohs(from.sin_port)};
}

Error open_error(const char* what, Endpoint endpoint) {
    Error error{what, endpoint.to_string(), errno, ""};
    switch (error.error_number) {
    case EADDRNOTAVAIL:
        error.what = "cannot bind the UDP socket, no interface of this host has the address";
        error.remedy = "Bind to an address that this host has, or to none";
        break;
    case EADDRINUSE:
        error.what = "cannot bind the UDP socket, another program has the port";
        error.remedy = "Stop it (`ss -ulpn` shows it) or choose another port";
        break;
    case EACCES:
        error.remedy = "Choose a port above 1023, or start as root";
        break;
    case EMFILE:
    case ENFILE:
        error.remedy = "Raise the limit of open files (LimitNOFILE=, ulimit -n)";
        break;
    default:
        break;
    }
    return error;
}

Expected<void> set_option(int fd, int level, int option, int value, Endpoint endpoint) {
    if (::setsockopt(fd, level, option, &value, sizeof value) != 0) {
        return Failure{open_error("cannot set up the UDP socket", endpoint)};
    }
    return {};
}

Expected<void> configure(int fd, Endpoint endpoint, const UdpOptions& options) {
    // No DF bit and no heed to forged "fragmentation needed": what is too large is fragmented.
    if (auto set = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, endpoint); !set) {
        return set;
    }
    if (auto set = set_option(fd, IPPROTO_IP, IP_RECVTOS, 1, endpoint); !set) {
        return set;
    }
    for (const auto& [option, value] : kMulticastOptions) {
        if (auto set = set_option(fd, IPPROTO_IP, option, value, endpoint); !set) {
            return set;
        }
    }
    if (options.joins) {
        if (auto set = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, endpoint); !set) {
            return set;
        }
    }
    if (options.shares_port) {
        if (auto set = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, endpoint); !set) {
            return set;
        }
    }
    if (options.receive_buffer) {
        const auto bytes = static_cast<int>(std::min(*options.receive_buffer, 1U << 30U));
        return set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes, endpoint);
    }
    return {};
}

// 0, or why the kernel does not cut what it is given. One that has never heard of it must not be
// asked with a datagram: it would send the whole as one.
int probe_segments(int fd) {
    const int none = 0;
    return ::setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof none) == 0 ? 0 : errno;
}

// 0, or why the kernel does not coalesce what comes.
int turn_coalescing_on(int fd) {
    const int yes = 1;
    return ::setsockopt(fd, IPPROTO_UDP, UDP_GRO, &yes, sizeof yes) == 0 ? 0 : errno;
}

}  // namespace

Expected<UdpSocket>
UdpSocket::open(Ipv4Address address, std::uint16_t port, const UdpOptions& options) {
    const Endpoint wanted{address, port};
    UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP)};
    if (!fd) {
        return Failure{open_error("cannot open a UDP socket", wanted)};
    }
    if (auto configured = configure(fd.get(), wanted, options); !configured) {
        return Failure{configured.error()};
    }
    sockaddr_in name = to_sockaddr(wanted);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
        return Failure{open_error("cannot bind the UDP socket", wanted)};
    }
    socklen_t size = sizeof name;
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
        return Failure{open_error("cannot read the UDP socket's address", wanted)};
    }
    const int refusal = options.sends_segments ? probe_segments(fd.get()) : 0;
    UdpSocket socket{std::move(fd),
                     to_endpoint(name),
                     std::make_unique<UdpSender>(options.sends_segments, refusal)};
    if (options.coalesces_received) {
        const int error_number = turn_coalescing_on(socket.fd());
        socket.received_coalesced_ = {error_number == 0, error_number};
    }
    return socket;
}

ReceiveOutcome UdpSocket::receive(DatagramReceiveBatch& batch) {
    ReceiveOutcome outcome;
    const std::size_t wanted = batch.wanted_slots();
    const int received = ::recvmmsg(
        fd_.get(), batch.prepare(wanted), static_cast<unsigned>(wanted), MSG_DONTWAIT, nullptr);
    if (received < 0) {
        // Also after an error there is nothing to do before the next wake-up.
        outcome.error_number = errno == EAGAIN || errno == EINTR ? 0 : errno;
    }
    const auto count = static_cast<std::size_t>(std::max(received, 0));
    outcome.drained = count < wanted;
    outcome.truncated = batch.take(count);
    return outcome;
}

SendCounts UdpSocket::send(const DatagramSendBatch& batch) {
    return sender_->send(fd_.get(), batch);
}

std::uint64_t UdpSocket::kernel_drops() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> information{};
    socklen_t size = sizeof information;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, information.data(), &size) == 0) {
        const std::uint32_t now = information[SK_MEMINFO_DROPS];
        drops_ += static_cast<std::uint32_t>(now - last_drops_);
        last_drops_ = now;
    }
    return drops_;
}

// Set after bind(), it lets others in and does not make us join.
Expected<void> UdpSocket::let_others_join() {
    return set_option(fd_.get(), SOL_SOCKET, SO_REUSEPORT, 1, local_);
}

Expected<void> UdpSocket::steer(std::span<const sock_filter> program) {
    // The kernel only reads it.
    const sock_fprog attached{static_cast<unsigned short>(program.size()),
                              const_cast<sock_filter*>(program.data())};
    if (::setsockopt(fd_.get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached) !=
        0) {
        return Failure{open_error("cannot steer datagrams to UDP sockets", local_)};
    }
    return {};
}

std::uint32_t UdpSocket::receive_buffer() const {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    (void)::getsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return static_cast<std::uint32_t>(bytes);
}

UdpOffloads UdpSocket::offloads() const {
    UdpOffloads offloads;
    sender_->describe(offloads);
    offloads.received_coalesced = received_coalesced_;
    return offloads;
}

}  // namespace miredo::io
