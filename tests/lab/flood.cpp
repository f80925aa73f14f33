// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Sends malformed Teredo datagrams as fast as asked, from any source address: what a stranger on
// the Internet can send (RFC 4380 §5.1.1, RFC 6081 §4, and lengths that lie). For the lab only.
//
//   flood TARGET:PORT COUNT RATE SOURCE:PORT...
//
// Prints how many datagrams the kernel took. None of them may change anything at its receiver.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Bytes = std::vector<std::uint8_t>;
using Random = std::mt19937;

constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kPoolSize = 4096;
constexpr std::size_t kBatch = 64;
constexpr std::uint32_t kSeed = 4380;

struct Endpoint {
    in_addr address{};
    std::uint16_t port = 0;  // host byte order
};

std::size_t pick(Random& random, std::size_t below) {
    return random() % below;
}

Bytes noise(Random& random, std::size_t size) {
    Bytes bytes(size);
    std::generate(
        bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random() & 0xff); });
    return bytes;
}

void append(Bytes& to, const Bytes& more) {
    to.insert(to.end(), more.begin(), more.end());
}

// An IPv6 packet with random Teredo addresses and a true length.
Bytes ipv6_packet(Random& random, std::size_t payload) {
    Bytes packet = noise(random, kIpv6HeaderSize + payload);
    packet[0] = 0x60;
    packet[4] = static_cast<std::uint8_t>(payload >> 8);
    packet[5] = static_cast<std::uint8_t>(payload & 0xff);
    packet[6] = IPPROTO_UDP;
    for (const std::size_t address : {std::size_t{8}, std::size_t{24}}) {
        constexpr std::array<std::uint8_t, 4> kPrefix = {0x20, 0x01, 0, 0};
        std::copy(
            kPrefix.begin(), kPrefix.end(), packet.begin() + static_cast<std::ptrdiff_t>(address));
    }
    return packet;
}

Bytes short_ipv6(Random& random) {
    Bytes packet = ipv6_packet(random, 0);
    packet.resize(pick(random, kIpv6HeaderSize));
    return packet;
}

Bytes truncated_payload(Random& random) {
    Bytes packet = ipv6_packet(random, 8 + pick(random, 1200));
    packet.resize(packet.size() - 1 - pick(random, 8));
    return packet;
}

Bytes wrong_version(Random& random) {
    Bytes packet = ipv6_packet(random, pick(random, 200));
    packet[0] = static_cast<std::uint8_t>(0x10 * (7 + pick(random, 9)));
    return packet;
}

Bytes unknown_encapsulation(Random& random) {
    Bytes packet = {0, static_cast<std::uint8_t>(2 + pick(random, 254))};
    append(packet, ipv6_packet(random, 16));
    return packet;
}

Bytes truncated_origin(Random& random) {
    Bytes packet = {0, 0};
    append(packet, noise(random, pick(random, 6)));
    return packet;
}

Bytes origin_without_packet(Random& random) {
    Bytes packet = {0, 0};
    append(packet, noise(random, 6));
    append(packet, short_ipv6(random));
    return packet;
}

Bytes origin_twice(Random& random) {
    Bytes packet = {0, 0};
    append(packet, noise(random, 6));
    append(packet, {0, 0});
    append(packet, noise(random, 6));
    append(packet, ipv6_packet(random, 0));
    return packet;
}

Bytes origin_before_authentication(Random& random) {
    Bytes packet = {0, 0};
    append(packet, noise(random, 6));
    append(packet, {0, 1, 0, 0});
    append(packet, noise(random, 9));
    append(packet, ipv6_packet(random, 0));
    return packet;
}

// The lengths inside promise more than the datagram has.
Bytes lying_authentication(Random& random) {
    Bytes packet = {0,
                    1,
                    static_cast<std::uint8_t>(200 + pick(random, 56)),
                    static_cast<std::uint8_t>(200 + pick(random, 56))};
    append(packet, noise(random, pick(random, 300)));
    return packet;
}

Bytes authentication_without_packet(Random& random) {
    Bytes packet = {0, 1, 0, 0};
    append(packet, noise(random, 9));
    append(packet, short_ipv6(random));
    return packet;
}

// Well formed, but from an address that no host has: multicast, unspecified, loopback.
Bytes impossible_source(Random& random) {
    Bytes packet = ipv6_packet(random, 16 + pick(random, 64));
    std::fill_n(packet.begin() + 8, 16, std::uint8_t{0});
    switch (pick(random, 3)) {
    case 0:
        packet[8] = 0xff;
        break;
    case 1:
        packet[23] = 1;
        break;
    default:
        break;
    }
    return packet;
}

Bytes not_teredo_at_all(Random& random) {
    Bytes packet = noise(random, 1 + pick(random, 1400));
    packet[0] = static_cast<std::uint8_t>(0x80 | packet[0]);
    return packet;
}

