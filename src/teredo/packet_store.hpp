// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packets kept for a while, in blocks that any packet can use, of memory that is taken once: with
// the first packet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace miredo::teredo {

// A packet in a PacketStore.
struct StoredPacket {
    std::uint32_t first_block = 0;
    std::uint32_t size = 0;
};

class PacketStore {
  public:
    static constexpr std::size_t kBlockSize = 256;

    // `capacity` bytes in all, `largest` for one packet.
    PacketStore(std::size_t capacity, std::size_t largest);

    // Nothing where `packet` is empty, larger than one may be, or does not fit any more.
    [[nodiscard]] std::optional<StoredPacket> store(Bytes packet);
    // Gives the packet's memory back. Its bytes stay readable until the next call of take() or
    // store().
    [[nodiscard]] Bytes take(StoredPacket packet);

    [[nodiscard]] std::size_t block_count() const { return next_.size(); }

  private:
    [[nodiscard]] MutableBytes block(std::uint32_t index) {
        return {&memory_[index * kBlockSize], kBlockSize};
    }

    std::unique_ptr<std::byte[]> memory_;
    std::vector<std::byte> scratch_;
    std::vector<std::uint32_t> next_;  // of each block: the next of its packet, or of the free ones
    std::uint32_t first_free_ = 0;
    std::size_t free_blocks_;
};

}  // namespace miredo::teredo
