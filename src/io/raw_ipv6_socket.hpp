// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A raw IPv6 socket to which whole packets are written, header included: how a Teredo server passes
// connectivity tests on to the native IPv6 network (RFC 4380 §7.2). It receives nothing.
#pragma once

#include "base/error.hpp"
#include "io/packet_batch.hpp"
#include "io/send_counts.hpp"
#include "io/unique_fd.hpp"

namespace miredo::io {

class RawIpv6Socket {
  public:
    // Takes over a socket of type SOCK_RAW, family AF_INET6, protocol IPPROTO_RAW (the broker opens
    // it) and makes it non-blocking. Fails for any other descriptor.
    [[nodiscard]] static Expected<RawIpv6Socket> adopt(UniqueFd fd);

    [[nodiscard]] int fd() const { return fd_.get(); }

    // Each packet goes to the destination in its own header (RFC 8200 §3). Packets shorter than a
    // header or in pieces, and super-packets, are counted as refused. Never blocks.
    SendCounts send(const PacketSendBatch& batch);

  private:
    explicit RawIpv6Socket(UniqueFd fd) : fd_{std::move(fd)} {}

    UniqueFd fd_;
};

}  // namespace miredo::io
