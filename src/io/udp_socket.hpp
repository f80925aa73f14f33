// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One UDP socket over IPv4, non-blocking, in batches. DF is not set, so that an outer packet larger
// than the path is fragmented instead of lost (RFC 4380 §5.2.5 allows the minimum IPv6 MTU to be
// assumed); broadcasts cannot be sent; ICMP errors are not asked for. Multicasts stay on the link,
// don't come back to this host, and only those of groups that this very socket has joined come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <linux/filter.h>

#include "base/endpoint.hpp"
#include "base/error.hpp"
#include "io/datagram_batch.hpp"
#include "io/offloads.hpp"
#include "io/send_counts.hpp"
#include "io/udp_sender.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

struct UdpOptions {
    // Bytes, as in SO_RCVBUF: the kernel takes at most net.core.rmem_max. nullopt: its default.
    // More needs the broker (set_receive_buffer).
    std::optional<std::uint32_t> receive_buffer;
    // Others may bind to the same, where they want it too: for multicast, of which each gets a
    // copy.
    bool shares_port = false;
    // Hand over consecutive datagrams to one endpoint in one piece, where the kernel can (Linux
    // 4.18) and will.
    bool sends_segments = true;
    // Let the kernel hand over what comes in runs, where it can (Linux 5.0).
    bool coalesces_received = true;
    // Bind where another socket of this user has let others join (let_others_join()): each datagram
    // goes to one of them.
    bool joins = false;
};

struct ReceiveOutcome {
    std::size_t truncated = 0;  // datagrams (or runs) larger than a slot: not in the batch
    bool drained = false;       // the socket had no more; else receive() again
    int error_number = 0;       // a pending socket error (a hint), 0 for none
};

class UdpSocket {
  public:
    // `address` unspecified: any local address; `port` 0: the kernel chooses. Errors name the
    // endpoint; error_number is EADDRNOTAVAIL where the address is not local, EADDRINUSE where the
    // port is taken, EACCES where it needs a privilege.
    [[nodiscard]] static Expected<UdpSocket>
    open(Ipv4Address address, std::uint16_t port, const UdpOptions& options = {});

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Endpoint local_endpoint() const { return local_; }

    // Replaces the batch's contents by what has come, as far as it has room. Never blocks.
    ReceiveOutcome receive(DatagramReceiveBatch& batch);
    // Sends all it can and gets past each one that fails. Never blocks. The batch is not changed.
    SendCounts send(const DatagramSendBatch& batch);

    // Datagrams that the kernel dropped because the receive buffer was full (or their checksum was
    // wrong) since the socket was opened; a run that was dropped counts as one. A system call: for
    // statistics, not per packet.
    [[nodiscard]] std::uint64_t kernel_drops();
    // Others of this user may join at the same address and port from now on. Who opens a socket
    // there without wanting to join still gets EADDRINUSE. The sockets are numbered in the order in
    // which they were opened, from 0.
    Expected<void> let_others_join();
    // Which of them a datagram goes to: what `program` (classic BPF, which sees the payload) says
    // of it; where it says a number that none has, the kernel chooses. For all who have joined.
    Expected<void> steer(std::span<const sock_filter> program);

    // As SO_RCVBUF tells: twice the usable bytes.
    [[nodiscard]] std::uint32_t receive_buffer() const;
    // As they are now: a refused one may come back.
    [[nodiscard]] UdpOffloads offloads() const;

  private:
    UdpSocket(UniqueFd fd, Endpoint local, std::unique_ptr<UdpSender> sender)
        : fd_{std::move(fd)}, local_{local}, sender_{std::move(sender)} {}

    UniqueFd fd_;
    Endpoint local_;
    std::unique_ptr<UdpSender> sender_;
    Offload received_coalesced_;
    std::uint32_t last_drops_ = 0;  // the kernel's counter has 32 bits and wraps
    std::uint64_t drops_ = 0;
};

}  // namespace miredo::io
