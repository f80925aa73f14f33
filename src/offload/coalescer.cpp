// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "offload/coalescer.hpp"

#include <algorithm>

#include "offload/headers.hpp"
#include "wire/checksum.hpp"

namespace miredo::offload {
namespace {}  // namespace

Coalescer::Coalescer(Options options) : options_{options} {
    packets_.reserve(kCapacity);
    next_.reserve(kCapacity);
    runs_.reserve(kCapacity);
    headers_.reserve(kCapacity / 2);
    ordered_.reserve(kCapacity);
    pieces_.reserve(kCapacity + kCapacity / 2);
    groups_.reserve(kCapacity);
}

bool Coalescer::add(Bytes packet) {
    if (is_finished_ || packets_.size() == kCapacity) {
        return false;
    }
    packets_.push_back(packet);
    next_.push_back(0);
    PacketShape shape = shape_of(packet);
    if (shape.flow == PacketShape::Flow::kJoins && !(shape.is_tcp ? options_.tcp : options_.udp)) {
        shape.flow = PacketShape::Flow::kNone;
    }
    switch (shape.flow) {
    case PacketShape::Flow::kPair:
        close_pair(hashes_of(packet).pair);
        start_run(shape, packet);
        break;
    case PacketShape::Flow::kNone:
        start_run(shape, packet);
        break;
    case PacketShape::Flow::kKnown:
    case PacketShape::Flow::kJoins:
        add_to_flow(shape, packet);
        break;
    }
    return true;
}

void Coalescer::add_to_flow(const PacketShape& shape, Bytes packet) {
    // Most packets follow one of their own flow.
    std::uint16_t open = latest_run_;
    if (!is_open_run_of(open, packet)) {
        open = find_open(packet, hashes_of(packet).flow);
    }
    if (open != kNoRun) {
        if (shape.flow == PacketShape::Flow::kJoins && try_join(runs_[open], shape, packet)) {
            latest_run_ = open;
            return;
        }
        runs_[open].is_open = false;
    }
    start_run(shape, packet);
}

bool Coalescer::is_open_run_of(std::uint16_t run, Bytes packet) const {
    if (run == kNoRun || !runs_[run].is_open) {
        return false;
    }
    return is_same_flow(packets_[runs_[run].first_packet], packet);
}

// The first of the slots in which the flow may be.
std::size_t Coalescer::set_of(std::uint32_t flow_hash) {
    return static_cast<std::size_t>(std::uint64_t{flow_hash} * kSets >> 32U) * kWays;
}

std::uint16_t Coalescer::find_open(Bytes packet, std::uint32_t flow_hash) const {
    const std::size_t set = set_of(flow_hash);
    for (std::size_t way = 0; way < kWays; ++way) {
        const Slot& slot = slots_[set + way];
        if (slot.flow_hash == flow_hash && is_open_run_of(slot.run, packet)) {
            return slot.run;
        }
    }
    return kNoRun;
}

bool Coalescer::try_join(Run& run, const PacketShape& shape, Bytes packet) {
    const Bytes first = packets_[run.first_packet];
    if (shape.header_size != run.first.header_size || shape.payload_size > run.first.payload_size ||
        run.size + shape.payload_size > kMaximumSize || !has_same_header(first, packet, shape)) {
        return false;
    }
    if (shape.is_tcp ? sequence_of(packet) != run.next_sequence : run.count == kMaximumDatagrams) {
        return false;
    }
    // Joined, a wrong checksum would come out right. A packet that stays alone is none of our
    // business: whoever gets it looks at its checksum.
    run.is_verified = run.is_verified || has_right_checksum(first, shape.is_tcp);
    if (!run.is_verified || !has_right_checksum(packet, shape.is_tcp)) {
        return false;
    }
    append(run, shape);
    return true;
}

// The packet added last.
void Coalescer::append(Run& run, const PacketShape& shape) {
    const auto index = static_cast<std::uint16_t>(packets_.size() - 1);
    next_[run.last_packet] = index;
    run.last_packet = index;
    ++run.count;
    run.size += shape.payload_size;
    run.next_sequence += shape.payload_size;
    run.is_pushed = shape.is_pushed;
    run.is_open = !shape.is_pushed && shape.payload_size == run.first.payload_size;
}

// With the packet added last.
void Coalescer::start_run(const PacketShape& shape, Bytes packet) {
    const auto index = static_cast<std::uint16_t>(packets_.size() - 1);
    const auto run = static_cast<std::uint16_t>(runs_.size());
    const bool is_open = shape.flow == PacketShape::Flow::kJoins && !shape.is_pushed;
    runs_.push_back({.first = shape,
                     .is_open = is_open,
                     .is_pushed = shape.is_pushed,
                     .first_packet = index,
                     .last_packet = index,
                     .size = static_cast<std::uint32_t>(packet.size())});
    if (!is_open) {
        return;
    }
    if (shape.is_tcp) {
        runs_[run].next_sequence = sequence_of(packet) + shape.payload_size;
    }
    const FlowHashes hashes = hashes_of(packet);
    runs_[run].pair_hash = hashes.pair;
    remember(hashes.flow, run);
    latest_run_ = run;
}

// Where all slots of the flow are taken by open runs, the one of them that loses its slot is
// closed: nobody would find it any more.
void Coalescer::remember(std::uint32_t flow_hash, std::uint16_t run) {
    const std::size_t set = set_of(flow_hash);
    std::size_t chosen = set;
    for (std::size_t at = set; at < set + kWays; ++at) {
        const std::uint16_t other = slots_[at].run;
        if (other == kNoRun || !runs_[other].is_open) {
            chosen = at;
            break;
        }
        if (other < slots_[chosen].run) {
            chosen = at;
        }
    }
    if (slots_[chosen].run != kNoRun) {
        runs_[slots_[chosen].run].is_open = false;
    }
    slots_[chosen] = {flow_hash, run};
    runs_[run].slot = static_cast<std::uint16_t>(chosen);
}

// Two pairs with the same hash only cost each other a super-packet.
void Coalescer::close_pair(std::uint32_t pair_hash) {
    for (const Slot& slot : slots_) {
        if (slot.run != kNoRun && runs_[slot.run].pair_hash == pair_hash) {
            runs_[slot.run].is_open = false;
        }
    }
}

std::span<const Coalescer::Group> Coalescer::finish() {
    if (!is_finished_) {
        is_finished_ = true;
        for (const Run& run : runs_) {
            groups_.push_back(lay_out(run));
        }
    }
    return groups_;
}

Coalescer::Group Coalescer::lay_out(const Run& run) {
    const std::size_t packets = ordered_.size();
    const std::size_t pieces = pieces_.size();
    std::uint16_t index = run.first_packet;
    for (std::uint16_t i = 0; i < run.count; ++i) {
        ordered_.push_back(packets_[index]);
        index = next_[index];
    }
    const auto members = std::span<const Bytes>{ordered_}.subspan(packets);
    if (run.count == 1) {
        return {{}, members, members};
    }
    pieces_.push_back(build_header(run));
    for (const Bytes packet : members) {
        pieces_.push_back(packet.subspan(run.first.header_size));
    }
    const bool is_tcp = run.first.is_tcp;
    return {.segmentation = {.kind = is_tcp ? SegmentationKind::kTcp : SegmentationKind::kUdp,
                             .needs_checksum = true,
                             .segment_size = run.first.payload_size,
                             .header_size = run.first.header_size,
                             .checksum_start = kIpv6HeaderSize,
                             .checksum_offset = static_cast<std::uint16_t>(
                                 is_tcp ? tcp::kChecksumOffset : udp::kChecksumOffset)},
            .pieces = std::span<const Bytes>{pieces_}.subspan(pieces),
            .packets = members};
}

// The first packet's, with the length of all, the last one's PSH, and the sum of the pseudo header
// for a checksum.
Bytes Coalescer::build_header(const Run& run) {
    const Bytes first = packets_[run.first_packet].first(run.first.header_size);
    const MutableBytes header = MutableBytes{headers_.emplace_back()}.first(run.first.header_size);
    std::ranges::copy(first, header.begin());
    const auto length = static_cast<std::uint16_t>(run.size - kIpv6HeaderSize);
    const MutableBytes transport = header.subspan(kIpv6HeaderSize);
    store_be16(header.subspan(kPayloadLengthOffset), length);
    const std::uint8_t protocol = run.first.is_tcp ? kTcp : kUdp;
    const std::uint16_t sum = wire::ones_complement_sum(
        first.subspan(kAddressesOffset, kAddressesSize), std::uint32_t{length} + protocol);
    if (run.first.is_tcp) {
        if (run.is_pushed) {
            transport[tcp::kFlagsOffset] |= std::byte{tcp::kPsh};
        }
        store_be16(transport.subspan(tcp::kChecksumOffset), sum);
    } else {
        store_be16(transport.subspan(udp::kLengthOffset), length);
        store_be16(transport.subspan(udp::kChecksumOffset), sum);
    }
    return header;
}

void Coalescer::clear() {
    // Most batches use few slots.
    for (const Run& run : runs_) {
        if (run.slot != kNoSlot) {
            slots_[run.slot] = {};
        }
    }
    is_finished_ = false;
    packets_.clear();
    next_.clear();
    runs_.clear();
    latest_run_ = kNoRun;
    headers_.clear();
    ordered_.clear();
    pieces_.clear();
    groups_.clear();
}

}  // namespace miredo::offload
