// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// UDP sockets that speak for very many addresses at once: each datagram says which one it comes
// from, and which one it came to (IP_PKTINFO, IPV6_PKTINFO). The addresses have to be local ones:
// a route of type `local` makes all of a prefix so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "io/unique_fd.hpp"

namespace miredo::bench {

// Bound to `port` of all addresses (0: any). They end the program where the kernel refuses.
[[nodiscard]] io::UniqueFd open_ipv4(std::uint16_t port);
[[nodiscard]] io::UniqueFd open_ipv6(std::uint16_t port);

// Datagrams to be sent together, copied.
class SendBatch {
  public:
    static constexpr std::size_t kCapacity = 64;
    static constexpr std::size_t kMaximumSize = 160;  // of each

    SendBatch() = default;
    SendBatch(const SendBatch&) = delete;  // the headers point into it
    SendBatch& operator=(const SendBatch&) = delete;
    SendBatch(SendBatch&&) = delete;
    SendBatch& operator=(SendBatch&&) = delete;
    ~SendBatch() = default;

    // Only while size() < kCapacity, and all of one kind until the next send().
    void add(Ipv4Address from, Endpoint to, Bytes datagram);
    void add(const Ipv6Address& from, const Ipv6Address& to, std::uint16_t port, Bytes datagram);
    [[nodiscard]] std::size_t size() const { return size_; }
    // Sends and clears; returns how many the kernel took. The reason why it did not take one is
    // left in `errno`.
    std::size_t send(int fd);

  private:
    struct Slot {
        std::array<std::byte, kMaximumSize> bytes;
        sockaddr_storage name;
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in6_pktinfo))> control;
        iovec piece;
    };

    template <typename Name, typename Information>
    void add(const Name& name, int level, int type, const Information& from, Bytes datagram);

    std::array<Slot, kCapacity> slots_;
    std::array<mmsghdr, kCapacity> messages_{};
    std::size_t size_ = 0;
};

// Datagrams that came together.
class ReceiveBatch {
  public:
    static constexpr std::size_t kCapacity = 64;

    struct Datagram {
        Endpoint from;
        Ipv4Address to;
        Bytes bytes;  // what does not fit is cut off
    };

    // IPv4. Never waits: returns how many there were.
    std::size_t receive(int fd);
    [[nodiscard]] Datagram operator[](std::size_t index) const;

  private:
    struct Slot {
        std::array<std::byte, 2048> bytes;
        sockaddr_in name;
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo))> control;
        iovec piece;
    };

    std::array<Slot, kCapacity> slots_;
    std::array<mmsghdr, kCapacity> messages_{};
};

// Waits until something can be received, `limit` seconds at most.
void wait_readable(int fd, double limit);

}  // namespace miredo::bench
