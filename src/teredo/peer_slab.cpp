// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/peer_slab.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <span>
#include <type_traits>

namespace miredo::teredo {
namespace {

static_assert(std::is_trivially_destructible_v<Peer>);

// One is set.
std::uint32_t lowest_set(std::span<const std::uint64_t> words) {
    const auto word =
        std::find_if(words.begin(), words.end(), [](std::uint64_t bits) { return bits != 0; });
    return static_cast<std::uint32_t>((word - words.begin()) * 64 + std::countr_zero(*word));
}

void set_bit(std::span<std::uint64_t> words, std::uint32_t index, bool value) {
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    std::uint64_t& word = words[index / 64];
    word = value ? word | bit : word & ~bit;
}

}  // namespace

bool PeerSlab::Chunk::is_taken(std::uint32_t place) const {
    return (free_[place / kWordBits] >> (place % kWordBits) & 1U) == 0;
}

std::uint32_t PeerSlab::Chunk::end() const {
    for (std::size_t word = free_.size(); word > 0; --word) {
        if (const std::uint64_t taken = ~free_[word - 1]; taken != 0) {
            return static_cast<std::uint32_t>(word * kWordBits) -
                   static_cast<std::uint32_t>(std::countl_zero(taken));
        }
    }
    return 0;
}

std::uint32_t PeerSlab::Chunk::take() {
    const std::uint32_t place = lowest_set(free_);
    set_bit(free_, place, false);
    ++taken_;
    new (&memory_[place * sizeof(Peer)]) Peer;
    return place;
}

void PeerSlab::Chunk::give_back(std::uint32_t place) {
    set_bit(free_, place, true);
    --taken_;
}

void PeerSlab::ChunkDeleter::operator()(Chunk* chunk) const {
    std::destroy_at(chunk);
    memory->deallocate(chunk, sizeof(Chunk), alignof(Chunk));
}

PeerSlab::ChunkPointer PeerSlab::make_chunk() {
    std::pmr::memory_resource* const memory = std::pmr::get_default_resource();
    // Not with zeroes: see Chunk.
    Chunk* const chunk = new (memory->allocate(sizeof(Chunk), alignof(Chunk))) Chunk;
    return {chunk, ChunkDeleter{memory}};
}

PeerSlab::PeerSlab(std::uint32_t capacity)
    : chunks_((std::size_t{capacity} + kChunkSize - 1) / kChunkSize),
      has_room_((chunks_.size() + kWordBits - 1) / kWordBits, ~std::uint64_t{0}),
      capacity_{capacity} {}

Peer* PeerSlab::find(std::uint32_t index) {
    const ChunkPointer& chunk = chunks_[index / kChunkSize];
    return chunk && chunk->is_taken(index % kChunkSize) ? &(*this)[index] : nullptr;
}

const Peer* PeerSlab::find(std::uint32_t index) const {
    const ChunkPointer& chunk = chunks_[index / kChunkSize];
    return chunk && chunk->is_taken(index % kChunkSize) ? &(*this)[index] : nullptr;
}

std::uint32_t PeerSlab::end() const {
    return chunks_end_ == 0 ? 0 : (chunks_end_ - 1) * kChunkSize + chunks_[chunks_end_ - 1]->end();
}

Peer& PeerSlab::take() {
    const std::uint32_t number = lowest_set(has_room_);
    ChunkPointer& chunk = chunks_[number];
    if (!chunk) {
        chunk = make_chunk();
        ++chunks_held_;
        chunks_end_ = std::max(chunks_end_, number + 1);
    }
    const std::uint32_t place = chunk->take();
    set_bit(has_room_, number, !chunk->is_full());
    spare_ = spare_ == number ? kNoIndex : spare_;
    Peer& peer = (*chunk)[place];
    peer.index = number * kChunkSize + place;
    return peer;
}

// The last empty chunk stays, lest one peer that comes and goes takes and gives back its memory
// each time.
void PeerSlab::give_back(Peer& peer) {
    const std::uint32_t number = peer.index / kChunkSize;
    ChunkPointer& chunk = chunks_[number];
    chunk->give_back(peer.index % kChunkSize);
    set_bit(has_room_, number, true);
    if (!chunk->is_empty()) {
        return;
    }
    if (spare_ != kNoIndex) {
        release(std::max(spare_, number));
    }
    spare_ = std::min(spare_, number);
}

void PeerSlab::release(std::uint32_t chunk) {
    chunks_[chunk].reset();
    --chunks_held_;
    while (chunks_end_ != 0 && !chunks_[chunks_end_ - 1]) {
        --chunks_end_;
    }
}

}  // namespace miredo::teredo
