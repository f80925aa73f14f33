// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The memory of what a send batch copies: what the engine made itself, bounded and allocated once.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.hpp"

namespace miredo::io {

// Enough for one packet of the largest size and many of those that the engine makes.
class CopyArena {
  public:
    static constexpr std::size_t kSize = std::size_t{128} * 1024;

    CopyArena() : storage_{std::make_unique_for_overwrite<std::byte[]>(kSize)} {}

    // Room for `size` bytes, to be written by the caller; an empty span where there is none (any
    // more), or `size` is 0.
    [[nodiscard]] MutableBytes take(std::size_t size);
    // The copy; an empty span where it does not fit (any more), or `bytes` is empty.
    [[nodiscard]] Bytes copy(Bytes bytes);
    [[nodiscard]] bool fits(std::size_t size) const { return size <= kSize - used_; }
    void clear() { used_ = 0; }

  private:
    std::unique_ptr<std::byte[]> storage_;
    std::size_t used_ = 0;
};

}  // namespace miredo::io