constexpr std::array kShapes = {
    short_ipv6,
    truncated_payload,
    wrong_version,
    unknown_encapsulation,
    truncated_origin,
    origin_without_packet,
    origin_twice,
    origin_before_authentication,
    lying_authentication,
    authentication_without_packet,
    impossible_source,
    not_teredo_at_all,
};

// The IPv4 and UDP headers in front. The UDP checksum stays zero: "none", RFC 768.
Bytes with_headers(const Endpoint& from, const Endpoint& to, const Bytes& payload) {
    ip outer{};
    outer.ip_v = 4;
    outer.ip_hl = 5;
    outer.ip_ttl = 64;
    outer.ip_p = IPPROTO_UDP;
    outer.ip_src = from.address;
    outer.ip_dst = to.address;
    udphdr udp{};
    udp.uh_sport = htons(from.port);
    udp.uh_dport = htons(to.port);
    udp.uh_ulen = htons(static_cast<std::uint16_t>(sizeof udp + payload.size()));
    Bytes packet(sizeof outer + sizeof udp);
    std::memcpy(packet.data(), &outer, sizeof outer);
    std::memcpy(packet.data() + sizeof outer, &udp, sizeof udp);
    append(packet, payload);
    return packet;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    Endpoint endpoint;
    const std::string address(text.substr(0, colon));
    if (inet_pton(AF_INET, address.c_str(), &endpoint.address) != 1) {
        return std::nullopt;
    }
    const std::string port(text.substr(colon + 1));
    endpoint.port = static_cast<std::uint16_t>(std::strtoul(port.c_str(), nullptr, 10));
    return endpoint;
}

std::vector<Bytes> make_pool(const Endpoint& target, std::span<const Endpoint> sources) {
    Random random(kSeed);
    std::vector<Bytes> pool;
    for (std::size_t i = 0; i < kPoolSize; ++i) {
        const Endpoint& source = sources[i % sources.size()];
        // Shape and source go round at different paces, so that all of them meet.
        const auto shape = kShapes.at((i / sources.size()) % kShapes.size());
        pool.push_back(with_headers(source, target, shape(random)));
    }
    return pool;
}

// Sends up to `size` packets from position `first` of the pool on; how many were taken, or -1.
int send_batch(
    int socket, std::span<Bytes> pool, std::size_t first, std::size_t size, sockaddr_in& to) {
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> parts{};
    for (std::size_t i = 0; i < size; ++i) {
        Bytes& packet = pool[(first + i) % pool.size()];
        parts.at(i) = {packet.data(), packet.size()};
        msghdr& header = messages.at(i).msg_hdr;
        header.msg_name = &to;
        header.msg_namelen = sizeof to;
        header.msg_iov = &parts.at(i);
        header.msg_iovlen = 1;
    }
    return sendmmsg(socket, messages.data(), static_cast<unsigned>(size), 0);
}

// Returns the number sent; less than `count` only after an error, which it prints.
std::size_t send_all(
    int socket, std::span<Bytes> pool, const Endpoint& target, std::size_t count, double rate) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr = target.address;
    const auto begin = std::chrono::steady_clock::now();
    std::size_t sent = 0;
    while (sent < count) {
        const int taken = send_batch(socket, pool, sent, std::min(kBatch, count - sent), to);
        if (taken < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
            std::perror("flood: sendmmsg");
            break;
        }
        sent += static_cast<std::size_t>(std::max(taken, 0));
        const std::chrono::duration<double> due(static_cast<double>(sent) / rate);
        std::this_thread::sleep_until(
            begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
    }
    return sent;
}

// The target and the sources: every argument but the count and the rate. Empty after an error.
std::vector<Endpoint> parse_ends(std::span<const std::string_view> arguments) {
    std::vector<Endpoint> ends;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (i == 1 || i == 2) {
            continue;
        }
        const auto end = parse_endpoint(arguments[i]);
        if (!end) {
            std::cerr << "flood: " << arguments[i] << " is no ADDRESS:PORT\n";
            return {};
        }
        ends.push_back(*end);
    }
    return ends;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    if (arguments.size() < 4) {
        std::cerr << "usage: flood TARGET:PORT COUNT RATE SOURCE:PORT...\n";
        return 2;
    }
    const auto ends = parse_ends(arguments);
    if (ends.empty()) {
        return 2;
    }
    const int socket = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (socket < 0) {
        std::perror("flood: raw socket");
        return 1;
    }
    auto pool = make_pool(ends.front(), std::span(ends).subspan(1));
    const std::size_t count = std::strtoul(argv[2], nullptr, 10);
    const std::size_t sent =
        send_all(socket, pool, ends.front(), count, std::strtod(argv[3], nullptr));
    close(socket);
    std::cout << sent << '\n';
    return sent == count ? 0 : 1;
}
