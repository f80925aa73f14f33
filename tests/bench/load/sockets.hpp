// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Sockets that speak for very many addresses at once. Of UDP: each datagram says which one it comes
// from, and which one it came to (IP_PKTINFO). The addresses have to be local ones: a route of type
// `local` makes all of a prefix so. Or of a device, which is given whole frames.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "io/unique_fd.hpp"

namespace miredo::bench {

// Bound to `port` of all addresses (0: any), and to a device. They end the program where the kernel
// refuses.
[[nodiscard]] io::UniqueFd open_udp(std::uint16_t port);
[[nodiscard]] io::UniqueFd open_link(const std::string& device);

// Datagrams or frames to be sent together, copied.
class SendBatch {
  public:
    static constexpr std::size_t kCapacity = 64;
    static constexpr std::size_t kMaximumSize = 192;  // of each

    SendBatch() = default;
    SendBatch(const SendBatch&) = delete;  // the headers point into it
    SendBatch& operator=(const SendBatch&) = delete;
    SendBatch(SendBatch&&) = delete;
    SendBatch& operator=(SendBatch&&) = delete;
    ~SendBatch() = default;

    // Only while size() < kCapacity, and all of one kind until the next send().
    void add(Ipv4Address from, Endpoint to, Bytes datagram);
    void add(std::initializer_list<Bytes> frame);  // in pieces
    [[nodiscard]] std::size_t size() const { return size_; }
    // Sends and clears; returns how many the kernel took. The reason why it did not take one is
    // left in `errno`.
    std::size_t send(int fd);

  private:
    struct Slot {
        std::array<std::byte, kMaximumSize> bytes;
        sockaddr_in name;
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo))> control;
        iovec piece;
    };

    // The header of the next one, with nothing in it but its bytes.
    msghdr& append(std::initializer_list<Bytes> pieces);

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
