// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a role allocates for its lifetime is large, and the lives are short here: mapping and
// clearing that memory would take longer than the sequence of events. Large blocks are kept for the
// next role, poisoned in between, so that a use after free is seen as ever.
#include <array>
#include <cstddef>
#include <cstdint>
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

// AddressSanitizer checks each copy of a structure by a call into its runtime, and much of what a
// role does at its beginning is to copy a bucket or slot a thousand times. The same check, for what
// is small: one load of the shadow of each side, then the runtime's own for whatever is not plain.
// The linker puts these before the runtime's (--wrap).
// NOLINTBEGIN(*-reserved-identifier,*-naming,*-reinterpret-cast,performance-no-int-to-ptr)
extern "C" void* __real___asan_memcpy(void* to, const void* from, std::size_t size);
extern "C" void* __wrap___asan_memcpy(void* to, const void* from, std::size_t size);

#define UNWATCHED __attribute__((no_sanitize("address", "undefined", "coverage")))

namespace {

constexpr std::size_t kSmall = 48;
constexpr std::uintptr_t kShadowOffset = 0x7FFF8000;
constexpr unsigned kShadowScale = 3;
#ifdef __x86_64__  // where the shadow is somewhere else there is no such load
constexpr bool kHasShadowThere = true;
#else
constexpr bool kHasShadowThere = false;
#endif

using Word __attribute__((aligned(1), may_alias)) = std::uint64_t;
using Chunk __attribute__((vector_size(16), aligned(1), may_alias)) = std::uint64_t;

UNWATCHED inline void copy_chunk(std::uintptr_t to, std::uintptr_t from) {
    *reinterpret_cast<Chunk*>(to) = *reinterpret_cast<const Chunk*>(from);
}

// All of 1 to kSmall bytes at `address` may be used; false where it takes a closer look.
UNWATCHED inline bool is_accessible(std::uintptr_t address, std::size_t size) {
    const std::uint64_t shadow =
        *reinterpret_cast<const Word*>((address >> kShadowScale) + kShadowOffset);
    const std::size_t granules = ((address & 7U) + size + 7) >> kShadowScale;  // at most 7
    return (shadow & ((std::uint64_t{1} << (8 * granules)) - 1)) == 0;
}

}  // namespace

UNWATCHED void* __wrap___asan_memcpy(void* to, const void* from, std::size_t size) {
    const auto target = reinterpret_cast<std::uintptr_t>(to);
    const auto source = reinterpret_cast<std::uintptr_t>(from);
    const bool is_apart = target + size <= source || source + size <= target;
    if (!kHasShadowThere || size < sizeof(Chunk) || size > kSmall || !is_apart ||
        !is_accessible(target, size) || !is_accessible(source, size)) {
        return __real___asan_memcpy(to, from, size);
    }
    copy_chunk(target, source);
    if (size > 2 * sizeof(Chunk)) {
        copy_chunk(target + sizeof(Chunk), source + sizeof(Chunk));
    }
    copy_chunk(target + size - sizeof(Chunk), source + size - sizeof(Chunk));
    return to;
}
// NOLINTEND(*-reserved-identifier,*-naming,*-reinterpret-cast,performance-no-int-to-ptr)

// Nothing here frees much else, and a finding is looked at once more with the defaults.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=0:"
           "max_malloc_fill_size=0:detect_stack_use_after_return=0:alloc_dealloc_mismatch=0";
}
