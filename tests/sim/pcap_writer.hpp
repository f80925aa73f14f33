// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A capture of the core, for Wireshark and for checkers outside of the program: pcap with
// nanoseconds, raw IP (link type 101). Datagrams get IPv4 and UDP headers (RFC 791, RFC 768) with
// right checksums, wrong ones where a link corrupted them and the receiver will see it; what is
// fragmented is written in one piece. Native IPv6 packets are in it as they are.
#pragma once

#include <cstdint>
#include <ostream>

#include "sim/observer.hpp"

namespace miredo::sim {

class PcapWriter final : public Observer {
  public:
    // Writes the head of the file. `out` must outlive this; its state tells of errors.
    explicit PcapWriter(std::ostream& out);

    void on_core(Instant now, const Transmission& datagram) override;
    void on_native_core(Instant now, const NativeTransmission& packet) override;

    [[nodiscard]] std::uint64_t packet_count() const { return packet_count_; }

  private:
    void write(Instant now, Bytes packet);

    std::ostream& out_;
    Packet packet_;
    std::uint64_t packet_count_ = 0;
};

}  // namespace miredo::sim
