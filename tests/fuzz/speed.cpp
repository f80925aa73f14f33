// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a role allocates for its lifetime is large, and the lives are short here: mapping and
// clearing that memory would take longer than the sequence of events. Large blocks are kept for the
// next role, poisoned in between, so that a use after free is seen as ever.
#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <sanitizer/allocator_interface.h>
#include <sanitizer/asan_interface.h>

namespace {

constexpr std::size_t kLarge = std::size_t{16} * 1024;

struct Kept {
    void* block = nullptr;
    std::size_t size = 0;
};
std::array<Kept, 32> g_kept;

void* take_kept(std::size_t size) {
    for (Kept& kept : g_kept) {
        if (kept.block != nullptr && kept.size == size) {
            void* const block = kept.block;
            kept.block = nullptr;
            ASAN_UNPOISON_MEMORY_REGION(block, size);
            return block;
        }
    }
    return nullptr;
}

bool keep(void* block, std::size_t size) {
    for (Kept& kept : g_kept) {
        if (kept.block == nullptr) {
            kept = {block, size};
            ASAN_POISON_MEMORY_REGION(block, size);
            return true;
        }
    }
    return false;
}

}  // namespace

void* operator new(std::size_t size) {
    void* block = size >= kLarge ? take_kept(size) : nullptr;
    if (block == nullptr) {
        block = std::malloc(size);  // NOLINT(cppcoreguidelines-no-malloc)
    }
    if (block == nullptr) {
        throw std::bad_alloc{};
    }
    return block;
}

void operator delete(void* block) noexcept {
    if (block == nullptr) {
        return;
    }
    const std::size_t size = __sanitizer_get_allocated_size(block);
    if (size < kLarge || !keep(block, size)) {
        std::free(block);  // NOLINT(cppcoreguidelines-no-malloc)
    }
}

void operator delete(void* block, std::size_t /*size*/) noexcept {
    ::operator delete(block);
}

// Nothing here frees much else, and a finding is looked at once more with the defaults.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=1:malloc_context_size=2:detect_stack_use_after_return=0:"
           "alloc_dealloc_mismatch=0";
}
