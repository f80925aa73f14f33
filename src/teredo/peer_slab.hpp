// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Memory for peers, which have an index for as long as they are there. It comes and goes in chunks:
// a flood of strangers leaves none of it behind.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <vector>

#include "teredo/peer.hpp"

namespace miredo::teredo {

class PeerSlab {
  public:
    // A chunk is some 90 KiB. Where they come from, and whether the kernel has them back at once,
    // is for the program to say: it sets the default memory resource.
    static constexpr std::uint32_t kChunkSize = 512;

    explicit PeerSlab(std::uint32_t capacity);

    // Of a peer that is there.
    [[nodiscard]] Peer& operator[](std::uint32_t index) {
        return (*chunks_[index / kChunkSize])[index % kChunkSize];
    }
    [[nodiscard]] const Peer& operator[](std::uint32_t index) const {
        return (*chunks_[index / kChunkSize])[index % kChunkSize];
    }
    // nullptr where there is none. `index` is less than end().
    [[nodiscard]] Peer* find(std::uint32_t index);
    [[nodiscard]] const Peer* find(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
    // Beyond all that are there.
    [[nodiscard]] std::uint32_t end() const;

    // A fresh peer at the lowest free index; only while fewer than capacity() are there.
    [[nodiscard]] Peer& take();
    void give_back(Peer& peer);

    // What a chunk takes, in bytes.
    [[nodiscard]] static constexpr std::size_t chunk_memory() { return sizeof(Chunk); }
    // What is held now, in bytes.
    [[nodiscard]] std::size_t memory() const { return chunks_held_ * sizeof(Chunk); }

  private:
    static constexpr std::uint32_t kWordBits = 64;

    // Constructs peers as they are taken: memory that none has used is not touched.
    class Chunk {
      public:
        [[nodiscard]] Peer& operator[](std::uint32_t place) {
            return *std::launder(reinterpret_cast<Peer*>(&memory_[place * sizeof(Peer)]));
        }
        [[nodiscard]] const Peer& operator[](std::uint32_t place) const {
            return *std::launder(reinterpret_cast<const Peer*>(&memory_[place * sizeof(Peer)]));
        }
        [[nodiscard]] bool is_taken(std::uint32_t place) const;
        [[nodiscard]] bool is_empty() const { return taken_ == 0; }
        [[nodiscard]] bool is_full() const { return taken_ == kChunkSize; }
        // Beyond all that are taken.
        [[nodiscard]] std::uint32_t end() const;
        // Only where it is not full.
        [[nodiscard]] std::uint32_t take();
        void give_back(std::uint32_t place);

      private:
        std::array<std::uint64_t, kChunkSize / kWordBits> free_ = all_free();
        std::uint32_t taken_ = 0;
        alignas(Peer) std::array<std::byte, sizeof(Peer) * kChunkSize> memory_;

        static constexpr std::array<std::uint64_t, kChunkSize / kWordBits> all_free() {
            std::array<std::uint64_t, kChunkSize / kWordBits> words{};
            words.fill(~std::uint64_t{0});
            return words;
        }
    };

    struct ChunkDeleter {
        std::pmr::memory_resource* memory = nullptr;
        void operator()(Chunk* chunk) const;
    };
    using ChunkPointer = std::unique_ptr<Chunk, ChunkDeleter>;

    // Of the default memory resource.
    [[nodiscard]] static ChunkPointer make_chunk();
    void release(std::uint32_t chunk);

    std::vector<ChunkPointer> chunks_;
    std::vector<std::uint64_t> has_room_;  // a bit for each chunk, there or not
    std::uint32_t capacity_;
    std::uint32_t chunks_end_ = 0;  // beyond the last one held
    std::uint32_t chunks_held_ = 0;
    std::uint32_t spare_ = kNoIndex;  // an empty chunk that is kept for the next peer
};

}  // namespace miredo::teredo
