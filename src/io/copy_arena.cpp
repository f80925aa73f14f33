// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/copy_arena.hpp"

#include <algorithm>

namespace miredo::io {

MutableBytes CopyArena::take(std::size_t size) {
    if (!fits(size)) {
        return {};
    }
    std::byte* const start = storage_.get() + used_;
    used_ += size;
    return {start, size};
}

Bytes CopyArena::copy(Bytes bytes) {
    const MutableBytes to = take(bytes.size());
    std::copy_n(bytes.begin(), to.size(), to.begin());
    return to;
}

}  // namespace miredo::io
