// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A coalescer with the packets that it borrows, and what came out of it.
#pragma once

#include <list>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "offload/coalescer.hpp"
#include "packets.hpp"

namespace miredo::offload {

inline constexpr std::size_t kSegment = 100;

// A coalescer, and the packets that it borrows.
class Batch {
  public:
    explicit Batch(Coalescer::Options options = {}) : coalescer_{options} {}

    void add(Buffer packet) {
        ASSERT_TRUE(coalescer_.add(packets_.emplace_back(std::move(packet))));
    }
    // The next `size` bytes of the flow of `plan`, which goes on by as many.
    void add_next(PacketPlan& plan, std::size_t size = kSegment) {
        add(packet_of(plan, some_bytes(size)));
        plan.sequence += static_cast<std::uint32_t>(size);
    }
    [[nodiscard]] std::span<const Coalescer::Group> finish() { return coalescer_.finish(); }
    // How many packets each group has.
    [[nodiscard]] std::vector<std::size_t> sizes() {
        std::vector<std::size_t> sizes;
        for (const Coalescer::Group& group : finish()) {
            sizes.push_back(group.packets.size());
        }
        return sizes;
    }
    void clear() {
        coalescer_.clear();
        packets_.clear();
    }
    Coalescer& coalescer() { return coalescer_; }

  private:
    Coalescer coalescer_;
    std::list<Buffer> packets_;
};

using Sizes = std::vector<std::size_t>;

inline Buffer whole(const Coalescer::Group& group) {
    Buffer bytes;
    for (const Bytes piece : group.pieces) {
        bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    return bytes;
}

// A packet of the size that the flow has.
inline Buffer fitting(const PacketPlan& plan) {
    return packet_of(plan, some_bytes(kSegment));
}

// With an extension header of this type in front of the transport header.
inline Buffer behind_extension(PacketPlan plan, std::uint8_t type) {
    Buffer header(8);
    header[0] = std::byte{plan.protocol};
    header[3] = std::byte{type == 44 ? std::uint8_t{1} : std::uint8_t{0}};
    plan.extension_type = type;
    plan.extensions = header;
    return fitting(plan);
}

// Its checksum comes to 0, written as `zero`.
inline Buffer with_zero(const PacketPlan& plan, std::uint16_t zero) {
    Buffer payload = some_bytes(kSegment);
    store_be16(payload, 0);
    store_be16(payload,
               plain_checksum(packet_of(plan, payload), plan.transport_offset(), plan.protocol));
    Buffer packet = packet_of(plan, payload);
    store_be16(MutableBytes{packet}.subspan(plan.checksum_offset()), zero);
    return packet;
}

}  // namespace miredo::offload
