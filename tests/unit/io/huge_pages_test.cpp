// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/huge_pages.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace miredo::io {
namespace {

constexpr std::size_t kBlock = 90'008;
constexpr std::size_t kBlocksPerPage = HugePages::kPageSize / kBlock;
constexpr std::size_t kAlignment = alignof(std::max_align_t);

// Whether the kernel has been asked for huge pages at this address ("hg" of VmFlags, proc(5)).
bool is_huge(const void* memory) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    std::ifstream maps{"/proc/self/smaps"};
    bool is_here = false;
    for (std::string line; std::getline(maps, line);) {
        if (const std::size_t dash = line.find('-');
            dash != std::string::npos && dash < line.find(' ') && line.find(':') > line.find(' ')) {
            const std::uintptr_t start = std::stoull(line, nullptr, 16);
            is_here = start <= address && address < std::stoull(line.substr(dash + 1), nullptr, 16);
        } else if (is_here && line.starts_with("VmFlags:")) {
            return line.find(" hg") != std::string::npos;
        }
    }
    return false;
}

bool kernel_has_huge_pages() {
    return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage");
}

class HugePagesTest : public ::testing::Test {
  protected:
    void TearDown() override {
        while (!taken_.empty()) {
            give_back(*taken_.begin());
        }
        EXPECT_EQ(pages_.shared_pages(), 0U);
    }

    void* take() {
        void* const block = pages_.allocate(kBlock, kAlignment);
        std::memset(block, 0x5A, kBlock);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % kAlignment, 0U);
        EXPECT_TRUE(taken_.insert(block).second);
        return block;
    }
    void give_back(void* block) {
        EXPECT_EQ(taken_.erase(block), 1U);
        pages_.deallocate(block, kBlock, kAlignment);
    }
    std::vector<void*> take_many(std::size_t count) {
        std::vector<void*> blocks(count);
        std::generate(blocks.begin(), blocks.end(), [this] { return take(); });
        return blocks;
    }

    HugePages pages_{kBlock};
    std::set<void*> taken_;
};

TEST_F(HugePagesTest, FewBlocksComeFromTheHeap) {
    const std::vector<void*> blocks = take_many(HugePages::kBlocksOnHeap);
    EXPECT_EQ(pages_.shared_pages(), 0U);
    EXPECT_TRUE(std::none_of(blocks.begin(), blocks.end(), is_huge));
    std::for_each(blocks.begin(), blocks.end(), [this](void* block) { give_back(block); });
    give_back(take());
    EXPECT_EQ(pages_.shared_pages(), 0U);
}

TEST_F(HugePagesTest, ManyBlocksSharePages) {
    (void)take_many(HugePages::kBlocksOnHeap);
    const std::vector<void*> many = take_many(2 * kBlocksPerPage);
    EXPECT_EQ(pages_.shared_pages(), 2U);
    EXPECT_EQ(std::all_of(many.begin(), many.end(), is_huge), kernel_has_huge_pages());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(many.front()) % HugePages::kPageSize, 0U);
    std::set<const void*> places{many.begin(), many.end()};
    ASSERT_EQ(places.size(), many.size());
    for (auto place = std::next(places.begin()); place != places.end(); ++place) {
        EXPECT_GE(static_cast<const std::byte*>(*place) -
                      static_cast<const std::byte*>(*std::prev(place)),
                  static_cast<std::ptrdiff_t>(kBlock));
    }
}

// What is free in the pages there are is used first, and an empty one goes.
TEST_F(HugePagesTest, APageGoesWithItsLastBlock) {
    const std::vector<void*> few = take_many(HugePages::kBlocksOnHeap);
    const std::vector<void*> first = take_many(kBlocksPerPage);
    const std::vector<void*> second = take_many(kBlocksPerPage);
    give_back(first[3]);
    EXPECT_EQ(take(), first[3]);
    std::for_each(second.begin(), second.end(), [this](void* block) { give_back(block); });
    EXPECT_EQ(pages_.shared_pages(), 1U);
    EXPECT_FALSE(is_huge(second.front()));
    give_back(few.front());
    give_back(first.back());
    (void)take();  // the heap's turn
    EXPECT_EQ(take(), first.back());
}

TEST_F(HugePagesTest, WhatIsLargeHasPagesOfItsOwn) {
    constexpr std::size_t kLarge = HugePages::kPageSize + 5;
    void* const large = pages_.allocate(kLarge, kAlignment);
    std::memset(large, 1, kLarge);
    EXPECT_EQ(is_huge(large), kernel_has_huge_pages());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(large) % HugePages::kPageSize, 0U);
    EXPECT_EQ(pages_.shared_pages(), 0U);
    pages_.deallocate(large, kLarge, kAlignment);
    EXPECT_FALSE(is_huge(large));
}

TEST_F(HugePagesTest, EverythingElseComesFromTheHeap) {
    (void)take_many(HugePages::kBlocksOnHeap);
    void* const other = pages_.allocate(kBlock + 8, kAlignment);
    EXPECT_FALSE(is_huge(other));
    pages_.deallocate(other, kBlock + 8, kAlignment);
    EXPECT_EQ(pages_.shared_pages(), 0U);
}

}  // namespace
}  // namespace miredo::io
