// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Memory for what very many peers are kept in, in huge pages where the kernel has them: somewhere
// in hundreds of megabytes, the page tables cost a lookup more than the peer itself. Blocks of one
// size share huge pages, and one that holds none of them any more is given back at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <mutex>
#include <vector>

namespace miredo::io {

// Any thread's. What is neither a block nor as large as a huge page comes from the heap.
class HugePages final : public std::pmr::memory_resource {
  public:
    static constexpr std::size_t kPageSize = 2 << 20;
    // Where there are no more blocks than these, they come from the heap: little of them may be in
    // use, and a huge page is there as a whole.
    static constexpr std::size_t kBlocksOnHeap = 16;

    // `block` is the size of blocks in bytes, from kPageSize / 64 to kPageSize / 2.
    explicit HugePages(std::size_t block);

    // How many huge pages hold blocks now.
    [[nodiscard]] std::size_t shared_pages() const;

  private:
    // A huge page that blocks share.
    struct Page {
        std::byte* start;
        std::uint64_t taken;  // a bit for each block
    };

    // Alignments are those of ordinary types. Throws std::bad_alloc.
    void* do_allocate(std::size_t size, std::size_t alignment) override;
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override;
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
        return this == &other;
    }

    // nullptr where it is the heap's turn.
    [[nodiscard]] std::byte* take_block();
    // False where it is the heap's.
    [[nodiscard]] bool give_back_block(const std::byte* block);

    std::size_t block_;
    std::size_t distance_;  // from block to block: each is aligned for any ordinary type
    mutable std::mutex mutex_;
    std::vector<Page> pages_;
    std::size_t on_heap_ = 0;
};

}  // namespace miredo::io
