// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Joins packets that came one by one into super-packets: what SuperPacket would cut one into is,
// byte for byte, what was joined. Works on a batch: add() the packets, finish(), write the groups
// in their order, clear(). The order of the packets of a flow stays as it was; that of different
// flows may change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/segmentation.hpp"
#include "offload/packet_shape.hpp"

namespace miredo::offload {

class Coalescer {
  public:
    struct Options {
        bool tcp = true;  // what the device takes
        bool udp = true;
    };
    // Packets of a batch.
    static constexpr std::size_t kCapacity = 512;
    // Of one super-packet: a device that forwards it puts a link header in front, and from 64 KiB
    // on Linux segments in software.
    static constexpr std::size_t kMaximumSize = 65500;
    // Datagrams in a super-packet of UDP: as many as the kernels that know them take
    // (UDP_MAX_SEGMENTS, before it became 128).
    static constexpr std::size_t kMaximumDatagrams = 64;

    struct Group {
        Segmentation segmentation;
        // What is to be written, in one piece: several packets have a header of the coalescer's,
        // then the payloads in place; a packet alone is its own only piece.
        std::span<const Bytes> pieces;
        // The packets themselves, untouched: for a device that does not take the super-packet.
        std::span<const Bytes> packets;
    };

    // Allocates all that is ever needed.
    explicit Coalescer(Options options);
    // For a device that turns out to take less; before the first packet of a batch.
    void set_options(Options options) { options_ = options; }

    // Borrows one whole IPv6 packet, or anything else, until clear(). False, and nothing done,
    // where there are kCapacity packets already, or after finish().
    [[nodiscard]] bool add(Bytes packet);
    // The groups, in the order in which they are to be written; valid until clear().
    [[nodiscard]] std::span<const Group> finish();
    void clear();

  private:
    static constexpr std::uint16_t kNoRun = 0xFFFF;
    static constexpr std::uint16_t kNoSlot = 0xFFFF;
    // A group in the making: packets in sequence, chained through next_. A flow has at most one
    // that is open, and no packet of the flow came after its last one.
    struct Run {
        PacketShape first;
        bool is_open = false;
        bool is_verified = false;  // the first packet's checksum
        bool is_pushed = false;
        std::uint16_t first_packet = 0;
        std::uint16_t last_packet = 0;
        std::uint16_t count = 1;
        std::uint32_t size = 0;           // of the super-packet
        std::uint32_t next_sequence = 0;  // TCP
        // Of a run that was open at first; the slot may have become another one's.
        std::uint32_t pair_hash = 0;
        std::uint16_t slot = kNoSlot;
    };
    struct Slot {
        std::uint32_t flow_hash = 0;
        std::uint16_t run = kNoRun;
    };
    // A flow may be in any of kWays slots; a run that is open is in one of them.
    static constexpr std::size_t kWays = 4;
    static constexpr std::size_t kSets = 64;
    static constexpr std::size_t kMaximumHeaderSize = 40 + 60;
    using Header = std::array<std::byte, kMaximumHeaderSize>;

    void add_to_flow(const PacketShape& shape, Bytes packet);
    [[nodiscard]] static std::size_t set_of(std::uint32_t flow_hash);
    [[nodiscard]] std::uint16_t find_open(Bytes packet, std::uint32_t flow_hash) const;
    [[nodiscard]] bool is_open_run_of(std::uint16_t run, Bytes packet) const;
    [[nodiscard]] bool try_join(Run& run, const PacketShape& shape, Bytes packet);
    void append(Run& run, const PacketShape& shape);
    void start_run(const PacketShape& shape, Bytes packet);
    void remember(std::uint32_t flow_hash, std::uint16_t run);
    void close_pair(std::uint32_t pair_hash);

    [[nodiscard]] Group lay_out(const Run& run);
    [[nodiscard]] Bytes build_header(const Run& run);

    Options options_;
    bool is_finished_ = false;
    std::vector<Bytes> packets_;       // as they came
    std::vector<std::uint16_t> next_;  // of each packet: the next one of its run
    std::vector<Run> runs_;
    std::uint16_t latest_run_ = kNoRun;  // that a packet was joined to: the first guess
    std::array<Slot, kSets * kWays> slots_{};
    std::vector<Header> headers_;
    std::vector<Bytes> ordered_;  // the packets, by group
    std::vector<Bytes> pieces_;   // of the groups of several packets
    std::vector<Group> groups_;
};

}  // namespace miredo::offload
