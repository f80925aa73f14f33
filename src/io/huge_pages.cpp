// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/huge_pages.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>
#include <new>

#include <sys/mman.h>

#include "io/rounding.hpp"

namespace miredo::io {
namespace {

constexpr std::size_t kPage = HugePages::kPageSize;

// Mapped memory that starts where a huge page can. `size` is in whole ones.
std::byte* map(std::size_t size) {
    const std::size_t with_margin = size + kPage;
    void* const mapped =
        ::mmap(nullptr, with_margin, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    auto* const first = static_cast<std::byte*>(mapped);
    const std::size_t before = kPage - reinterpret_cast<std::uintptr_t>(first) % kPage;
    ::munmap(first, before);
    if (before != kPage) {
        ::munmap(first + before + size, kPage - before);
    }
    // A wish: without huge pages it is memory like any other.
    ::madvise(first + before, size, MADV_HUGEPAGE);
    return first + before;
}

}  // namespace

HugePages::HugePages(std::size_t block)
    : block_{block}, distance_{rounded_up(block, alignof(std::max_align_t))} {
    assert(block >= kPage / 64 && block <= kPage / 2);
}

std::size_t HugePages::shared_pages() const {
    const std::lock_guard lock{mutex_};
    return pages_.size();
}

void* HugePages::do_allocate(std::size_t size, std::size_t alignment) {
    if (size >= kPage) {
        return map(rounded_up(size, kPage));
    }
    if (size == block_) {
        if (std::byte* const block = take_block()) {
            return block;
        }
    }
    return std::pmr::new_delete_resource()->allocate(size, alignment);
}

void HugePages::do_deallocate(void* memory, std::size_t size, std::size_t alignment) {
    if (size >= kPage) {
        ::munmap(memory, rounded_up(size, kPage));
        return;
    }
    if (size != block_ || !give_back_block(static_cast<const std::byte*>(memory))) {
        std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
    }
}

std::byte* HugePages::take_block() {
    const std::lock_guard lock{mutex_};
    if (on_heap_ < kBlocksOnHeap) {
        ++on_heap_;
        return nullptr;
    }
    const std::size_t blocks = kPage / distance_;
    auto page = std::find_if(pages_.begin(), pages_.end(), [blocks](const Page& one) {
        return static_cast<std::size_t>(std::popcount(one.taken)) < blocks;
    });
    if (page == pages_.end()) {
        std::byte* const start = map(kPage);
        page = pages_.insert(page, Page{start, 0});
    }
    const int free = std::countr_one(page->taken);
    page->taken |= std::uint64_t{1} << free;
    return page->start + static_cast<std::size_t>(free) * distance_;
}

bool HugePages::give_back_block(const std::byte* block) {
    const std::lock_guard lock{mutex_};
    const auto page = std::find_if(pages_.begin(), pages_.end(), [block](const Page& one) {
        return std::less_equal<>{}(one.start, block) && std::less<>{}(block, one.start + kPage);
    });
    if (page == pages_.end()) {
        --on_heap_;
        return false;
    }
    page->taken &=
        ~(std::uint64_t{1} << (static_cast<std::size_t>(block - page->start) / distance_));
    if (page->taken == 0) {
        ::munmap(page->start, kPage);
        pages_.erase(page);
    }
    return true;
}

}  // namespace miredo::io
