// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/copy_arena.hpp"

#include <algorithm>

namespace miredo::io {

Bytes CopyArena::copy(Bytes bytes) {
    if (!fits(bytes.size())) {
        return {};
    }
    std::byte* const to = storage_.get() + used_;
    std::copy(bytes.begin(), bytes.end(), to);
    used_ += bytes.size();
    return {to, bytes.size()};
}

}  // namespace miredo::io
